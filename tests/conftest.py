# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A test run that is ended takes down the labs and engines it brought up, as after Ctrl-C."""

from __future__ import annotations

import signal
import types
import typing as t


def pytest_configure() -> None:
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) != signal.SIG_IGN:  # as under nohup
            signal.signal(number, end)


def end(number: int, _frame: types.FrameType | None) -> t.NoReturn:
    """Once: make sends the signal on that it got itself. As Ctrl-C does, so that no C(except Exception) swallows it."""
    for other in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(other, signal.SIG_IGN)
    raise KeyboardInterrupt(f"ended by {signal.Signals(number).name}")
