# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A server leaves: when it may, when it is empty, and what is reported if it never is."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
from ansible_collections.zero.downtime.plugins.module_utils._haproxy import all_or_nothing, lock
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.drain import (
    Contended,
    StillBusy,
    TooFewLeft,
)
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.replies import NoAnswer
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.target import Interfered, Journal
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.workers import OldWorkerUse
from ansible_collections.zero.downtime.tests.unit.plugins.module_utils._haproxy.fakes import (
    DRAIN,
    MAINT,
    RESUME,
    FakeClock,
    FakeHAProxy,
    FakeServer,
    MakeDesired,
    OpenTarget,
)


@pytest.mark.parametrize(
    ("server", "window"),
    [({}, 0.2), ({"maxconn": "5"}, 0.6), ({"cookie": "a"}, 0.6)],
)
def test_the_quiet_window_is_short_where_nothing_more_can_come(
    clock: FakeClock, open_target: OpenTarget, desired: MakeDesired, server: dict[str, str], window: float
) -> None:
    target = open_target(FakeHAProxy(clock, FakeServer("a", **server), FakeServer("b")))
    started = clock.now
    all_or_nothing.run([target], desired("drain"), clock)
    assert window <= clock.now - started <= window + 0.1


def test_three_zeros_it_takes_however_seldom_it_is_looked(
    haproxy: FakeHAProxy, clock: FakeClock, open_target: OpenTarget, desired: MakeDesired
) -> None:
    haproxy.servers["a"].sessions = 1
    clock.after(6, lambda: setattr(haproxy.servers["a"], "sessions", 0))
    started = clock.now
    all_or_nothing.run([open_target(haproxy)], desired("drain"), clock)
    assert clock.now - started >= 6 + 2 * 0.2


def test_one_more_request_starts_the_quiet_window_anew(
    haproxy: FakeHAProxy, clock: FakeClock, open_target: OpenTarget, desired: MakeDesired
) -> None:
    server = haproxy.servers["a"]

    def come() -> None:
        server.sessions, server.total = 1, server.total + 1

    clock.after(0.15, come)
    clock.after(0.4, lambda: setattr(server, "sessions", 0))
    started = clock.now
    all_or_nothing.run([open_target(haproxy)], desired("drain"), clock)
    assert clock.now - started >= 0.4 + 0.6


def test_queued_requests_are_in_flight_too(
    haproxy: FakeHAProxy, clock: FakeClock, open_target: OpenTarget, desired: MakeDesired
) -> None:
    haproxy.servers["a"].queue = 1
    with pytest.raises(StillBusy, match="0 sessions and 1 queued request left on"):
        all_or_nothing.run([open_target(haproxy)], desired("maint"), clock)


def every(clock: FakeClock, seconds: float, happen: t.Callable[[], None]) -> None:
    def again() -> None:
        happen()
        clock.after(seconds, again)

    clock.after(seconds, again)


def test_what_is_in_flight_when_persistent_clients_are_moved_is_told(
    haproxy: FakeHAProxy, clock: FakeClock, journal: Journal, open_target: OpenTarget, desired: MakeDesired
) -> None:
    server = haproxy.servers["a"]
    server.sessions, server.queue = 3, 1

    def come() -> None:
        server.total += 1
        if server.admin == 1:
            server.sessions = server.queue = 0

    every(clock, 0.1, come)
    started = clock.now
    all_or_nothing.run([open_target(haproxy)], desired("maint"), clock)
    assert clock.now - started < 4
    (warning,) = journal.warnings
    assert "persistence kept coming to app/a at /nowhere/1.sock" in warning
    assert "with 4 requests in flight" in warning
    assert "on-marked-down shutdown-sessions" in warning


def test_persistent_clients_that_leave_a_gap_are_moved_without_a_warning(
    haproxy: FakeHAProxy, clock: FakeClock, journal: Journal, open_target: OpenTarget, desired: MakeDesired
) -> None:
    server = haproxy.servers["a"]
    server.sessions = 3
    clock.after(1, lambda: setattr(server, "sessions", 0))
    every(clock, 0.1, lambda: setattr(server, "total", server.total + 1))
    all_or_nothing.run([open_target(haproxy)], desired("maint"), clock)
    assert journal.warnings == []


