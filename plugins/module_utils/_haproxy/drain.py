# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: it may change without notice.
"""Drain a server: no new requests, those in flight finish."""

from __future__ import annotations

import typing as t

from ansible_collections.zero.downtime.plugins.module_utils._clock import Deadline
from ansible_collections.zero.downtime.plugins.module_utils._haproxy import commands, guard, lock
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.desired import Desired
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.replies import HAProxyError
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.stats import ServerFacts, another_process
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.target import Interfered, Steps, Target
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.transport import patiently
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.workers import OldWorkerUse
from ansible_collections.zero.downtime.plugins.module_utils._words import count

# One zero is not the last: requests come out of the server's queue up to 5 ms after it, those of persistent clients
# whenever they like. Without either, nothing was ever lost after a single zero (920 cycles under load, 2.6 to 3.4).
_READINGS = 3
_QUIET = 0.2
_QUIET_IF_MORE_MAY_COME = 0.6
# Persistent clients do not leave a draining server; after this long, maintenance moves them.
_PERSISTENCE = 2.0
_CUT = 2.0
# Two drains that got in each other's way would do so again and again, in step (51 times in 15 s at 20 ms of latency).
_BACKOFF = 1.0


class TooFewLeft(HAProxyError):
    """Without this server the backend would have fewer than min_healthy."""


class Contended(HAProxyError):
    """Enough others serve, but at no moment could this be read and changed in one go."""


class StillBusy(HAProxyError):
    """The timeout came before the last session ended."""


def leave(target: Target, desired: Desired, deadline: Deadline) -> Steps:
    """No new requests from here on."""
    if target.now.state == desired.state:
        target.change(commands.stay_out(target.now))
        return
    if target.now.state == "maint" or (target.now.state == "ready" and not target.now.serves):
        _leave(target, desired)
    elif target.now.state == "ready":
        yield from _leave_if_enough_stay(target, desired, deadline)
    target.keep()


def empty(target: Target, desired: Desired, deadline: Deadline) -> Steps:
    """Before V(maint), which closes connections, wait for the first moment with none in flight."""
    if desired.state == "maint" and target.now.state != "maint" and desired.wait and not target.rehearsal:
        yield from _Watch(target, desired, deadline, again=_redrain).first_zero()


def settle(target: Target, desired: Desired, deadline: Deadline) -> Steps:
    """Go to the desired state, and stay there with nothing in flight for as long as it takes to be sure of that."""
    watched = desired.wait and not target.rehearsal
    cut: Deadline | None = None
    if desired.state == "maint" and target.now.state != "maint":
        if watched:
            yield from _recheck(target, desired, deadline)
        lines = commands.maintain(target.now)
        if watched and desired.cut and deadline.expired and target.now.in_flight:
            cut = _cut(target, lines)
        else:
            target.change(lines)
        target.keep()
    if watched:
        again = commands.maintain if desired.state == "maint" else _redrain
        yield from _Watch(target, desired, deadline, again=again, cut=cut).quiet()
    if desired.state == "drain":
        target.change(commands.unprotect(target.now))


def _recheck(target: Target, desired: Desired, deadline: Deadline) -> Steps:
    """This one may have been reloaded, and have restored the server, while others were waited for."""
    before, watch = target.now, _Watch(target, desired, deadline, again=_redrain)
    facts = target.poll()
    if facts is not None and another_process(before, facts):
        yield from watch.first_zero()
    if target.now.in_flight and not (desired.cut and deadline.expired):
        # Whether HAProxy cuts them can't be read: 'on-marked-down' is in haproxy.cfg only.
        target.journal.warn(
            f"Clients with persistence kept coming to {target} in drain; maintenance moved them elsewhere, with "
            f"{count('request', target.now.in_flight)} in flight. They finish, unless haproxy.cfg says 'on-marked-down "
            "shutdown-sessions', which cuts them; docs/haproxy.md shows how such clients leave in drain already"
        )


def _cut(target: Target, first: commands.Commands = ()) -> Deadline:
    """Shut down the sessions left, after I(first), which may do so itself. Returns how long they may take to end."""
    left = target.now.sessions
    target.change((*first, *commands.shut_sessions(target.now)))
    target.journal.sessions_cut += left
    return Deadline(_CUT, target.clock)


