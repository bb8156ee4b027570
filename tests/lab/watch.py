# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Watching a balancer from outside during a rollout: who could serve at each moment, and what HAProxy counted.

A reload starts a new worker with counters at 0 while the old one still answers what it has: counters are kept per
worker and added up, and old workers are followed to their end through the master's socket.
"""

from __future__ import annotations

import contextlib
import dataclasses
import threading
import time
import typing as t
from dataclasses import dataclass

from .balancer import Balancer, ask, rows

OUT_OF_SERVICE = 0x3B
"""Bits of srv_admin_state: maintenance in its kinds, or draining. 0x04 alone only says how the server began."""
RUNNING = (1, 2)
"""srv_op_state: starting (slowstart), running."""


@dataclass(frozen=True)
class Counters:
    """What a backend counted. C(show stat), row BACKEND; in brackets HAProxy's names."""

    answered_2xx: int = 0
    answered_3xx: int = 0
    answered_4xx: int = 0
    answered_5xx: int = 0
    answered_other: int = 0
    """1xx and anything HAProxy has no class for [hrsp_1xx, hrsp_other]."""
    connect_errors: int = 0
    """[econ]"""
    response_errors: int = 0
    """[eresp]"""
    retries: int = 0
    """[wretr]"""
    redispatches: int = 0
    """[wredis]"""
    client_aborts: int = 0
    """[cli_abrt]"""
    server_aborts: int = 0
    """[srv_abrt]"""

    @property
    def answered(self) -> int:
        return self.answered_2xx + self.answered_3xx + self.answered_4xx + self.answered_5xx + self.answered_other

    @property
    def signs_of_loss(self) -> int:
        """0 when nobody lost anything; one loss may leave several signs (a connect error, then a 503)."""
        return self.answered_5xx + self.connect_errors + self.response_errors + self.server_aborts

    def __add__(self, other: Counters) -> Counters:
        return self._each(other, lambda a, b: a + b)

    def __sub__(self, other: Counters) -> Counters:
        return self._each(other, lambda a, b: a - b)

    def _each(self, other: Counters, combine: t.Callable[[int, int], int]) -> Counters:
        ours, theirs = dataclasses.asdict(self), dataclasses.asdict(other)
        return Counters(**{name: combine(ours[name], theirs[name]) for name in ours})

    @classmethod
    def of(cls, row: t.Mapping[str, str]) -> Counters:
        def count(*columns: str) -> int:
            return sum(int(row.get(column) or 0) for column in columns)

        return cls(
            answered_2xx=count("hrsp_2xx"),
            answered_3xx=count("hrsp_3xx"),
            answered_4xx=count("hrsp_4xx"),
            answered_5xx=count("hrsp_5xx"),
            answered_other=count("hrsp_1xx", "hrsp_other"),
            connect_errors=count("econ"),
            response_errors=count("eresp"),
            retries=count("wretr"),
            redispatches=count("wredis"),
            client_aborts=count("cli_abrt"),
            server_aborts=count("srv_abrt"),
        )


def counters(balancer: Balancer, backend: str) -> Counters:
    """What the current worker has counted so far."""
    return Counters.of(balancer.stats(backend)[-1])


def serving(balancer: Balancer, backend: str) -> frozenset[str]:
    """The servers of a backend that new requests may go to now."""
    states = parse_states(balancer.runtime(f"show servers state {backend}"))
    return frozenset(name for name, state in states.items() if state.serves)


def workers(balancer: Balancer) -> list[int]:
    """Process ids of HAProxy's workers, old ones included, as its master knows them."""
    return parse_workers(ask(balancer.master_socket, "show proc"))


class Event(t.NamedTuple):
    """A server changed: from C(at) on (s since the watch began) it C(serves), or does not."""

    at: float
    server: str
    serves: bool


@dataclass(frozen=True)
class ServerState:
    admin: int
    operational: int
    weight: int

    @property
    def serves(self) -> bool:
        """Whether new requests may go there; HAProxy's bits, never its status words."""
        return not self.admin & OUT_OF_SERVICE and self.operational in RUNNING and self.weight > 0


def parse_states(answer: str) -> dict[str, ServerState]:
    """C(show servers state <backend>): the servers by name."""
    lines = [line.split() for line in answer.splitlines()]
    header = next(line[1:] for line in lines if line[:2] == ["#", "be_id"])
    servers = [dict(zip(header, line)) for line in lines if len(line) == len(header) and line[0] != "#"]
    return {
        server["srv_name"]: ServerState(
            admin=int(server["srv_admin_state"]),
            operational=int(server["srv_op_state"]),
            weight=int(server["srv_uweight"]),
        )
        for server in servers
    }


