# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Labs side by side: each process of pytest-xdist has labs of its own, and all of them are taken down in the end."""

from __future__ import annotations

import contextlib
import os
import signal
import typing as t

import pytest
from lab import places
from lab.fleet import take_down

KINDS = {"e2e": "e", "two balancers": "b", "faults": "f", "lab": "l", "doomed": "d"}
"""What a lab is for, and its letter in the lab's name."""


def lab_name(kind: str) -> str:
    """The environment variable LAB_NAME (default: V(test)), a letter of KINDS, and the number of this process."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    return os.environ.get("LAB_NAME", "test") + KINDS[kind] + worker.replace("gw", "")


class WorkersLabs:
    """pytest-xdist kills its workers 10 s after an interrupted run, some before they have taken down their labs."""

    def __init__(self) -> None:
        self._workers: set[int] = set()

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: t.Any) -> None:
        self._workers.add(node.gateway._rinfo().pid)

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """Ctrl-C reaches the workers by itself; the signal that tests/conftest.py makes an interrupt of does not."""
        for pid in self._workers if excinfo.value.args else ():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)

    def pytest_unconfigure(self) -> None:
        for name, pid in places.holders().items():
            if pid in self._workers:
                with places.held(places.home(name)):
                    take_down(name)
