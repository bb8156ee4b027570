# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A program that does not outlive whoever starts it, not even when that one is killed."""

from __future__ import annotations

import typing as t


def tied(argv: t.Sequence[str]) -> list[str]:
    """C(argv) as such a command line. Start it from a thread that stays: the kernel goes by that one (prctl(2))."""
    return ["setpriv", "--pdeathsig", "KILL", *argv]
