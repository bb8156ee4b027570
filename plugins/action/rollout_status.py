# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""M(zero.downtime.rollout_status): who runs what since when."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible.plugins.action import ActionBase
from ansible_collections.zero.downtime.plugins.plugin_utils._rollout import observed, status


class ActionModule(ActionBase):
    """I(hosts): of each its C(server), C(slots) and C(look); I(balancers): what each load balancer said."""

    TRANSFERS_FILES = False
    _ARGUMENT_SPEC: t.ClassVar[dict[str, t.Any]] = {
        "hosts": {"type": "dict", "required": True},
        "balancers": {"type": "list", "elements": "dict", "required": True},
    }

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        result: dict[str, t.Any] = super().run(tmp, task_vars)
        _spec, args = self.validate_argument_spec(argument_spec=self._ARGUMENT_SPEC)
        said = args["balancers"]
        processes = observed.processes(said)
        rows = [
            status.row(name, each["look"], observed.lines(each["server"], each.get("slots") or [], processes), said)
            for name, each in args["hosts"].items()
        ]
        result.update(
            changed=False,
            hosts={row.host: dataclasses.asdict(row) for row in rows},
            drift=status.drift(rows),
            text=status.table(rows) + status.unheard(said),
        )
        return result
