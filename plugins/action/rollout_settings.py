# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""M(zero.downtime.rollout_settings): refuse settings that can't be right."""

from __future__ import annotations

import os
import re
import time
import typing as t
from pathlib import Path

from ansible.errors import AnsibleActionFail
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.common.yaml import yaml_load
from ansible.plugins.action import ActionBase
from ansible_collections.zero.downtime.plugins.plugin_utils._rollout import run_identity, settings, task_files


def _role_options() -> dict[str, t.Any]:
    """The options of the entry point C(main): the one list of what a rollout can be told."""
    spec = Path(__file__).resolve().parents[2] / "roles" / "rollout" / "meta" / "argument_specs.yml"
    options: dict[str, t.Any] = yaml_load(spec.read_text(encoding="utf-8"))["argument_specs"]["main"]["options"]
    return options


# Read once by the controller, not once more in each of the processes that it forks for a host.
_OPTIONS = _role_options()


class ActionModule(ActionBase):
    """Reads every C(rollout_*) variable of the host, as the role's own argument spec describes them.

    I(at_once): the hosts are one batch of a play of the user's.
    """

    TRANSFERS_FILES = False
    _ARGUMENT_SPEC: t.ClassVar[dict[str, t.Any]] = {"at_once": {"type": "bool", "default": False}}

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        result: dict[str, t.Any] = super().run(tmp, task_vars)
        _spec, args = self.validate_argument_spec(argument_spec=self._ARGUMENT_SPEC)
        task_vars = task_vars or {}
        stated = {key: self._templar.template(value) for key, value in task_vars.items() if key.startswith("rollout_")}
        known = {key: value for key, value in stated.items() if key in _OPTIONS}
        filled = {key: value for key, value in known.items() if not settings.is_empty(value)}
        validated = ArgumentSpecValidator(_OPTIONS).validate(filled)
        found = [
            *_out_of_step(self._task.play.strategy),
            *_no_pattern(task_vars["inventory_hostname"]),
            *settings.empty(known),
            *validated.error_messages,
            *settings.texts(filled),
        ]
        given = validated.validated_parameters
        if not found:
            found = settings.problems(given, inventory=task_vars["groups"]["all"])
            found += task_files.problems(task_files.named(given), self._task, self._loader)
            found += settings.report_problems(given["rollout_report"])
        if found:
            raise AnsibleActionFail(
                "Nothing was touched, for the settings of the rollout can't be right. " + "; ".join(found)
            )
        result.update(
            changed=False,
            warnings=[*settings.unknown(stated, _OPTIONS), *settings.doubts(given, at_once=args["at_once"])],
            # This runs in a worker; the run itself is its parent. The same for all hosts and batches: that of the task.
            token=run_identity.token(os.getppid(), self._task._uuid),
            at=time.time(),
            files=task_files.whole_paths(task_files.named(given), self._task, self._loader),
            alive=run_identity.alive(),
            owner=run_identity.owner(task_vars),
            longest_turn=settings.longest_turn(given),
            report=settings.report_path(given["rollout_report"]),
            lock_ttl=settings.lock_ttl(given),
            host=settings.of_host(given),
        )
        return result


def _out_of_step(strategy: str) -> t.Iterator[str]:
    """What is done once for all hosts must be done before any of them goes on."""
    if strategy.endswith(("free", "host_pinned")):
        yield f"the play's strategy is {strategy}; state linear, for the hosts of a batch go in step"


def _no_pattern(host: str) -> t.Iterator[str]:
    """A play's C(hosts) takes the name apart, and would go on without the host."""
    if re.search(r"[\s,]", host):
        yield f"{host!r} is the name of a host, and Ansible finds none by a name with a blank or comma; rename it"
