# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether enough servers were left whenever one was taken out of rotation. No I/O.

Not how many served at each moment: a fault may take servers away, and so may a busy machine, whose health checks fail.
"""

from __future__ import annotations

from lab.watch import Watch

NOTICED = 1.0
"""Seconds in which HAProxy's checks (every 0.2 s, 3 in a row) have seen that a server has gone."""


def left_too_few(watch: Watch, needed: int) -> list[str]:
    """As sentences. I(needed): how many have to serve beside the one that is taken out."""
    found = []
    for at, server in watch.taken_out:
        left = max(len(serving - {server}) for when, serving in watch.samples if at - NOTICED <= when <= at)
        if left < needed:
            found.append(f"{server} was taken out with {left} others in rotation, not {needed}")
    return found
