# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What happened to whom, and when. No clock, no process: what was measured goes in, rows and text come out.

Times are in s since the deploy began; what was seen before it has a negative one.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

if t.TYPE_CHECKING:
    from lab.watch import Counters, Event


@dataclass(frozen=True)
class Row:
    """A host: the versions it answered in before and after, and when HAProxy sent it no new requests."""

    host: str
    before: str
    after: str
    away: tuple[tuple[float, float | None], ...] = ()
    """(out, back) for each time; back is None where it never came."""


class Segment(t.NamedTuple):
    start: float
    end: float
    version: str | None
    """None: out of rotation."""


@dataclass(frozen=True)
class Timeline:
    """One deploy under load, as seen from outside."""

    image: str
    rows: tuple[Row, ...]
    span: tuple[float, float]
    """From when to when there was load; the deploy itself lasted from 0 to C(seconds)."""
    seconds: float
    rate: tuple[tuple[float, float], ...]
    """(at, answers per s in the second before): HAProxy's own count."""
    fewest: int
    """Servers that could serve, at the worst moment."""
    answered: int
    lost: int
    """As the clients counted."""
    connections: int
    """Clients at once: that many requests may be in flight when they leave, and only HAProxy counts those."""
    counted: Counters

    @property
    def in_flight(self) -> int:
        """Answers that HAProxy counted and no client stayed for."""
        return self.counted.answered - self.answered


def rows(
    events: t.Iterable[Event], before: t.Mapping[str, str], after: t.Mapping[str, str], began: float
) -> tuple[Row, ...]:
    """A row for each host of C(before), from a watch's timeline on whose clock the deploy C(began)."""
    away: dict[str, list[tuple[float, float | None]]] = {host: [] for host in before}
    for event in events:
        seen, at = away[event.server], event.at - began
        if not event.serves:
            seen.append((at, None))
        elif seen:
            seen[-1] = (seen[-1][0], at)
    return tuple(Row(host, before[host], after[host], tuple(away[host])) for host in before)


def rate(pulses: t.Sequence[tuple[float, int]], began: float, over: int = 4) -> tuple[tuple[float, float], ...]:
    """Answers per s over C(over) intervals of C(pulses): (at, answers so far). One alone is mostly jitter."""
    return tuple(
        (end - began, (now - then) / (end - start))
        for (start, then), (end, now) in zip(pulses, pulses[over:])
        if end > start
    )


def segments(row: Row, span: tuple[float, float]) -> list[Segment]:
    """What a host did from the beginning of C(span) to its end, without a gap."""
    found, at, version = [], span[0], row.before
    for out, back in row.away:
        end = span[1] if back is None else back
        found += [Segment(at, out, version), Segment(out, end, None)]
        at, version = end, row.after
    return [segment for segment in [*found, Segment(at, span[1], version)] if segment.end > segment.start]


def wrong(timeline: Timeline, after: t.Mapping[str, str], least: int) -> list[str]:
    """What should not have happened: a line each."""
    found = [
        f"{row.host} answers in version {row.after or 'none'}, not in {after[row.host]}"
        for row in timeline.rows
        if row.after != after[row.host]
    ]
    found += [f"{row.host} is still out of rotation" for row in timeline.rows if row.away and row.away[-1][1] is None]
    if timeline.lost or not timeline.answered:
        found.append(f"the clients lost {timeline.lost} of {timeline.lost + timeline.answered} requests")
    if timeline.counted.signs_of_loss:
        found.append(f"HAProxy counted errors: {timeline.counted}")
    if timeline.counted.retries or timeline.counted.redispatches:
        found.append(f"HAProxy sent requests again: {timeline.counted}")
    if not 0 <= timeline.in_flight <= timeline.connections:
        found.append(f"HAProxy counted {timeline.counted.answered} answers, the clients {timeline.answered}")
    if timeline.fewest < least:
        found.append(f"at one moment only {timeline.fewest} servers could serve, not {least}")
    return found


def text(timeline: Timeline) -> list[str]:
    """The table and what stands under it."""
    counted = timeline.counted
    return [
        f"{'host':<8}{'out of rotation':>16}{'back':>10}{'away':>10}   version",
        *(line for row in timeline.rows for line in _lines(row)),
        "",
        f"servers   at least {timeline.fewest} of {len(timeline.rows)} could serve at any moment",
        f"clients   {timeline.answered:,} requests answered, {timeline.lost:,} lost",
        f"HAProxy   {counted.answered:,} answered (the clients' and {timeline.in_flight} in flight when they left), "
        f"{counted.signs_of_loss} failed, {counted.retries + counted.redispatches} sent again",
        f"time      {timeline.seconds:.1f} s from the command to its end",
    ]


def _lines(row: Row) -> list[str]:
    version = row.after if row.before == row.after else f"{row.before or 'nothing'} -> {row.after or 'nothing'}"
    if not row.away:
        return [f"{row.host:<8}{'never':>16}{'':>20}   {version}"]
    return [
        f"{row.host:<8}{f'at {out:.1f} s':>16}"
        + ("never".rjust(10) + " " * 10 if back is None else f"{f'{back:.1f} s':>10}{f'{back - out:.1f} s':>10}")
        + f"   {version}"
        for out, back in row.away
    ]