def _redrain(facts: ServerFacts) -> commands.Commands:
    return commands.drain(facts, protect=True)


def _leave(target: Target, desired: Desired) -> None:
    if desired.state == "maint" and not desired.wait:
        target.change(commands.maintain(target.now))
    else:
        target.change(commands.drain(target.now, protect=desired.wait))


def _leave_if_enough_stay(target: Target, desired: Desired, deadline: Deadline) -> Steps:
    waits = desired.wait and not target.rehearsal
    within = f" within {deadline.seconds:g} s" if waits else ""
    while True:
        backoff = Deadline(0, target.clock)
        last = deadline.expired or not waits
        with lock.attempt(target.runtime.socket) as held:
            # Without the lock HAProxy is not asked either: forty runs that did kept each other from it for a minute.
            found = patiently(lambda: _quorum(target, desired), target.clock) if held or last else None
            what = f"not drained at {target.runtime.socket}{within}"
            if held and found is not None and found.enough:
                _leave(target, desired)
                found = patiently(lambda: _quorum(target, desired), target.clock)
                if found.enough:
                    return
                # A run on another machine drained another server at the same moment. Ours was serving until now.
                target.change(commands.resume(target.now, target.before))
                what = f"put back at {target.runtime.socket}, because another server left at the same moment"
                backoff = _backoff(target, found)
        if last and found is not None:
            raise _too_few(target, found, what) if held or not found.enough else _contended(target, what)
        yield
        while not (backoff.expired or deadline.expired):
            yield


def _backoff(target: Target, found: guard.Quorum) -> Deadline:
    """How long to wait before the next attempt: longer for later names. Each run sees the servers of the others out."""
    return Deadline(_BACKOFF * sum(other < target.server for other in found.out), target.clock)


def _quorum(target: Target, desired: Desired) -> guard.Quorum:
    return guard.quorum(target.runtime.backend(target.backend), target.server, desired.min_healthy)


def _too_few(target: Target, found: guard.Quorum, what: str) -> TooFewLeft:
    return TooFewLeft(
        f"{target.name} was {what}: {found}. Bring others back first, or lower min_healthy (0 accepts an interruption)",
        needed=found.needed,
        serving=list(found.serving),
        out=list(found.out),
    )


def _contended(target: Target, what: str) -> Contended:
    return Contended(
        f"{target.name} was {what}: other tasks kept changing servers of this HAProxy. Run it again, or raise the "
        "timeout"
    )


