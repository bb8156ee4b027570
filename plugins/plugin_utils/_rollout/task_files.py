# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: it may change without notice.
"""Where the task files are that a rollout is told to run, and whether they can be loaded.

Ansible ends the run where it includes one that can't be, without a rescue: hosts would stay drained.
"""

from __future__ import annotations

import os
import typing as t

from ansible.errors import AnsibleError
from ansible.playbook.helpers import load_list_of_tasks

UPDATE_TASKS = "update_tasks"


def named(settings: t.Mapping[str, t.Any]) -> dict[str, str]:
    """The task files in I(settings): by the name of a hook, and that of C(rollout_update_tasks)."""
    files = {**(settings.get("rollout_hooks") or {}), UPDATE_TASKS: settings.get("rollout_update_tasks")}
    return {name: path for name, path in files.items() if path}


def whole_paths(files: t.Mapping[str, str], task: t.Any, loader: t.Any) -> dict[str, str]:
    """Where each of I(files) is: as Ansible looks for what a task file of I(task)'s role includes."""
    return {name: _whole(path, task, loader) for name, path in files.items()}


def problems(files: t.Mapping[str, str], task: t.Any, loader: t.Any) -> t.Iterator[str]:
    """A sentence for each of I(files) that I(task), of the role that will include it, could not include."""
    for name, path in files.items():
        try:
            load_list_of_tasks(
                loader.load_from_file(_whole(path, task, loader)) or [],
                play=task.play,
                role=task._role,
                variable_manager=task.get_variable_manager(),
                loader=loader,
            )
        except AnsibleError as error:
            variable = "rollout_update_tasks" if name == UPDATE_TASKS else f"rollout_hooks.{name}"
            hint = "" if os.path.isabs(path) else "; state its whole path"
            yield f"{variable} is {path}, which can't be run: {str(error).splitlines()[0].rstrip('.')}{hint}"


def _whole(path: str, task: t.Any, loader: t.Any) -> str:
    return str(loader.path_dwim_relative(task._role._role_path, "tasks", path, is_role=True))
