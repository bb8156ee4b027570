# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What became of every request between the first and the last snapshot, by the load balancers' own counters.

How HAProxy counts (management.txt 9.1 leaves it open; 2.6.12 and 2.8.25, each case beside what the client got, is in
tests/integration/haproxy/test_ledger_counters.py):

=====================================  ========  ======  ========  ========  ===============================
what the client got                    sessions  answer  answer    server    else
                                       total     BACKEND server    aborts
=====================================  ========  ======  ========  ========  ===============================
an answer of the service               1         1       1
HAProxy's 502 or 504, for a server     1         1 (5xx)                     response_errors 1 or 2
HAProxy's 503                          1         1 (5xx)                     connect_errors 1, retries
half an answer                         1         1       1         1         response_errors 0 or 1
a closed connection, no answer         1                           0 or 1    response_errors 0 or 1
nothing, it left before a server       1         other                       client_aborts 0 or 1
=====================================  ========  ======  ========  ========  ===============================

A kept-alive client is closed upon without an answer so that it may ask again: only I(sessions_total) knows of it. A
connect error that was retried and answered leaves a retry and an answer, so nothing is lost by it.

Private to this collection: it may change without notice.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.zero.downtime.plugins.module_utils._errors import ZeroDowntimeError
from ansible_collections.zero.downtime.plugins.plugin_utils._rollout.counters import (
    Counters,
    Process,
    Snapshot,
    by_process,
    finished_requests,
    growth,
    restarted,
)


class NothingSeen(ZeroDowntimeError):
    """There is no snapshot to settle."""


@dataclasses.dataclass(frozen=True)
class Gap:
    """What a process counted and was not read: after the snapshot I(after), before the snapshot I(before)."""

    process: Process
    after: str
    before: str
    why: str

    def __str__(self) -> str:
        return f"{self.process}, between '{self.after}' and '{self.before}': {self.why}"


@dataclasses.dataclass(frozen=True)
class Ledger:
    """Requests, by what became of them; each is in exactly one of the first seven.

    I(app_5xx): the service's own answer. I(haproxy_5xx): HAProxy's, as no server took or answered it. I(unknown_5xx):
    one of the two, the servers were not read. I(cut): the answer broke off. I(unanswered): the connection was closed
    without one. I(other): the client left before there was a server (C(option abortonclose)), or a status beyond 5xx.

    The service's own 5xx are told apart exactly when none is on its way at the first and the last snapshot.
    """

    answered: int = 0
    app_5xx: int = 0
    haproxy_5xx: int = 0
    unknown_5xx: int = 0
    cut: int = 0
    unanswered: int = 0
    other: int = 0
    # A server abort is a cut answer or, in HAProxy 2.6 only sometimes, an unanswered request; lost counts it once.
    perhaps_cut: int = 0
    # Beside the above, as HAProxy has them: events, not requests.
    connect_errors: int = 0
    response_errors: int = 0
    retried: int = 0
    redispatched: int = 0
    client_aborts: int = 0
    sessions_cut: int = 0
    seconds: float | None = None
    balancers: tuple[str, ...] = ()
    gaps: tuple[Gap, ...] = ()

    @property
    def lost(self) -> int:
        """What a client without retries calls lost, the service's own answers apart. I(sessions_cut) are among it."""
        return self.haproxy_5xx + self.cut + self.unanswered

    @property
    def lost_at_most(self) -> int:
        return self.lost + self.perhaps_cut + self.unknown_5xx

    @property
    def complete(self) -> bool:
        """Whether every process was read after all that it counted. If not, every number is an 'at least'."""
        return not self.gaps and not self.unknown_5xx

    @property
    def text(self) -> str:
        """One line for people."""
        at_most = f" (at most {self.lost_at_most:,})" if self.lost_at_most > self.lost else ""
        parts = [f"{self.answered + self.app_5xx:,} requests answered"]
        parts += [f"{self.app_5xx:,} of them with a 5xx of the service"] * bool(self.app_5xx)
        parts += [f"{self.lost:,} lost{at_most}"]
        parts += [f"{self.retried:,} retried"] * bool(self.retried)
        parts += [f"{self.redispatched:,} redispatched"] * bool(self.redispatched)
        parts += [f"{self.sessions_cut:,} sessions cut"] * bool(self.sessions_cut)
        span = "" if self.seconds is None else f"in {self.seconds:.1f} s "
        line = ", ".join([*parts, f"{span}on {', '.join(self.balancers)}"])
        return line + "".join(f"; not counted: {gap}" for gap in self.gaps)

    def as_dict(self) -> dict[str, t.Any]:
        """Every field, and I(requests), I(lost), I(lost_at_most), I(complete), I(text); I(gaps) as sentences."""
        fields = dataclasses.asdict(self)
        del fields["perhaps_cut"]
        return {
            **fields,
            "requests": sum(fields[name] for name in _OUTCOMES),
            "lost": self.lost,
            "lost_at_most": self.lost_at_most,
            "complete": self.complete,
            "balancers": list(self.balancers),
            "gaps": [str(gap) for gap in self.gaps],
            "text": self.text,
        }


