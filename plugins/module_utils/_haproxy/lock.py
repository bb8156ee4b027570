# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: it may change without notice.
"""One run at a time reads and changes HAProxy, on one machine."""

from __future__ import annotations

import contextlib
import fcntl
import os
import tempfile
import typing as t


@contextlib.contextmanager
def attempt(socket: str) -> t.Iterator[bool]:
    """Lock what is behind I(socket), for this machine. False where another run has the lock; never waits.

    A lock on the socket's own folder: nothing to create, nothing to leave behind, gone with the process that held it.
    """
    folder = os.path.dirname(socket) if socket.startswith("/") else tempfile.gettempdir()
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:
        # A folder that may be entered but not read: the second check after a drain still holds.
        yield True
        return
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(descriptor)
