# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: it may change without notice.
"""How many hosts may be out at once, and which batches that makes."""

from __future__ import annotations

import itertools
import typing as t

from ansible_collections.zero.downtime.plugins.module_utils._errors import ZeroDowntimeError
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.guard import needed


class BadBatches(ZeroDowntimeError):
    """C(rollout_batches) holds something that is not a batch."""


def may_be_out(total: int, min_healthy: int | float | str) -> int:
    """How many of I(total) hosts may be out of rotation at once, at least one."""
    return max(1, total - needed(total, str(min_healthy)))


def must_serve(total: int, min_healthy: int | float | str) -> int:
    """How many of I(total) hosts must be able to serve, as a number for the guard.

    With slots the guard can't take a share of the servers it sees: half of them are idle.
    """
    return min(total, needed(total, str(min_healthy)))


def sizes(batches: t.Sequence[int | str], total: int) -> list[int]:
    """The sizes of I(batches) over I(total) hosts, as C(serial) reads them: the last one repeats until all had a turn.

    A percentage is of I(total), rounded down, at least one host.
    """
    stated = [_size(batch, total) for batch in batches]
    if not stated:
        raise BadBatches(
            "rollout_batches is an empty list; leave it out for the default, or name a first batch such as 1"
        )
    found: list[int] = []
    while (left := total - sum(found)) > 0:
        found.append(min(left, stated[min(len(found), len(stated) - 1)]))
    return found


def limited(sizes: t.Sequence[int], limit: int) -> list[int]:
    """I(sizes), none larger than I(limit): a larger batch is taken in several.

    A batch of hosts goes through its steps in lockstep. One that the guard holds back would hold back the mates that
    it waits for, so a batch is never larger than what may be out at once.
    """
    return [min(limit, size - taken) for size in sizes for taken in range(0, size, limit)]


def in_a_row(sizes: t.Sequence[int]) -> list[tuple[int, int]]:
    """Positions of each two hosts whose turns follow each other, both alone in their batch."""
    begins = itertools.accumulate(sizes, initial=0)
    alone = [size == 1 for size in sizes]
    return [(first, first + 1) for first, *both in zip(begins, alone, alone[1:]) if all(both)]


def _size(batch: int | str, total: int) -> int:
    text = str(batch).strip()
    number = text[:-1] if text.endswith("%") else text
    if not number.isdigit() or int(number) < 1:
        raise BadBatches(
            f"rollout_batches holds {batch!r}; a batch is a number of hosts from 1 on, or a share such as '25%'"
        )
    if not text.endswith("%"):
        return int(number)
    if int(number) > 100:
        raise BadBatches(f"rollout_batches holds {batch!r}; a share is at most '100%'")
    return max(1, total * int(number) // 100)
