# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""M(zero.downtime.rollout_gate): whether the new servers may stay."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.zero.downtime.plugins.module_utils._errors import ZeroDowntimeError
from ansible_collections.zero.downtime.plugins.plugin_utils._rollout import counters, gate


class ActionModule(ActionBase):
    """I(before), I(after): what M(zero.downtime.haproxy_server_info) said at each balancer, read without C(server).

    Each result holds its C(balancer). I(new), I(old): names of servers. The answer is returned, not raised.
    """

    TRANSFERS_FILES = False
    _ARGUMENT_SPEC: t.ClassVar[dict[str, t.Any]] = {
        "backend": {"type": "str", "required": True},
        "limits": {"type": "dict", "required": True, "options": gate.OPTIONS},
        "before": {"type": "list", "elements": "dict", "required": True},
        "after": {"type": "list", "elements": "dict", "required": True},
        "new": {"type": "list", "elements": "str", "required": True},
        "old": {"type": "list", "elements": "str", "default": []},
    }

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        result: dict[str, t.Any] = super().run(tmp, task_vars)
        _spec, args = self.validate_argument_spec(argument_spec=self._ARGUMENT_SPEC)
        before, after = (counters.from_info(args[moment], args["backend"], moment) for moment in ("before", "after"))
        try:
            judgement = gate.judge(args["limits"], before, after, new=args["new"], old=args["old"])
        except ZeroDowntimeError as error:
            raise AnsibleActionFail(error.message) from error
        result.update(changed=False, judgement=judgement.as_dict())
        return result
