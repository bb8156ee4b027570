# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""M(zero.downtime.rollout_ledger): what became of the requests during a rollout."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.zero.downtime.plugins.module_utils._errors import ZeroDowntimeError
from ansible_collections.zero.downtime.plugins.plugin_utils._rollout import counters, ledger, registered


class ActionModule(ActionBase):
    """I(start), I(end): what M(zero.downtime.haproxy_server_info) returned at each balancer, read without C(server).

    Each result holds its C(balancer). The drains of I(hosts) tell what a process counted that a reload ended.
    """

    TRANSFERS_FILES = False
    _ARGUMENT_SPEC: t.ClassVar[dict[str, t.Any]] = {
        "backend": {"type": "str", "required": True},
        "start": {"type": "list", "elements": "dict", "required": True},
        "service": {"type": "str", "required": True},
        "hosts": {"type": "list", "elements": "str", "default": []},
        "end": {"type": "list", "elements": "dict", "required": True},
        "seconds": {"type": "float"},
    }

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        result: dict[str, t.Any] = super().run(tmp, task_vars)
        _spec, args = self.validate_argument_spec(argument_spec=self._ARGUMENT_SPEC)
        hostvars = (task_vars or {})["hostvars"]
        hosts = [registered.of_service(hostvars[host], args["service"]) for host in args["hosts"]]
        drains = [drain for host in hosts for drain in registered.drains(host)]
        snapshots = [
            *counters.from_info(args["start"], args["backend"], "start"),
            *counters.from_state(drains),
            *counters.from_info(args["end"], args["backend"], "end"),
        ]
        cut = sum(drain.get("sessions_cut", 0) for drain in drains)
        try:
            settled = ledger.settle(snapshots, seconds=args["seconds"], sessions_cut=cut)
        except ZeroDowntimeError as error:
            raise AnsibleActionFail(error.message) from error
        result.update(changed=False, ledger=settled.as_dict())
        return result
