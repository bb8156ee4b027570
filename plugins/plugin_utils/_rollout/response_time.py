# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How fast a server answered within a window, out of an average that reaches back further.

HAProxy gives the response time as an average "over the 1024 last requests". In fact it keeps a sum: it adds up the
first 1024 answers of a server, and from then on takes 1/1024 off before it adds the next one (swrate_add_dynamic in its
freq_ctr.h). So right after a deploy the average is still mostly that of the old version; but with the average and the
number of answers at both ends of the window, what was added in between can be told.

Private to this collection: it may change without notice.
"""

from __future__ import annotations

import typing as t

_SAMPLES = 1024


class Span(t.NamedTuple):
    """The average is at least I(low) and at most I(high) ms: HAProxy rounds up to whole ones."""

    low: float
    high: float


def within(average_before: int, answers_before: int, average_after: int, answers_after: int) -> Span:
    """The average of the answers between two moments, of which there is at least one."""
    added_up = max(0, min(_SAMPLES, answers_after) - answers_before)
    left = (1 - 1 / _SAMPLES) ** (answers_after - answers_before - added_up)
    weight = added_up * left + _SAMPLES * (1 - left)
    size_before, size_after = min(_SAMPLES, answers_before), min(_SAMPLES, answers_after)

    def solve(before: float, after: float) -> float:
        return max(0.0, (after * size_after - before * size_before * left) / weight)

    # Each 1/1024 taken off is rounded up as well, which makes the average at most 1 ms too small in the end.
    rounded_off = 1 - left
    return Span(
        low=solve(average_before, max(0, average_after - 1)),
        high=solve(max(0, average_before - 1), average_after + rounded_off),
    )


def weighted(spans: t.Sequence[tuple[Span, int]]) -> Span:
    """The average over several servers, each with its number of answers."""
    answers = sum(count for _span, count in spans)
    return Span(
        low=sum(span.low * count for span, count in spans) / answers,
        high=sum(span.high * count for span, count in spans) / answers,
    )
