# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which process of pytest-xdist runs which tests: the longest begin first, so that none is left for the end.

With C(--dist loadscope --no-loadscope-reorder): the scopes are ours, and their order is that of the collection, which
is sorted here. tests/durations.json has the seconds of each test that is not short; C(--write-durations) writes it,
and C(make durations) does so for all.
"""

from __future__ import annotations

import collections
import json
import os
import typing as t
from pathlib import Path

import pytest

TOGETHER = (
    "tests/integration/",
    "tests/e2e/test_refusal.py",
    "tests/e2e/test_two_balancers.py",
    "tests/e2e/test_update_tasks.py",
)
"""Files whose tests share an engine, a lab or a site: one process runs a whole file."""
DURATIONS = Path(__file__).with_name("durations.json")
SHORT = 1.0
"""Seconds. What takes no longer is not worth a line in the file."""
ROLLOUT = 40.0
"""Seconds that a test counts as which rolls something out and was not measured yet."""


def scope(nodeid: str) -> str:
    """Tests of one scope stay together: those of a file in TOGETHER; any other test is alone."""
    return nodeid.split("::")[0] if nodeid.startswith(TOGETHER) else nodeid


def arranged(nodeids: t.Sequence[str], seconds: t.Mapping[str, float]) -> list[str]:
    """The scope that takes longest first; within it the order stays."""
    sums: dict[str, float] = collections.defaultdict(float)
    for nodeid in nodeids:
        sums[scope(nodeid)] += seconds.get(nodeid, expected(nodeid))
    return sorted(nodeids, key=lambda nodeid: (-sums[scope(nodeid)], scope(nodeid)))


def expected(nodeid: str) -> float:
    """Seconds of a test that was not measured."""
    return ROLLOUT if nodeid.startswith(("tests/e2e/", "tests/faults/")) else SHORT


class LongestFirst:
    """The plugin. In a process of pytest-xdist it sorts; in the one that leads them it gives out tests by scope."""

    def __init__(self, write: bool) -> None:
        self._write = write
        self._seconds: dict[str, float] = collections.defaultdict(float)

    @pytest.hookimpl(trylast=True)  # once it is known which tests are left out
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        if "PYTEST_XDIST_WORKER" in os.environ:
            places = {nodeid: place for place, nodeid in enumerate(arranged([i.nodeid for i in items], read()))}
            items.sort(key=lambda item: places[item.nodeid])

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_make_scheduler(self, config: pytest.Config, log: t.Any) -> t.Any:
        # pytest-xdist has marks for this (--dist loadgroup); 3.8 appends them to names, which pytest 9 no longer sees.
        from xdist.scheduler import LoadScopeScheduling

        class Scheduling(LoadScopeScheduling):
            def _split_scope(self, nodeid: str) -> str:
                return scope(nodeid)

        return Scheduling(config, log) if config.getvalue("dist") == "loadscope" else None

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._seconds[report.nodeid] += report.duration

    def pytest_sessionfinish(self) -> None:
        if self._write:
            write({**read(), **self._seconds})


def read() -> dict[str, float]:
    return json.loads(DURATIONS.read_text()) if DURATIONS.exists() else {}


def write(seconds: t.Mapping[str, float]) -> None:
    longest = sorted(seconds.items(), key=lambda each: (-round(each[1]), each[0]))
    kept = {nodeid: round(took) for nodeid, took in longest if took > SHORT}
    DURATIONS.write_text(json.dumps(kept, indent=0) + "\n")
