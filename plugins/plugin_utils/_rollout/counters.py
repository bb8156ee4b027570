# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What one HAProxy process had counted at one moment, and what it counted between two moments.

Private to this collection: it may change without notice.
"""

from __future__ import annotations

import dataclasses
import typing as t

Counters = t.Mapping[str, int]
Result = t.Mapping[str, t.Any]

CLASSES = tuple(f"answered_{status}" for status in ("1xx", "2xx", "3xx", "4xx", "5xx", "other"))
# Only these grow: the others are averages, or what is the case now.
GROWING = (
    *CLASSES,
    "sessions_total",
    "connect_errors",
    "response_errors",
    "retries",
    "redispatches",
    "client_aborts",
    "server_aborts",
    "failed_checks",
)


class Process(t.NamedTuple):
    """One backend in one HAProxy process; I(socket) is None of an old worker, which answers at none of its own."""

    balancer: str
    socket: str | None
    pid: int
    backend: str

    def __str__(self) -> str:
        where = f" ({self.socket})" if self.socket else ""
        return f"{self.balancer}{where}, process {self.pid}"


@dataclasses.dataclass(frozen=True)
class Snapshot:
    """One backend in one HAProxy process at one moment.

    I(moment) is a name for people, the same for all that was read together. I(counters) are those of the BACKEND row,
    I(servers) those of each server, None when not read; C(sessions) among them are the current ones.
    """

    moment: str
    balancer: str
    socket: str | None
    pid: int
    backend: str
    counters: Counters
    uptime: int | None = None
    servers: t.Mapping[str, Counters] | None = None

    @property
    def speaks_http(self) -> bool:
        """Whether requests are known to it: a process that ended sessions without one answer is in C(mode tcp)."""
        return answers(self.counters) > 0 or not finished_requests(None, self.counters)

    @property
    def process(self) -> Process:
        """Of an old worker that answered at a socket before, I(by_process) knows better."""
        return Process(self.balancer, self.socket, self.pid, self.backend)


def from_info(results: t.Iterable[Result], backend: str, moment: str) -> list[Snapshot]:
    """Of the results of M(zero.downtime.haproxy_server_info), read without C(server), each with its C(balancer).

    A result that failed makes none.
    """
    return [
        Snapshot(
            moment=moment,
            balancer=result["balancer"],
            socket=socket,
            pid=process["pid"],
            backend=backend,
            counters=row["counters"],
            uptime=process["uptime"],
            servers={
                server["server"]: {**server["counters"], "sessions": server["sessions"]}
                for server in process["servers"]
                if server["backend"] == backend
            },
        )
        for result in results
        for current in result.get("processes", ())
        for socket, process in ((current["socket"], current), *((None, old) for old in current["old_workers"]))
        # The current one too is among them after a reload between the two reads.
        if socket is not None or process["pid"] != current["pid"]
        for row in process["backends"]
        if row["backend"] == backend
    ]


def from_state(results: t.Iterable[Result]) -> list[Snapshot]:
    """Of the results of a loop of M(zero.downtime.haproxy_server_state) over C(balancer_and_line); some hold none."""
    return [
        Snapshot(
            moment=f"{entry['server']} {entry['state']}",
            balancer=result["balancer_and_line"][0],
            socket=entry["socket"],
            pid=entry["pid"],
            backend=entry["backend"],
            counters=entry["backend_counters"],
        )
        for result in results
        if "balancer_and_line" in result
        for entry in (*result.get("before", ()), *result.get("after", ()))
        if entry.get("backend_counters")
    ]


def by_process(snapshots: t.Sequence[Snapshot]) -> dict[Process, list[Snapshot]]:
    """The snapshots at each process, in order; not those at an old worker that may be either of two processes.

    The pid alone does not tell, for HAProxy has the same one in each container. An old worker is the process that
    answered with its pid at a socket before and no longer does. It is told of at each socket that was asked.
    """
    answered = {(snapshot.moment, snapshot.process) for snapshot in snapshots if snapshot.socket is not None}
    found: dict[Process, list[Snapshot]] = {}
    for snapshot in snapshots:
        candidates = [snapshot.process]
        if snapshot.socket is None and snapshot.process not in found:
            candidates = [
                process
                for process in found
                if process._replace(socket=None) == snapshot.process and (snapshot.moment, process) not in answered
            ] or candidates
        if len(candidates) == 1:
            found.setdefault(candidates[0], []).append(snapshot)
    return found


def growth(earlier: Counters | None, later: Counters) -> dict[str, int]:
    """What was counted from I(earlier), or from the start of the process, to I(later)."""
    return {name: later.get(name, 0) - (earlier or {}).get(name, 0) for name in GROWING}


def restarted(earlier: Snapshot, later: Snapshot) -> bool:
    """Whether the counters began at 0 again, by C(clear counters) or in a new process that got the same pid.

    HAProxy in a container has the same pid after every restart.
    """
    if earlier.uptime is not None and later.uptime is not None and later.uptime < earlier.uptime:
        return True
    return any(counted < 0 for counted in growth(earlier.counters, later.counters).values())


def answers(counters: Counters) -> int:
    """Of any class."""
    return sum(counters[name] for name in CLASSES)


def finished_requests(earlier: Counters | None, later: Counters) -> int | None:
    """Requests that came to an end, one way or another; None where C(sessions) were not read."""
    before = {"sessions_total": 0, "sessions": 0} if earlier is None else earlier
    if "sessions" not in before or "sessions" not in later:
        return None
    return later["sessions_total"] - later["sessions"] - before["sessions_total"] + before["sessions"]
