# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: it may change without notice.
"""Host names that a resolver can be asked about."""

from __future__ import annotations

WANTED = "each label of the name 1 to 63 characters long"


def can_be_looked_up(host: str) -> bool:
    """Whether Python can hand it to a resolver: no label may be empty, or longer than 63 characters."""
    try:
        host.encode("idna")
    except UnicodeError:
        return False
    return True
