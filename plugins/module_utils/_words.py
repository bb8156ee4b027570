# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: it may change without notice.
"""English for messages."""

from __future__ import annotations


def count(noun: str, number: int) -> str:
    """C(1 server), C(2 servers). I(noun) is in the singular, and takes an s in the plural."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
