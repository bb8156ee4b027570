# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A test run that is ended takes down the labs and engines it brought up, as after Ctrl-C."""

from __future__ import annotations

import pytest
from lab import ending
from workers import WorkersLabs


def pytest_configure(config: pytest.Config) -> None:
    # A SystemExit would be to pytest one more test that fails.
    ending.in_order(lambda number: KeyboardInterrupt(f"ended by {number.name}"))
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(WorkersLabs())
