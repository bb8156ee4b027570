# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""M(zero.downtime.rollout_reach): fail, rather than leave the play, when the host can't be reached."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleConnectionFailure
from ansible.plugins.action import ActionBase


class ActionModule(ActionBase):
    """Runs C(true) by the host's connection; no Python is started there."""

    TRANSFERS_FILES = False
    _VALID_ARGS = frozenset()

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        result: dict[str, t.Any] = super().run(tmp, task_vars)
        host = (task_vars or {})["inventory_hostname"]
        try:
            said = self._low_level_execute_command("true", sudoable=False)
        except AnsibleConnectionFailure as error:
            result.update(failed=True, away=True, msg=f"{host} was not touched, for it is unreachable: {error}")
        else:
            if said["rc"]:
                why = f"{said['stdout']} {said['stderr']}".strip()
                result.update(failed=True, msg=f"{host} was not touched, for it runs no commands: {why}")
        result["changed"] = False
        return result
