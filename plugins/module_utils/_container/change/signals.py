# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A change under way is not to be interrupted by politeness.

Private to this collection: it may change without notice.
"""

from __future__ import annotations

import contextlib
import signal
import typing as t

# What arrives when the connection is lost, the terminal closes, the host shuts down or somebody is impatient.
POLITE = (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)


@contextlib.contextmanager
def uninterrupted() -> t.Iterator[None]:
    """Put these signals off for as long as it takes to finish or undo. SIGKILL remains, and the journal for it."""
    before = {each: signal.signal(each, signal.SIG_IGN) for each in POLITE}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
