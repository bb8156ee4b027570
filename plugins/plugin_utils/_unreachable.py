# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: it may change without notice.
"""An unreachable host as a failure of the task, so that a rescue can act.

Ansible itself skips rescue and always for it and goes on to the next batch (ansible/ansible#18782, #73795): a load
balancer that can't be reached in the middle of a turn would leave the host drained on the others.
"""

from __future__ import annotations

import contextlib
import typing as t

from ansible.errors import AnsibleConnectionFailure
from ansible.plugins.action import ActionBase

Result = t.Dict[str, t.Any]


class FailsWhenUnreachable(ActionBase):
    """Runs the module of the same name. C(host_unreachable) in the result: the host, or the delegate, was."""

    def run(self, tmp: str | None = None, task_vars: Result | None = None) -> Result:
        result: Result = super().run(tmp, task_vars)
        try:
            result.update(self._execute_module(task_vars=task_vars, wrap_async=self._task.async_val))
        except AnsibleConnectionFailure as error:
            result.update(failed=True, host_unreachable=True, msg=f"unreachable: {error}")
        return result

    def cleanup(self, force: bool = False) -> None:
        """Ansible tidies up last, without pipelining on the host: what it raises would take the place of the result."""
        with contextlib.suppress(AnsibleConnectionFailure):
            super().cleanup(force)


class ReachesFirst(FailsWhenUnreachable):
    """For a module that changes its host: one that is lost in the middle may still be changing.

    So the host is asked for a sign of life right before. C(begun) is false in the result where it gave none: nothing
    has changed there.
    """

    def run(self, tmp: str | None = None, task_vars: Result | None = None) -> Result:
        if self._task.check_mode or self._task.args.get("prepare"):
            return super().run(tmp, task_vars)
        host = (task_vars or {}).get("inventory_hostname")
        try:
            # No Python is started there for it.
            answer = self._low_level_execute_command("true", sudoable=False)
        except AnsibleConnectionFailure as error:
            why = f"{host} is unreachable, and was not touched: {error}"
            return {"failed": True, "begun": False, "host_unreachable": True, "msg": why}
        if answer["rc"]:
            said = f"{answer['stdout']} {answer['stderr']}".strip()
            return {"failed": True, "begun": False, "msg": f"{host} runs no commands, and was not touched: {said}"}
        return super().run(tmp, task_vars)