def test_requests_out_of_the_queue_are_no_persistent_clients(
    haproxy: FakeHAProxy, clock: FakeClock, journal: Journal, open_target: OpenTarget, desired: MakeDesired
) -> None:
    server = haproxy.servers["a"]
    server.maxconn, server.sessions, server.queue = "1", 1, 8

    def next_one() -> None:
        if server.queue:
            server.queue, server.total = server.queue - 1, server.total + 1
        else:
            server.sessions = 0

    every(clock, 0.5, next_one)
    target, seen = open_target(haproxy), []
    maintain = haproxy._set_state

    def watch(which: FakeServer, state: str) -> None:
        seen.append((state, which.sessions + which.queue))
        maintain(which, state)

    haproxy._set_state = watch
    all_or_nothing.run([target], desired("maint"), clock)
    assert seen == [("drain", 9), ("maint", 0)]
    assert journal.warnings == []


@pytest.mark.parametrize("anew", ["reload", "restart"])
def test_a_new_process_while_waiting_drains_again(
    haproxy: FakeHAProxy, clock: FakeClock, journal: Journal, open_target: OpenTarget, desired: MakeDesired, anew: str
) -> None:
    haproxy.servers["a"].sessions = 1
    clock.after(1, getattr(haproxy, anew))
    all_or_nothing.run([open_target(haproxy)], desired("maint"), clock)
    assert haproxy.log == [DRAIN, DRAIN, MAINT]
    assert "was reloaded" in journal.warnings[0]


def test_haproxy_away_for_seconds_is_waited_for(
    haproxy: FakeHAProxy, clock: FakeClock, open_target: OpenTarget, desired: MakeDesired
) -> None:
    haproxy.servers["a"].sessions = 1
    clock.after(1, lambda: setattr(haproxy, "away", True))
    clock.after(4, lambda: setattr(haproxy, "away", False))
    clock.after(6, lambda: setattr(haproxy.servers["a"], "sessions", 0))
    all_or_nothing.run([open_target(haproxy)], desired("maint"), clock)
    assert haproxy.servers["a"].admin == 1


def test_haproxy_away_for_good_is_said_so(
    haproxy: FakeHAProxy, clock: FakeClock, open_target: OpenTarget, desired: MakeDesired
) -> None:
    haproxy.servers["a"].sessions = 1
    clock.after(1, lambda: setattr(haproxy, "away", True))
    with pytest.raises(StillBusy, match=r"1\.sock is still away after .*could not be put back: Could not connect"):
        all_or_nothing.run([open_target(haproxy)], desired("maint"), clock)


@pytest.mark.parametrize("shutdown_sessions", [False, True])
def test_cut_goes_to_maint_first_so_that_nobody_comes_after(
    haproxy: FakeHAProxy,
    clock: FakeClock,
    journal: Journal,
    open_target: OpenTarget,
    desired: MakeDesired,
    shutdown_sessions: bool,
) -> None:
    """Whoever cuts them: with 'on-marked-down shutdown-sessions' it is maint."""
    server, set_state = haproxy.servers["a"], haproxy._set_state
    server.sessions = 3

    def mark_down(server: FakeServer, state: str) -> None:
        set_state(server, state)
        if state == "maint" and shutdown_sessions:
            server.sessions = 0

    haproxy._set_state = mark_down
    all_or_nothing.run([open_target(haproxy)], desired("maint", cut=True), clock)
    assert haproxy.log == [DRAIN, f"{MAINT}; shutdown sessions server app/a"]
    assert journal.sessions_cut == 3


def test_what_does_not_end_though_it_was_cut_is_told(
    haproxy: FakeHAProxy, clock: FakeClock, journal: Journal, open_target: OpenTarget, desired: MakeDesired
) -> None:
    change = haproxy._change
    haproxy._change = lambda words: None if words[0] == "shutdown" else change(words)
    haproxy.servers["a"].sessions = 3
    with pytest.raises(StillBusy, match="3 sessions and 0 queued requests"):
        all_or_nothing.run([open_target(haproxy)], desired("maint", cut=True), clock)
    assert haproxy.log.count(f"{MAINT}; shutdown sessions server app/a") == 1
    assert journal.sessions_cut == 3


