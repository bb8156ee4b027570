# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: it may change without notice.
"""Ignore SIGHUP, SIGINT and SIGTERM while a change is finished or undone."""

from __future__ import annotations

import contextlib
import signal
import typing as t

# What arrives when the connection is lost, the terminal closes, the host shuts down or a user is impatient.
IGNORED = (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)


@contextlib.contextmanager
def uninterrupted() -> t.Iterator[None]:
    """Ignore these signals meanwhile. SIGKILL can't be ignored: the journal is there for it."""
    before = {each: signal.signal(each, signal.SIG_IGN) for each in IGNORED}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
