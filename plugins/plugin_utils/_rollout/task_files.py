# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the task files that a rollout is told to run can be loaded.

Ansible ends the run where it includes one that can't be, without a rescue: hosts would stay drained.
Private to this collection: it may change without notice.
"""

from __future__ import annotations

import os
import typing as t

from ansible.errors import AnsibleError
from ansible.playbook.helpers import load_list_of_tasks


def named(settings: t.Mapping[str, t.Any]) -> dict[str, str]:
    """The task files in I(settings), by the variable that names them."""
    hooks = {f"rollout_hooks.{name}": path for name, path in (settings.get("rollout_hooks") or {}).items()}
    files = {**hooks, "rollout_update_tasks": settings.get("rollout_update_tasks")}
    return {variable: path for variable, path in files.items() if path}


def problems(files: t.Mapping[str, str], task: t.Any, loader: t.Any) -> t.Iterator[str]:
    """A sentence for each of I(files) that I(task), of the role that will include it, could not include."""
    for variable, name in files.items():
        path = loader.path_dwim_relative(task._role._role_path, "tasks", name, is_role=True)
        try:
            load_list_of_tasks(
                loader.load_from_file(path) or [],
                play=task.play,
                role=task._role,
                variable_manager=task.get_variable_manager(),
                loader=loader,
            )
        except AnsibleError as error:
            hint = "" if os.path.isabs(name) else "; state its whole path"
            yield f"{variable} is {name}, which can't be run: {str(error).splitlines()[0].rstrip('.')}{hint}"