_OUTCOMES = ("answered", "app_5xx", "haproxy_5xx", "unknown_5xx", "cut", "unanswered", "other")


def settle(
    snapshots: t.Sequence[Snapshot],
    *,
    start: str = "start",
    end: str = "end",
    seconds: float | None = None,
    sessions_cut: int = 0,
) -> Ledger:
    """Sum up what all processes counted between the snapshots of the moments I(start) and I(end).

    The snapshots between matter only for a process that was gone before the end.
    """
    if not snapshots:
        raise NothingSeen("No load balancer was read, so nothing is known of the requests")
    sums: dict[str, int] = {}
    gaps: list[Gap] = []
    for span in _spans(snapshots, start, end):
        gaps.extend(span.gaps(end))
        for name, counted in _tally(span).items():
            sums[name] = sums.get(name, 0) + counted
    return Ledger(
        **sums,
        seconds=seconds,
        sessions_cut=sessions_cut,
        balancers=tuple(sorted({snapshot.balancer for snapshot in snapshots})),
        gaps=tuple(gaps),
    )


@dataclasses.dataclass(frozen=True)
class _Span:
    """Of one process: from I(earlier), or from its start, to I(later); I(why) it is not all that it counted, if so."""

    process: Process
    earlier: Snapshot | None
    later: Snapshot
    why: str = ""

    @property
    def growth(self) -> dict[str, int]:
        return growth(self._before, self.later.counters)

    @property
    def finished_requests(self) -> int | None:
        return finished_requests(self._before, self.later.counters)

    @property
    def _before(self) -> Counters | None:
        return None if self.earlier is None else self.earlier.counters

    def gaps(self, end: str) -> t.Iterator[Gap]:
        after = self.earlier.moment if self.earlier else "its start"
        if self.why:
            yield Gap(self.process, self.later.moment, end, self.why)
        if self.finished_requests is None:
            why = "current sessions were not read, so requests closed without an answer are not known"
            yield Gap(self.process, after, self.later.moment, why)
        if not self.later.speaks_http:
            why = "in mode tcp HAProxy counts connections; one that the server ended early looks like any other"
            yield Gap(self.process, after, self.later.moment, why)


def _spans(snapshots: t.Sequence[Snapshot], start: str, end: str) -> t.Iterator[_Span]:
    known = {snapshot.balancer for snapshot in snapshots if snapshot.moment == start}
    for process, life in by_process(snapshots).items():
        yield _span(process, life, start, end, process.balancer in known)


def _span(process: Process, life: list[Snapshot], start: str, end: str, known: bool) -> _Span:
    """I(known): the balancer was read at the start, so a process that was not there then began at 0 since."""
    first = life[0] if life[0].moment == start or not known else None
    if not known:
        return _Span(process, first, life[-1], "this load balancer was not read at the start")
    if life[-1].moment != end:
        furthest = max(life, key=lambda snapshot: snapshot.counters["sessions_total"])
        return _Span(process, first, furthest, "it was not read again; a reload or a restart ends a process")
    if any(restarted(snapshot, life[-1]) for snapshot in life[:-1]):
        return _Span(process, None, life[-1], "its counters began at 0 again (a restart, or 'clear counters')")
    return _Span(process, first, life[-1])


def _tally(span: _Span) -> dict[str, int]:
    counted = span.growth
    aborted = counted["server_aborts"]
    answers = sum(counted[f"answered_{status}"] for status in ("1xx", "2xx", "3xx", "4xx"))
    fives, other = counted["answered_5xx"], counted["answered_other"]
    if span.later.speaks_http:
        # Threads go on while a row is read, so at full load the sum may be off by one or two; below 0 it surely is.
        finished = span.finished_requests
        unanswered = 0 if finished is None else max(0, finished - answers - fives - other)
        cut = max(0, aborted - unanswered)
    else:
        answers = max(0, (span.finished_requests or 0) - counted["connect_errors"])
        unanswered, cut = counted["connect_errors"], aborted
    app, unknown = _by_the_service(span, fives)
    return {
        "answered": max(0, answers - cut),
        "app_5xx": app,
        "haproxy_5xx": fives - app - unknown,
        "unknown_5xx": unknown,
        "cut": cut,
        "unanswered": unanswered,
        "other": other,
        "perhaps_cut": aborted - cut,
        "connect_errors": counted["connect_errors"],
        "response_errors": counted["response_errors"],
        "retried": counted["retries"],
        "redispatched": counted["redispatches"],
        "client_aborts": counted["client_aborts"],
    }


def _by_the_service(span: _Span, fives: int) -> tuple[int, int]:
    """How many of I(fives) the servers gave, and of how many that is not known."""
    before = {} if span.earlier is None else span.earlier.servers
    after = span.later.servers
    if before is None or after is None or set(before) - set(after):
        return 0, fives
    given = sum(growth(before.get(name), counters)["answered_5xx"] for name, counters in after.items())
    return min(fives, max(0, given)), 0
