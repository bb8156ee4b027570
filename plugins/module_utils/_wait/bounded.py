# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: it may change without notice.
"""Asking for a bounded time, and why it failed."""

from __future__ import annotations

import queue
import threading
import typing as t

# Sockets time out by themselves first, because they know better what they waited for, s.
_HEAD_START = 0.2

T = t.TypeVar("T")


def bounded(ask: t.Callable[[], T], within: float) -> T:
    """Call I(ask), and stop waiting for it soon after I(within) seconds. Raises TimeoutError, or what I(ask) raised.

    A socket's own timeout bounds neither getaddrinfo nor an answer that arrives byte by byte, and an engine's is longer
    than an attempt may take. The thread left behind is a daemon: it ends with the module.
    """
    answers: queue.Queue[tuple[T | None, Exception | None]] = queue.Queue()

    def run() -> None:
        try:
            answers.put((ask(), None))
        except Exception as error:
            answers.put((None, error))

    threading.Thread(target=run, daemon=True).start()
    try:
        result, error = answers.get(timeout=within + _HEAD_START)
    except queue.Empty:
        raise TimeoutError(f"no full answer within {within:.1f} s") from None
    if error is not None:
        raise error
    return t.cast(T, result)


def cause(error: BaseException) -> str:
    """The innermost reason: requests and urllib3 wrap "Connection refused" four times."""
    inner = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if inner is not None:
        return cause(inner)
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
