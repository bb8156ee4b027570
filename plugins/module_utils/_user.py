# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who runs this process, for people to read.

Private to this collection: it may change without notice.
"""

from __future__ import annotations

import getpass
import os


def user() -> str:
    """Who called sudo, else whose it is: by number where passwd knows no name, as in a container run as anyone."""
    try:
        return os.environ.get("SUDO_USER") or getpass.getuser()
    except (KeyError, OSError):  # KeyError before Python 3.13
        return str(os.getuid())
