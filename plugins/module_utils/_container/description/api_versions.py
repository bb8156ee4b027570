# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: it may change without notice.
"""Which version of the Engine API brought what: docs.docker.com/engine/api/version-history."""

from __future__ import annotations

SIGNAL_ON_STOP = (1, 42)
MAC_PER_NETWORK = (1, 44)


def has(version: str, what: tuple[int, int]) -> bool:
    """Whether an engine of I(version), as C("1.41"), has I(what)."""
    return tuple(int(part) for part in version.split(".")[:2]) >= what