def parse_workers(answer: str) -> list[int]:
    """C(show proc) of the master: process ids of its workers, old ones included."""
    return [int(words[0]) for words in map(str.split, answer.splitlines()) if words[1:2] == ["worker"]]


class Watch:
    """Samples one backend of one balancer in a thread; as a context manager it lasts as long as the block."""

    def __init__(self, balancer: Balancer, backend: str, interval: float = 0.05) -> None:
        self.balancer = balancer
        self.backend = backend
        self.interval = interval
        self.timeline: list[Event] = []
        self.samples: list[tuple[float, frozenset[str]]] = []
        """(s since the beginning, the servers that could serve), one for each look."""
        self.taken_out: list[tuple[float, str]] = []
        """(s since the beginning, a server that has been drained or put into maintenance since the look before)."""
        self.counts: list[tuple[float, float, int]] = []
        """(asked, told, in s since the beginning; answers by then), one for each look."""
        self.weights: dict[str, list[int]] = {}
        """Each server's, one after the other."""
        self._by_worker: dict[int, Counters] = {}
        self._states: dict[str, bool] = {}
        self._out: set[str] | None = None
        self._began = 0.0
        self._before = Counters()
        self._broke_off: Exception | None = None
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> Watch:
        self._began = time.monotonic()
        self._look()
        self._before = self._total()
        self._thread.start()
        return self

    def stop(self) -> None:
        """Raises what ended the thread before: it saw less than it says."""
        if not self._stopped.is_set():
            self._stopped.set()
            self._thread.join()
            if self._broke_off:
                raise self._broke_off
            self._look()

    def __enter__(self) -> Watch:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def fewest(self) -> int:
        """The least number of servers that could serve at any look."""
        return min(len(serving) for at, serving in self.samples)

    @property
    def most_out(self) -> int:
        """The greatest number of servers that could not serve at any look."""
        return len(self._states) - self.fewest

    @property
    def counted(self) -> Counters:
        """What HAProxy counted since the watch began, over all workers.

        Without reloads exact once C(stop) was called. During a reload the master answers nobody (0.2 s): what an old
        worker that ends meanwhile counted last is not in here.
        """
        return self._total() - self._before

    @property
    def now(self) -> float:
        """s since the beginning."""
        return time.monotonic() - self._began

    def answered_by(self, at: float) -> tuple[int, int]:
        """How many answers there were at C(at), s since the beginning: at least, at most. Call after C(stop)."""
        before = self._before.answered
        at_least = max((count for _asked, told, count in self.counts if told <= at), default=before)
        at_most = min((count for asked, _told, count in self.counts if asked >= at), default=self._total().answered)
        return at_least - before, at_most - before

    def _total(self) -> Counters:
        return sum(self._by_worker.values(), Counters())

    def _run(self) -> None:
        try:
            while not self._stopped.wait(self.interval):
                self._look()
        except Exception as error:
            self._broke_off = error

    def _look(self) -> None:
        for look in (self._see_states, self._count):
            with contextlib.suppress(OSError, StopIteration):  # it is down, or its master reloading
                look()

    def _see_states(self) -> None:
        at = self.now
        states = parse_states(self.balancer.runtime(f"show servers state {self.backend}"))
        out = {name for name, state in states.items() if state.admin & OUT_OF_SERVICE}
        self.taken_out += [(at, name) for name in sorted(out - (out if self._out is None else self._out))]
        self._out = out
        serving = frozenset(name for name, state in states.items() if state.serves)
        self.samples.append((at, serving))
        for name, state in states.items():
            weights = self.weights.setdefault(name, [])
            if weights[-1:] != [state.weight]:
                weights.append(state.weight)
            if self._states.get(name) != (name in serving):
                self._states[name] = name in serving
                self.timeline.append(Event(at, name, name in serving))

    def _count(self) -> None:
        """The master knows every worker; each answers for itself."""
        asked = self.now
        for pid in workers(self.balancer):
            with contextlib.suppress(OSError, StopIteration):  # it ended since
                table = rows(ask(self.balancer.master_socket, f"@!{pid} show stat {self.backend} 2 -1"))
                row = next(row for row in table if row.get("pxname") == self.backend)
                self._by_worker[pid] = Counters.of(row)
        self.counts.append((asked, self.now, self._total().answered))
