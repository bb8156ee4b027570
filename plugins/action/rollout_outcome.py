# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""M(zero.downtime.rollout_outcome): what became of each host."""

from __future__ import annotations

import typing as t

from ansible.plugins.action import ActionBase
from ansible_collections.zero.downtime.plugins.plugin_utils._rollout import outcome, registered


class ActionModule(ActionBase):
    """Reads what the role's tasks registered on each of I(hosts). I(balancers): what a last look returned."""

    TRANSFERS_FILES = False
    _ARGUMENT_SPEC: t.ClassVar[dict[str, t.Any]] = {
        "service": {"type": "str", "required": True},
        "hosts": {"type": "list", "elements": "str", "required": True},
        "plan": {"type": "dict", "required": True},
        "balancers": {"type": "list", "elements": "dict", "default": []},
        "unreachable": {"type": "list", "elements": "str", "default": []},
    }

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        result: dict[str, t.Any] = super().run(tmp, task_vars)
        _spec, args = self.validate_argument_spec(argument_spec=self._ARGUMENT_SPEC)
        hostvars = (task_vars or {})["hostvars"]
        outcomes = [self._outcome(host, args, hostvars) for host in args["hosts"]]
        result.update(
            changed=False,
            hosts={each.host: each.as_dict() for each in outcomes},
            swapped=[each.host for each in outcomes if each.runs == outcome.NEW and each.swapped],
            failures=[each.host for each in outcomes if each.why],
            text=outcome.text(outcomes),
        )
        return result

    def _outcome(self, host: str, args: t.Mapping[str, t.Any], hostvars: t.Mapping[str, t.Any]) -> outcome.Outcome:
        said, plan = registered.of_service(hostvars[host], args["service"]), args["plan"]
        turn = registered.turn(said) if host in plan["hosts"] else None
        done = registered.done_by(host, hostvars, args["service"]) if turn else outcome.Done()
        lost = host in args["unreachable"] and host in plan["hosts"]
        why = registered.why(said) if turn else []
        why = why or ([outcome.UNREACHABLE] if lost else [])
        word = outcome.runs(turn, done, up_to_date=host in plan["up_to_date"], failed=bool(why))
        return outcome.Outcome(
            host,
            word,
            image=outcome.image(word, turn, done, registered.before(said)),
            rotation=outcome.rotation(plan["lines"].get(host, []), args["balancers"]),
            why=why,
            swapped=bool((done.swapped or {}).get("changed")),
            seconds=float((done.swapped or {}).get("elapsed", 0.0)),
            rehearsed=self._task.check_mode,
        )
