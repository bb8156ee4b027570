# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""M(zero.downtime.rollout_plan): who takes a turn, in which order, how many at once, and what each does."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.zero.downtime.plugins.module_utils._errors import ZeroDowntimeError
from ansible_collections.zero.downtime.plugins.plugin_utils._rollout import observed, plan, preflight, registered


class ActionModule(ActionBase):
    """Reads what was found on each of I(hosts); I(balancers): what each load balancer returned."""

    TRANSFERS_FILES = False
    _ARGUMENT_SPEC: t.ClassVar[dict[str, t.Any]] = {
        "hosts": {"type": "list", "elements": "str", "required": True},
        "balancers": {"type": "list", "elements": "dict", "required": True},
        "batches": {"type": "list", "elements": "raw"},
        "min_healthy": {"type": "raw", "required": True},
        "forks": {"type": "int", "required": True},
        "one_image": {"type": "bool", "default": True},
        "at_once": {"type": "bool", "default": False},
    }

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        result: dict[str, t.Any] = super().run(tmp, task_vars)
        _spec, args = self.validate_argument_spec(argument_spec=self._ARGUMENT_SPEC)
        hostvars = (task_vars or {})["hostvars"]
        # A host that could not be looked at fails by itself.
        hosts = [host for host in args["hosts"] if registered.was_found(hostvars[host])]
        found = {host: registered.found(hostvars[host]) for host in hosts}
        try:
            balancers = observed.processes(args["balancers"])
            observed_hosts = observed.hosts(found, balancers)
            preflight.refuse_what_does_not_fit(found, observed_hosts, balancers)
            made = plan.make(
                observed_hosts,
                balancers,
                stated_batches=args["batches"],
                min_healthy=args["min_healthy"],
                forks=args["forks"],
                one_image=args["one_image"],
                at_once=args["at_once"],
                check_mode=self._task.check_mode,
            )
        except ZeroDowntimeError as error:
            raise AnsibleActionFail(error.message) from error
        result.update(changed=False, plan=made.as_dict())
        return result