class _Watch:
    """Readings of a server that is out, until nothing is in flight."""

    def __init__(
        self,
        target: Target,
        desired: Desired,
        deadline: Deadline,
        *,
        again: t.Callable[[ServerFacts], commands.Commands],
        cut: Deadline | None = None,
    ) -> None:
        self._target = target
        self._desired = desired
        self._deadline = deadline
        self._again = again
        self._out = target.now.state
        self._cut = cut
        self._old_use: list[OldWorkerUse] | None = []
        self._begin(target.now)

    def _begin(self, facts: ServerFacts) -> None:
        now = self._target.clock.monotonic()
        self._latest = facts
        self._since = self._last_growth = now
        self._total = facts.sessions_total
        self._zeros: list[float] = []

    def first_zero(self) -> Steps:
        """Wait for it, or until that is of no more use, because clients with persistence keep coming or may be cut."""
        while True:
            facts = self._read()
            if facts is not None and not self._busy(facts):
                return
            if facts is not None and self._clients_persist():
                return
            if self._deadline.expired:
                if self._desired.cut:
                    return
                raise self._still_busy(facts)
            yield

    def quiet(self) -> Steps:
        """Wait for three zeros in a row, over a time in which one more request would have shown."""
        while True:
            facts = self._read()
            busy = facts is None or self._busy(facts)
            if busy:
                self._zeros = []
            elif facts is not None:
                self._zeros.append(self._target.clock.monotonic())
                if len(self._zeros) >= _READINGS and self._zeros[-1] - self._zeros[0] >= self._window(facts):
                    return
            if busy and self._deadline.expired and self._give_up(facts):
                return
            yield

    def _read(self) -> ServerFacts | None:
        target = self._target
        facts = target.poll()
        if facts is None:
            self._zeros = []
            return None
        if another_process(self._latest, facts):
            self._drain_again(facts)
            facts = target.now
        elif facts.state == "ready":
            raise Interfered(
                f"{target} was set to ready while it was being drained; two tools manage this server",
                socket=target.runtime.socket,
            )
        if _requests_so_far(facts) > _requests_so_far(self._latest):
            self._last_growth = target.clock.monotonic()
        self._latest = facts
        return facts

    def _drain_again(self, facts: ServerFacts) -> None:
        """A new process knows nothing of what was set at run time, unless there is a state file."""
        target = self._target
        target.change(self._again(facts))
        self._begin(target.now)
        if target.master_socket is None:
            target.journal.warn(
                f"HAProxy at {target.runtime.socket} was reloaded or restarted during the drain; without master_socket "
                "what is in flight in its old worker can't be read"
            )

    def _busy(self, facts: ServerFacts) -> bool:
        # The old workers are asked once the current one is done: they can't get new work from outside.
        self._old_use = [] if facts.in_flight else self._target.old_worker_use()
        return facts.in_flight > 0 or self._old_use != []

    def _clients_persist(self) -> bool:
        now = self._target.clock.monotonic()
        return now - self._since >= _PERSISTENCE and now - self._last_growth < _PERSISTENCE / 2

    def _window(self, facts: ServerFacts) -> float:
        more_may_come = facts.can_queue or facts.has_cookie or facts.sessions_total != self._total
        return _QUIET_IF_MORE_MAY_COME if more_may_come else _QUIET

    def _give_up(self, facts: ServerFacts | None) -> bool:
        """At the timeout: fail, or cut and wait a moment longer. True when no more can be done and that is accepted."""
        if not self._desired.cut or facts is None or self._old_use is None:
            raise self._still_busy(facts)
        if facts.in_flight and self._cut is None:
            self._cut = _cut(self._target)
        if facts.in_flight and self._cut is not None:
            if self._cut.expired:
                raise self._still_busy(facts)
            return False
        self._target.journal.warn(f"{self._old_workers()} still use {self._target} and can't be cut")
        return True

    def _old_workers(self) -> str:
        """As they were when they were read; by now they may have ended."""
        old_use = self._old_use or []
        return "old workers " + ", ".join(f"{each.pid} ({each.in_flight} in flight)" for each in old_use)

    def _still_busy(self, facts: ServerFacts | None) -> StillBusy:
        target = self._target
        waited = f"after {self._deadline.elapsed:.1f} s"
        if facts is None:
            return StillBusy(
                f"HAProxy at {target.runtime.socket} is still away {waited}, so what is in flight on {target.name} is "
                "not known"
            )
        if self._old_use is None:
            return StillBusy(
                f"HAProxy's master at {target.master_socket} does not answer {waited}, so what its old workers have in "
                f"flight on {target.name} is not known; check that it is alive, and that this is its socket "
                "(haproxy -S)",
                socket=target.master_socket,
            )
        if not facts.in_flight:
            left = f"{self._old_workers()}, which a reload left behind, may still use {target} {waited}"
            return StillBusy(f"{left}; raise the timeout, or limit them by hard-stop-after in haproxy.cfg")
        why = "raise the timeout, or let on_timeout cut them"
        if self._clients_persist() and self._out == "drain":
            why = "clients with persistence keep coming: state maint moves them elsewhere"
        elif self._clients_persist():
            why = "requests keep coming even in maintenance: 'option persist' or 'force-persist' in haproxy.cfg"
        return StillBusy(
            f"{count('session', facts.sessions)} and {count('queued request', facts.queue)} left on {target} {waited}; "
            f"{why}",
            sessions=facts.sessions,
            queue=facts.queue,
        )


def _requests_so_far(facts: ServerFacts) -> int:
    """HAProxy itself counts a request that had to queue only when it leaves the queue."""
    return facts.sessions_total + facts.queue
