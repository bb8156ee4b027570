# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A program that is told to end, or whose terminal is closed, ends as after Ctrl-C: what it brought up goes."""

from __future__ import annotations

import signal
import types
import typing as t

SIGNALS = (signal.SIGTERM, signal.SIGHUP)


def by_exit(number: signal.Signals) -> BaseException:
    """With the exit code that a shell gives for it."""
    return SystemExit(128 + number)


def in_order(error: t.Callable[[signal.Signals], BaseException] = by_exit) -> None:
    """From now on raise C(error) at such a signal. Once: make sends the signal on that it got itself."""

    def end(number: int, _frame: types.FrameType | None) -> t.NoReturn:
        for each in SIGNALS:
            signal.signal(each, signal.SIG_IGN)
        raise error(signal.Signals(number))

    for number in SIGNALS:
        if signal.getsignal(number) != signal.SIG_IGN:  # as under nohup
            signal.signal(number, end)
