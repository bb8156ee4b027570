# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An unreachable host as a failure of the task, so that a rescue can act.

Ansible itself skips rescue and always for it and goes on to the next batch (ansible/ansible#18782, #73795): a load
balancer that can't be reached in the middle of a turn would leave the host drained on the others.

Private to this collection: it may change without notice.
"""

from __future__ import annotations

import contextlib
import typing as t

from ansible.errors import AnsibleConnectionFailure
from ansible.plugins.action import ActionBase


class FailsWhenAway(ActionBase):
    """Runs the module of the same name. C(away) in the result tells that the host, or the delegate, was unreachable."""

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        result: dict[str, t.Any] = super().run(tmp, task_vars)
        try:
            result.update(self._execute_module(task_vars=task_vars, wrap_async=self._task.async_val))
        except AnsibleConnectionFailure as error:
            result.update(failed=True, away=True, msg=f"unreachable: {error}")
        return result

    def cleanup(self, force: bool = False) -> None:
        """Ansible tidies up last, without pipelining on the host: what it raises would take the place of the result."""
        with contextlib.suppress(AnsibleConnectionFailure):
            super().cleanup(force)
