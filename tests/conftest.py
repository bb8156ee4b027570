# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A test run that is ended takes down the labs and engines it brought up, as after Ctrl-C."""

from __future__ import annotations

import pytest
from lab import ending
from longest_first import DURATIONS, LongestFirst
from workers import WorkersLabs


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--write-durations", action="store_true", help=f"write into {DURATIONS.name} how long tests take")


def pytest_configure(config: pytest.Config) -> None:
    # A SystemExit would be to pytest one more test that fails.
    ending.in_order(lambda number: KeyboardInterrupt(f"ended by {number.name}"))
    is_worker = hasattr(config, "workerinput")
    config.pluginmanager.register(LongestFirst(write=config.getoption("write_durations") and not is_worker))
    if not is_worker:
        config.pluginmanager.register(WorkersLabs())
