# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When what began in a playbook, as lines of JSON in the file that the environment variable BENCH_TIMES names.

C(at) is the wall clock in seconds; C(cpu) is what the processor has spent on ansible-playbook and on those of its
children that have ended, in seconds; C(module) is what a module said of its own time.
"""

from __future__ import annotations

import json
import os
import resource
import time
import typing as t

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: bench_times
type: aggregate
short_description: Note when each play and task begins
description: Writes what tests/bench needs to tell where the time of a deploy goes.
"""


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "bench_times"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self) -> None:
        super().__init__()
        self._file = open(os.environ["BENCH_TIMES"], "w", buffering=1)  # noqa: SIM115

    def _note(self, **facts: t.Any) -> None:
        used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        cpu = sum(each.ru_utime + each.ru_stime for each in used)
        print(json.dumps({"at": time.time(), "cpu": cpu, **facts}), file=self._file)

    def v2_playbook_on_play_start(self, play: t.Any) -> None:
        self._note(begins="(between plays)")

    def v2_playbook_on_task_start(self, task: t.Any, is_conditional: bool) -> None:
        self._note(begins=task.get_name())

    def v2_runner_on_ok(self, result: t.Any) -> None:
        # ansible-core 2.19 gave it a public name
        facts = result.result if hasattr(result, "result") else result._result
        own = sum(one.get("elapsed", 0) for one in facts.get("results", [facts]))
        self._note(module=float(own))

    def v2_playbook_on_stats(self, stats: t.Any) -> None:
        self._note(begins="(ansible-playbook ends)")