class FakeMaster:
    """Its old workers are I(left); None while it does not answer."""

    socket = "/nowhere/master.sock"

    def __init__(self, *left: OldWorkerUse) -> None:
        self.left: tuple[OldWorkerUse, ...] | None = left

    def old_workers(self) -> dict[int, t.Any]:
        return {}

    def old_worker_use(self, _backend: str, _server: str) -> list[OldWorkerUse]:
        if self.left is None:
            raise NoAnswer("no complete answer")
        return list(self.left)


@pytest.mark.parametrize("cut", [False, True], ids=["fail", "cut"])
def test_a_master_that_does_not_answer_is_no_proof_that_nothing_is_left(
    haproxy: FakeHAProxy, clock: FakeClock, open_target: OpenTarget, desired: MakeDesired, cut: bool
) -> None:
    target = open_target(haproxy, master=FakeMaster())
    target._master.left = None
    with pytest.raises(
        StillBusy,
        match=r"HAProxy's master at /nowhere/master.sock does not answer after 10.\d s, so what its old .* app/a",
    ):
        all_or_nothing.run([target], desired("maint", cut=cut), clock)
    assert haproxy.servers["a"].admin == 0


def test_old_workers_are_waited_for_then_named(
    haproxy: FakeHAProxy, clock: FakeClock, open_target: OpenTarget, desired: MakeDesired
) -> None:
    target = open_target(haproxy, master=FakeMaster(OldWorkerUse(90, 2, False)))
    with pytest.raises(StillBusy, match=r"^old workers 90 \(2 in flight\), which a reload left behind, may still use"):
        all_or_nothing.run([target], desired("maint"), clock)


def test_cut_accepts_old_workers_that_are_known(
    haproxy: FakeHAProxy, clock: FakeClock, journal: Journal, open_target: OpenTarget, desired: MakeDesired
) -> None:
    target = open_target(haproxy, master=FakeMaster(OldWorkerUse(90, 2, False)))
    all_or_nothing.run([target], desired("maint", cut=True), clock)
    assert haproxy.servers["a"].admin == 1
    assert journal.warnings == [f"old workers 90 (2 in flight) still use {target} and can't be cut"]


def test_an_old_worker_that_ends_at_the_timeout_is_named_as_it_was_seen(
    haproxy: FakeHAProxy, clock: FakeClock, open_target: OpenTarget, desired: MakeDesired
) -> None:
    master = FakeMaster(OldWorkerUse(90, 2, False))
    seen_last, read = clock.now + 10, master.old_worker_use

    def ends(*names: str) -> list[OldWorkerUse]:
        found = read(*names)
        if clock.now >= seen_last:
            master.left = ()
        return found

    target = open_target(haproxy, master=master)
    master.old_worker_use = ends
    with pytest.raises(StillBusy, match=r"^old workers 90 \(2 in flight\)"):
        all_or_nothing.run([target], desired("maint"), clock)


def test_somebody_else_putting_it_back(
    haproxy: FakeHAProxy, clock: FakeClock, open_target: OpenTarget, desired: MakeDesired
) -> None:
    server = haproxy.servers["a"]
    server.sessions = 1
    clock.after(1, lambda: setattr(server, "admin", 0))
    with pytest.raises(Interfered, match="two tools"):
        all_or_nothing.run([open_target(haproxy)], desired("drain"), clock)
    assert server.check == 6


def test_the_last_server_is_waited_for_then_refused(
    haproxy: FakeHAProxy, clock: FakeClock, open_target: OpenTarget, desired: MakeDesired
) -> None:
    haproxy.servers["b"].op = 0
    started = clock.now
    with pytest.raises(
        TooFewLeft,
        match=r"^app/a was not drained at /nowhere/1.sock within 10 s: no other server can serve, min_healthy needs 1"
        r"\. Not serving: b \(down L7OK OK, so\)\. Bring others back first",
    ):
        all_or_nothing.run([open_target(haproxy)], desired("drain"), clock)
    assert haproxy.log == []
    assert clock.now - started >= 10


