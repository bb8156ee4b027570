# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""M(zero.downtime.rollout_outcome): what became of each host."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible.plugins.action import ActionBase
from ansible_collections.zero.downtime.plugins.plugin_utils._rollout import outcome


class ActionModule(ActionBase):
    """Reads what the role's tasks registered on each of I(hosts), the hosts of the I(plan) and those left alone.

    I(lost), I(by_tasks): see C(outcome).
    """

    TRANSFERS_FILES = False
    _ARGUMENT_SPEC: t.ClassVar[dict[str, t.Any]] = {
        "hosts": {"type": "list", "elements": "str", "required": True},
        "plan": {"type": "dict", "required": True},
        "lost": {"type": "list", "elements": "str", "default": []},
        "by_tasks": {"type": "bool", "default": False},
    }

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        result: dict[str, t.Any] = super().run(tmp, task_vars)
        _spec, args = self.validate_argument_spec(argument_spec=self._ARGUMENT_SPEC)
        said = (task_vars or {})["hostvars"]
        outcomes = [
            outcome.outcome(
                host,
                args["plan"],
                failed=said[host].get("__rollout_failed") or None,
                lost=host in args["lost"],
                by_tasks=args["by_tasks"],
                drained=said[host].get("__rollout_drained") or {},
                swapped=said[host].get("__rollout_swapped") or {},
                undone=said[host].get("__rollout_undone") or {},
                restored=said[host].get("__rollout_restored") or {},
            )
            for host in args["hosts"]
        ]
        result.update(
            changed=False,
            hosts={each.host: dataclasses.asdict(each) for each in outcomes},
            new=[each.host for each in outcomes if each.runs == outcome.NEW],
            failures=[each.host for each in outcomes if each.why],
            text=outcome.text(outcomes),
        )
        return result
