# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The images a lab serves."""

from __future__ import annotations

import typing as t

if t.TYPE_CHECKING:
    from .fleet import Fleet


def ensure(fleet: Fleet) -> None:
    """Have them all in the registry."""