def test_whoever_does_not_get_the_lock_does_not_ask_and_says_so_at_the_end(
    haproxy: FakeHAProxy,
    clock: FakeClock,
    open_target: OpenTarget,
    desired: MakeDesired,
    tmp_path: Path,
    monkeypatch: t.Any,
) -> None:
    target = open_target(haproxy, str(tmp_path / "1.sock"))
    asked: list[str] = []
    backend = target.runtime.backend
    monkeypatch.setattr(target.runtime, "backend", lambda name: asked.append(name) or backend(name))
    with lock.attempt(target.runtime.socket), pytest.raises(
        Contended, match=r"^app/a was not drained at .* within 10 s: other tasks"
    ):
        all_or_nothing.run([target], desired("drain"), clock)
    assert asked == ["app"]
    assert haproxy.log == []


def leaves_as_well(
    haproxy: FakeHAProxy, clock: FakeClock, name: str, *, back_after: float, each_time: bool = False
) -> None:
    """Somebody drains I(name) at the moment in which we drain ours; it is ready again I(back_after) s later."""
    server, change = haproxy.servers[name], haproxy._change

    def both(words: list[str]) -> None:
        change(words)
        if words[-1] == "drain":
            server.admin = 8
            clock.after(back_after, lambda: setattr(server, "admin", 0))
            haproxy._change = both if each_time else change

    haproxy._change = both


def test_another_one_leaving_at_the_same_moment_backs_out(
    haproxy: FakeHAProxy, clock: FakeClock, open_target: OpenTarget, desired: MakeDesired
) -> None:
    leaves_as_well(haproxy, clock, "b", back_after=3)
    started = clock.now
    with pytest.raises(TooFewLeft, match=r"put back at /nowhere/1\.sock, because another server left"):
        all_or_nothing.run([open_target(haproxy)], desired("drain", wait=False), clock)
    assert haproxy.log[-1] == "set server app/a state ready"
    assert (haproxy.servers["a"].admin, haproxy.servers["a"].op) == (0, 2)
    assert clock.now == started


def test_another_one_that_left_at_the_same_moment_is_waited_for(
    haproxy: FakeHAProxy, clock: FakeClock, open_target: OpenTarget, desired: MakeDesired
) -> None:
    leaves_as_well(haproxy, clock, "b", back_after=3)
    started = clock.now
    all_or_nothing.run([open_target(haproxy)], desired("drain"), clock)
    assert haproxy.log == [DRAIN, RESUME, DRAIN, "enable health app/a"]
    assert 3 <= clock.now - started < 4


def test_one_that_leaves_at_the_same_moment_again_and_again_is_waited_for_until_the_timeout(
    haproxy: FakeHAProxy, clock: FakeClock, open_target: OpenTarget, desired: MakeDesired
) -> None:
    leaves_as_well(haproxy, clock, "b", back_after=0.01, each_time=True)
    started = clock.now
    with pytest.raises(TooFewLeft, match=r"put back at /nowhere/1\.sock, because another server left"):
        all_or_nothing.run([open_target(haproxy)], desired("drain"), clock)
    assert haproxy.log[-1] == RESUME
    assert 10 <= clock.now - started < 11


@pytest.mark.parametrize(("other", "earliest", "latest"), [("b", 0.2, 0.5), ("A", 1.2, 1.5)])
def test_two_that_left_at_the_same_moment_do_not_try_again_in_step(
    clock: FakeClock, open_target: OpenTarget, desired: MakeDesired, other: str, earliest: float, latest: float
) -> None:
    haproxy = FakeHAProxy(clock, FakeServer("a"), FakeServer(other))
    leaves_as_well(haproxy, clock, other, back_after=0.01)
    started = clock.now
    all_or_nothing.run([open_target(haproxy)], desired("drain"), clock)
    assert haproxy.log == [DRAIN, RESUME, DRAIN, "enable health app/a"]
    assert earliest <= clock.now - started < latest


@pytest.mark.parametrize("server", [{"op": 0}, {"weight": 0}, {"admin": 8}])
def test_the_guard_is_not_asked_of_a_server_that_serves_nobody(
    clock: FakeClock, open_target: OpenTarget, desired: MakeDesired, server: dict[str, int]
) -> None:
    haproxy = FakeHAProxy(clock, FakeServer("a", **server), FakeServer("b", op=0))
    all_or_nothing.run([open_target(haproxy)], desired("maint"), clock)
    assert haproxy.servers["a"].admin == 1
