# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can go wrong, as one small family of exceptions.

Private to this collection: it may change without notice.
"""

from __future__ import annotations

import typing as t


class ZeroDowntimeError(Exception):
    """Base of every expected failure.

    The message names what was tried, on what, what came back and what to do about it. I(details) are the same facts
    for a program: C(main()) of a module, which alone calls C(fail_json), adds them to the module's result.
    """

    def __init__(self, message: str, **details: t.Any) -> None:
        super().__init__(message)
        self.message = message
        self.details = details
