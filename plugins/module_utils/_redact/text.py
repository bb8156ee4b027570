# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands in the place of a secret.

Private to this collection: it may change without notice.
"""

from __future__ import annotations

import re

HIDDEN = "********"
# In what is no URL yet, a password may hold anything, an @ and a line break included.
_USER_AND_PASSWORD = re.compile(r"//.*@", re.DOTALL)


def in_url(url: str) -> str:
    """I(url), sound or not, without user and password."""
    return _USER_AND_PASSWORD.sub(f"//{HIDDEN}@", url)
