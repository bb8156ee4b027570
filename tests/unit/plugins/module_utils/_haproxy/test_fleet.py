# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All flows, on a HAProxy of the imagination: which lines are sent, and when, and what is put back."""

from __future__ import annotations

import dataclasses
import typing as t
from pathlib import Path

import pytest
from ansible_collections.zero.downtime.plugins.module_utils._haproxy import all_or_nothing, lock
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.desired import Desired
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.drain import (
    Contended,
    StillBusy,
    TooFewLeft,
)
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.persist import StateFile
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.replies import NoAnswer, NoPermission, Retired
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.restore import InUse, NotUp
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.target import Interfered, Journal, NoEffect, Target
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.workers import OldWorkerUse
from ansible_collections.zero.downtime.tests.unit.plugins.module_utils._haproxy.fakes import (
    FakeClock,
    FakeHAProxy,
    FakeServer,
)

Open = t.Callable[..., Target]
MakeDesired = t.Callable[..., Desired]

DRAIN = "disable health app/a; set server app/a state drain"
MAINT = "set server app/a state maint; enable health app/a"
READY = "set server app/a state drain; set server app/a health down; set server app/a state ready"
RESUME = "enable health app/a; set server app/a state ready"


@pytest.mark.parametrize(
    ("server", "state", "options", "lines"),
    [
        ({}, "drain", {}, [DRAIN, "enable health app/a"]),
        ({}, "maint", {}, [DRAIN, MAINT]),
        ({}, "drain", {"wait": False}, ["set server app/a state drain"]),
        ({}, "maint", {"wait": False}, ["set server app/a state maint"]),
        ({"admin": 8}, "drain", {}, []),
        ({"admin": 1}, "maint", {}, []),
        ({"admin": 5}, "maint", {}, []),
        ({"admin": 8}, "maint", {}, ["set server app/a state maint"]),
        ({"admin": 8, "check": 2}, "maint", {}, [MAINT]),
        ({"admin": 1}, "drain", {}, ["set server app/a state drain; set server app/a health down"]),
        ({"check": 0}, "maint", {}, ["set server app/a state drain", "set server app/a state maint"]),
        ({"agent": 22}, "drain", {}, [f"disable agent app/a; {DRAIN}", "enable health app/a"]),
        ({"admin": 1, "agent": 22}, "maint", {}, ["disable agent app/a"]),
        ({}, "ready", {}, []),
        ({"admin": 4}, "ready", {}, []),
        ({"admin": 1}, "ready", {}, [READY]),
        ({"admin": 8}, "ready", {}, [READY]),
        ({"admin": 8, "check": 2}, "ready", {}, [f"enable health app/a; {READY}"]),
        ({"check": 2}, "ready", {}, ["enable health app/a"]),
        ({"admin": 1, "check": 0}, "ready", {}, ["set server app/a state ready"]),
        ({"admin": 1, "check": 0, "tracks": "x/a"}, "ready", {}, ["set server app/a state ready"]),
        ({"admin": 1, "agent": 18}, "ready", {}, [READY, "enable agent app/a"]),
        ({"weight": 0, "configured": 5}, "ready", {}, ["set server app/a weight 100%"]),
        ({"admin": 1, "weight": 0, "configured": 5}, "ready", {}, [f"set server app/a weight 100%; {READY}"]),
        ({"weight": 3, "configured": 5}, "ready", {}, []),
        ({"configured": 5}, "ready", {"weight": lambda _configured: 2}, ["set server app/a weight 2"]),
        ({}, "maint", {"port": 81}, [DRAIN, MAINT, "set server app/a addr 192.0.2.1 port 81"]),
        (
            {"admin": 1, "check_port": 80},
            "ready",
            {"port": 81},
            ["set server app/a addr 192.0.2.1 port 81", "set server app/a check-port 81", READY],
        ),
        ({"admin": 1, "port": 81}, "ready", {"port": 81}, [READY]),
    ],
)
@pytest.mark.parametrize("rehearsal", [False, True], ids=["real", "check"])
def test_lines(
    clock: FakeClock,
    journal: Journal,
    open_target: Open,
    desired: MakeDesired,
    server: dict[str, t.Any],
    state: str,
    options: dict[str, t.Any],
    lines: list[str],
    rehearsal: bool,
) -> None:
    haproxy = FakeHAProxy(clock, FakeServer("a", **server), FakeServer("b"))
    target = open_target(haproxy, rehearsal=rehearsal)
    all_or_nothing.run([target], desired(state, **options), clock)
    assert journal.actions == [f"/nowhere/1.sock: {line}" for line in lines]
    assert haproxy.log == ([] if rehearsal else lines)
    assert target.now.state == state


@pytest.mark.parametrize("state", ["drain", "maint"])
def test_check_mode_writes_the_state_file_as_often_as_the_real_thing(
    clock: FakeClock, open_target: Open, desired: MakeDesired, tmp_path: Path, state: str
) -> None:
    journals = []
    for rehearsal in (True, False):
        haproxy = FakeHAProxy(clock, FakeServer("a"), FakeServer("b"))
        state_file = StateFile(str(tmp_path / "state"))
        target = open_target(haproxy, rehearsal=rehearsal, state_file=state_file, journal=Journal())
        all_or_nothing.run([target], desired(state), clock)
        journals.append(target.journal.actions)
        assert target.persisted is (tmp_path / "state").exists() is not rehearsal
    assert journals[0] == journals[1]


@pytest.mark.parametrize(
    ("server", "window"),
    [({}, 0.2), ({"maxconn": "5"}, 0.6), ({"cookie": "a"}, 0.6)],
)
def test_the_quiet_window_is_short_where_nothing_more_can_come(
    clock: FakeClock, open_target: Open, desired: MakeDesired, server: dict[str, str], window: float
) -> None:
    target = open_target(FakeHAProxy(clock, FakeServer("a", **server), FakeServer("b")))
    started = clock.now
    all_or_nothing.run([target], desired("drain"), clock)
    assert window <= clock.now - started <= window + 0.1


def test_three_zeros_it_takes_however_seldom_it_is_looked(
    haproxy: FakeHAProxy, clock: FakeClock, open_target: Open, desired: MakeDesired
) -> None:
    haproxy.servers["a"].sessions = 1
    clock.after(6, lambda: setattr(haproxy.servers["a"], "sessions", 0))
    started = clock.now
    all_or_nothing.run([open_target(haproxy)], desired("drain"), clock)
    assert clock.now - started >= 6 + 2 * 0.2


def test_one_more_request_starts_the_quiet_window_anew(
    haproxy: FakeHAProxy, clock: FakeClock, open_target: Open, desired: MakeDesired
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
    haproxy: FakeHAProxy, clock: FakeClock, open_target: Open, desired: MakeDesired
) -> None:
    haproxy.servers["a"].queue = 1
    with pytest.raises(StillBusy, match=r"0 session\(s\) and 1 queued request\(s\)"):
        all_or_nothing.run([open_target(haproxy)], desired("maint"), clock)


def every(clock: FakeClock, seconds: float, happen: t.Callable[[], None]) -> None:
    def again() -> None:
        happen()
        clock.after(seconds, again)

    clock.after(seconds, again)


def test_what_is_in_flight_when_persistent_clients_are_moved_is_told(
    haproxy: FakeHAProxy, clock: FakeClock, journal: Journal, open_target: Open, desired: MakeDesired
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
    assert "with 4 request(s) in flight" in warning
    assert "on-marked-down shutdown-sessions" in warning


def test_persistent_clients_that_leave_a_gap_are_moved_without_a_warning(
    haproxy: FakeHAProxy, clock: FakeClock, journal: Journal, open_target: Open, desired: MakeDesired
) -> None:
    server = haproxy.servers["a"]
    server.sessions = 3
    clock.after(1, lambda: setattr(server, "sessions", 0))
    every(clock, 0.1, lambda: setattr(server, "total", server.total + 1))
    all_or_nothing.run([open_target(haproxy)], desired("maint"), clock)
    assert journal.warnings == []


def test_requests_out_of_the_queue_are_no_persistent_clients(
    haproxy: FakeHAProxy, clock: FakeClock, journal: Journal, open_target: Open, desired: MakeDesired
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
    haproxy: FakeHAProxy, clock: FakeClock, journal: Journal, open_target: Open, desired: MakeDesired, anew: str
) -> None:
    haproxy.servers["a"].sessions = 1
    clock.after(1, getattr(haproxy, anew))
    all_or_nothing.run([open_target(haproxy)], desired("maint"), clock)
    assert haproxy.log == [DRAIN, DRAIN, MAINT]
    assert "was reloaded" in journal.warnings[0]


def test_haproxy_away_for_seconds_is_waited_for(
    haproxy: FakeHAProxy, clock: FakeClock, open_target: Open, desired: MakeDesired
) -> None:
    haproxy.servers["a"].sessions = 1
    clock.after(1, lambda: setattr(haproxy, "away", True))
    clock.after(4, lambda: setattr(haproxy, "away", False))
    clock.after(6, lambda: setattr(haproxy.servers["a"], "sessions", 0))
    all_or_nothing.run([open_target(haproxy)], desired("maint"), clock)
    assert haproxy.servers["a"].admin == 1


@pytest.mark.parametrize("moment", ["state drain", "state maint", "show stat"])
def test_haproxy_away_at_the_moment_of_a_line_is_asked_again(
    haproxy: FakeHAProxy, clock: FakeClock, open_target: Open, desired: MakeDesired, moment: str
) -> None:
    target, ask = open_target(haproxy), haproxy.ask

    def restart(*commands: str) -> str:
        if not haproxy.away and any(moment in command for command in commands):
            haproxy.ask = ask
            haproxy.away = True
            clock.after(1, lambda: setattr(haproxy, "away", False))
        return ask(*commands)

    haproxy.ask = restart
    all_or_nothing.run([target], desired("maint"), clock)
    assert haproxy.log == [DRAIN, MAINT]


def test_a_worker_on_its_way_out_is_not_the_last_word(
    haproxy: FakeHAProxy, clock: FakeClock, open_target: Open, desired: MakeDesired
) -> None:
    target = open_target(haproxy)
    haproxy.refuse["set server"] = "Proxy is disabled."
    clock.after(0.5, haproxy.refuse.clear)
    all_or_nothing.run([target], desired("maint"), clock)
    assert haproxy.servers["a"].admin == 1


def test_a_backend_that_is_disabled_for_good_is_said_so(
    haproxy: FakeHAProxy, clock: FakeClock, open_target: Open, desired: MakeDesired
) -> None:
    target = open_target(haproxy)
    haproxy.refuse["set server"] = "Proxy is disabled."
    with pytest.raises(Retired, match=r"/nowhere/1.sock refused .*: Proxy is disabled"):
        all_or_nothing.run([target], desired("maint"), clock)


def test_haproxy_away_for_good_is_said_so(
    haproxy: FakeHAProxy, clock: FakeClock, open_target: Open, desired: MakeDesired
) -> None:
    haproxy.servers["a"].sessions = 1
    clock.after(1, lambda: setattr(haproxy, "away", True))
    with pytest.raises(StillBusy, match=r"HAProxy is away.*could not be put back: Could not connect"):
        all_or_nothing.run([open_target(haproxy)], desired("maint"), clock)


def test_the_timeout_puts_everything_back(
    haproxy: FakeHAProxy, clock: FakeClock, open_target: Open, desired: MakeDesired
) -> None:
    server = haproxy.servers["a"]
    server.sessions, server.agent = 1, 22
    with pytest.raises(StillBusy, match="raise the timeout, or let on_timeout cut them"):
        all_or_nothing.run([open_target(haproxy)], desired("maint"), clock)
    assert haproxy.log[1:] == [f"{RESUME}; enable agent app/a"]
    assert (server.admin, server.check, server.agent) == (0, 6, 22)


@pytest.mark.parametrize("state", ["drain", "maint"])
@pytest.mark.parametrize(
    ("server", "line"),
    [
        ({}, RESUME),
        ({"weight": 0}, RESUME),
        ({"op": 0}, RESUME),
        ({"check": 2}, "set server app/a state ready"),
        ({"check": 0}, "set server app/a state ready"),
    ],
)
def test_a_server_that_only_drained_is_put_back_at_once(
    clock: FakeClock, open_target: Open, desired: MakeDesired, server: dict[str, int], state: str, line: str
) -> None:
    haproxy = FakeHAProxy(clock, FakeServer("a", sessions=1, **server), FakeServer("b"))
    before = dataclasses.replace(haproxy.servers["a"])
    with pytest.raises(StillBusy):
        all_or_nothing.run([open_target(haproxy)], desired(state), clock)
    assert haproxy.log[1:] == [line]
    assert haproxy.servers["a"] == before


@pytest.mark.parametrize("afterwards", [1, 8], ids=["maint", "drained by somebody else"])
def test_a_server_that_was_in_maintenance_is_put_back_by_a_fresh_check(
    haproxy: FakeHAProxy, clock: FakeClock, open_target: Open, desired: MakeDesired, afterwards: int
) -> None:
    server, change = haproxy.servers["a"], haproxy._change

    def keep_busy(words: list[str]) -> None:
        change(words)
        if words[-1] == "maint":
            server.sessions = 1
            clock.after(1, lambda: setattr(server, "admin", afterwards))

    haproxy._change = keep_busy
    with pytest.raises(StillBusy):
        all_or_nothing.run([open_target(haproxy)], desired("maint"), clock)
    assert haproxy.log == [DRAIN, MAINT, READY]


@pytest.mark.parametrize("anew", ["reload", "restart"])
@pytest.mark.parametrize(
    ("op", "line"), [(2, RESUME), (0, f"enable health app/a; {READY}")], ids=["was up", "was down"]
)
def test_a_new_process_is_not_believed_that_a_server_that_was_down_is_up(
    haproxy: FakeHAProxy, clock: FakeClock, open_target: Open, desired: MakeDesired, op: int, line: str, anew: str
) -> None:
    server = haproxy.servers["a"]
    server.op, server.sessions = op, 1

    def begin() -> None:
        getattr(haproxy, anew)()
        server.op, server.health, server.sessions = 2, 2, 1

    clock.after(1, begin)
    with pytest.raises(StillBusy):
        all_or_nothing.run([open_target(haproxy)], desired("drain"), clock)
    assert haproxy.log == [DRAIN, DRAIN, line]


def test_a_server_found_in_drain_stays_there_when_maint_fails(
    haproxy: FakeHAProxy, clock: FakeClock, open_target: Open, desired: MakeDesired
) -> None:
    haproxy.servers["a"].sessions, haproxy.servers["a"].admin = 1, 8
    with pytest.raises(StillBusy):
        all_or_nothing.run([open_target(haproxy)], desired("maint"), clock)
    assert haproxy.log == []


@pytest.mark.parametrize("shutdown_sessions", [False, True])
def test_cut_goes_to_maint_first_so_that_nobody_comes_after(
    haproxy: FakeHAProxy,
    clock: FakeClock,
    journal: Journal,
    open_target: Open,
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
    haproxy: FakeHAProxy, clock: FakeClock, journal: Journal, open_target: Open, desired: MakeDesired
) -> None:
    change = haproxy._change
    haproxy._change = lambda words: None if words[0] == "shutdown" else change(words)
    haproxy.servers["a"].sessions = 3
    with pytest.raises(StillBusy, match=r"3 session\(s\)"):
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
            raise NoAnswer("no whole answer")
        return list(self.left)


@pytest.mark.parametrize("cut", [False, True], ids=["fail", "cut"])
def test_a_master_that_does_not_answer_is_no_proof_that_nothing_is_left(
    haproxy: FakeHAProxy, clock: FakeClock, open_target: Open, desired: MakeDesired, cut: bool
) -> None:
    target = open_target(haproxy, master=FakeMaster())
    target._master.left = None
    with pytest.raises(
        StillBusy,
        match=r"HAProxy's master at /nowhere/master.sock does not answer, so nobody knows what its old workers .* "
        r"app/a at /nowhere/1.sock after 10.\d s",
    ):
        all_or_nothing.run([target], desired("maint", cut=cut), clock)
    assert haproxy.servers["a"].admin == 0


def test_old_workers_are_waited_for_then_named(
    haproxy: FakeHAProxy, clock: FakeClock, open_target: Open, desired: MakeDesired
) -> None:
    target = open_target(haproxy, master=FakeMaster(OldWorkerUse(90, 2, False)))
    with pytest.raises(StillBusy, match=r"^old workers 90 \(2 in flight\), which a reload left behind, may still use"):
        all_or_nothing.run([target], desired("maint"), clock)


def test_cut_accepts_old_workers_that_are_known(
    haproxy: FakeHAProxy, clock: FakeClock, journal: Journal, open_target: Open, desired: MakeDesired
) -> None:
    target = open_target(haproxy, master=FakeMaster(OldWorkerUse(90, 2, False)))
    all_or_nothing.run([target], desired("maint", cut=True), clock)
    assert haproxy.servers["a"].admin == 1
    assert journal.warnings == [f"old workers 90 (2 in flight) still use {target} and can not be cut"]


def test_an_old_worker_that_ends_at_the_timeout_is_named_as_it_was_seen(
    haproxy: FakeHAProxy, clock: FakeClock, open_target: Open, desired: MakeDesired
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
    haproxy: FakeHAProxy, clock: FakeClock, open_target: Open, desired: MakeDesired
) -> None:
    server = haproxy.servers["a"]
    server.sessions = 1
    clock.after(1, lambda: setattr(server, "admin", 0))
    with pytest.raises(Interfered, match="two tools"):
        all_or_nothing.run([open_target(haproxy)], desired("drain"), clock)
    assert server.check == 6


def test_the_last_server_is_waited_for_then_refused(
    haproxy: FakeHAProxy, clock: FakeClock, open_target: Open, desired: MakeDesired
) -> None:
    haproxy.servers["b"].op = 0
    started = clock.now
    with pytest.raises(
        TooFewLeft,
        match=r"^app/a at /nowhere/1.sock was not taken out after 10\.\d s: .* 1 must; out: b \(down: L7OK OK, so\)",
    ):
        all_or_nothing.run([open_target(haproxy)], desired("drain"), clock)
    assert haproxy.log == []
    assert clock.now - started >= 10


def test_whoever_does_not_get_the_lock_does_not_ask_and_says_so_at_the_end(
    haproxy: FakeHAProxy, clock: FakeClock, open_target: Open, desired: MakeDesired, tmp_path: Path, monkeypatch: t.Any
) -> None:
    target = open_target(haproxy, str(tmp_path / "1.sock"))
    asked: list[str] = []
    backend = target.runtime.backend
    monkeypatch.setattr(target.runtime, "backend", lambda name: asked.append(name) or backend(name))
    with lock.attempt(target.runtime.socket), pytest.raises(
        Contended, match=r"was not taken out after .*: other tasks"
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
    haproxy: FakeHAProxy, clock: FakeClock, open_target: Open, desired: MakeDesired
) -> None:
    leaves_as_well(haproxy, clock, "b", back_after=3)
    started = clock.now
    with pytest.raises(TooFewLeft, match="put back, because another one left"):
        all_or_nothing.run([open_target(haproxy)], desired("drain", wait=False), clock)
    assert haproxy.log[-1] == "set server app/a state ready"
    assert (haproxy.servers["a"].admin, haproxy.servers["a"].op) == (0, 2)
    assert clock.now == started


def test_another_one_that_left_at_the_same_moment_is_waited_for(
    haproxy: FakeHAProxy, clock: FakeClock, open_target: Open, desired: MakeDesired
) -> None:
    leaves_as_well(haproxy, clock, "b", back_after=3)
    started = clock.now
    all_or_nothing.run([open_target(haproxy)], desired("drain"), clock)
    assert haproxy.log == [DRAIN, RESUME, DRAIN, "enable health app/a"]
    assert 3 <= clock.now - started < 4


def test_one_that_leaves_at_the_same_moment_again_and_again_is_waited_for_until_the_timeout(
    haproxy: FakeHAProxy, clock: FakeClock, open_target: Open, desired: MakeDesired
) -> None:
    leaves_as_well(haproxy, clock, "b", back_after=0.01, each_time=True)
    started = clock.now
    with pytest.raises(TooFewLeft, match="put back, because another one left"):
        all_or_nothing.run([open_target(haproxy)], desired("drain"), clock)
    assert haproxy.log[-1] == RESUME
    assert 10 <= clock.now - started < 11


@pytest.mark.parametrize(("other", "earliest", "latest"), [("b", 0.2, 0.5), ("A", 1.2, 1.5)])
def test_two_that_left_at_the_same_moment_do_not_try_again_in_step(
    clock: FakeClock, open_target: Open, desired: MakeDesired, other: str, earliest: float, latest: float
) -> None:
    haproxy = FakeHAProxy(clock, FakeServer("a"), FakeServer(other))
    leaves_as_well(haproxy, clock, other, back_after=0.01)
    started = clock.now
    all_or_nothing.run([open_target(haproxy)], desired("drain"), clock)
    assert haproxy.log == [DRAIN, RESUME, DRAIN, "enable health app/a"]
    assert earliest <= clock.now - started < latest


@pytest.mark.parametrize("server", [{"op": 0}, {"weight": 0}, {"admin": 8}])
def test_the_guard_is_not_asked_of_a_server_that_serves_nobody(
    clock: FakeClock, open_target: Open, desired: MakeDesired, server: dict[str, int]
) -> None:
    haproxy = FakeHAProxy(clock, FakeServer("a", **server), FakeServer("b", op=0))
    all_or_nothing.run([open_target(haproxy)], desired("maint"), clock)
    assert haproxy.servers["a"].admin == 1


def test_ready_waits_for_a_fresh_check(
    haproxy: FakeHAProxy, clock: FakeClock, open_target: Open, desired: MakeDesired
) -> None:
    haproxy.servers["a"].admin, haproxy.check_after = 1, 3
    started = clock.now
    all_or_nothing.run([open_target(haproxy)], desired("ready"), clock)
    assert clock.now - started >= 3


@pytest.mark.parametrize("anew", ["reload", "restart"])
def test_a_new_process_that_has_the_server_disabled_is_told_once_more(
    haproxy: FakeHAProxy, clock: FakeClock, open_target: Open, desired: MakeDesired, anew: str
) -> None:
    haproxy.servers["a"].admin, haproxy.check_after = 5, 3

    def begin() -> None:
        getattr(haproxy, anew)()
        haproxy.servers["a"].admin = 5

    clock.after(1, begin)
    all_or_nothing.run([open_target(haproxy)], desired("ready"), clock)
    assert haproxy.log == [READY, READY]


@pytest.mark.parametrize("options", [{}, {"wait": False}], ids=["wait", "no wait"])
@pytest.mark.parametrize("rehearsal", [False, True], ids=["real", "check"])
@pytest.mark.parametrize(
    ("server", "warnings"),
    [
        ({"admin": 1, "check": 0}, 1),
        ({"admin": 8, "check": 0}, 1),
        ({"admin": 0, "check": 0}, 0),
        ({"admin": 1, "check": 0, "tracks": "app/b"}, 0),
        ({"admin": 1}, 0),
        # Left disabled by a run that was killed while it drained.
        ({"admin": 8, "check": 2}, 0),
    ],
)
def test_who_comes_back_without_a_check_comes_with_a_warning(
    clock: FakeClock,
    journal: Journal,
    open_target: Open,
    desired: MakeDesired,
    server: dict[str, t.Any],
    warnings: int,
    rehearsal: bool,
    options: dict[str, bool],
) -> None:
    haproxy = FakeHAProxy(clock, FakeServer("a", **server), FakeServer("b"))
    all_or_nothing.run([open_target(haproxy, rehearsal=rehearsal)], desired("ready", **options), clock)
    assert ["has no check in haproxy.cfg" in warning for warning in journal.warnings] == [True] * warnings


def test_ready_that_never_comes_up_goes_back_to_maint(
    haproxy: FakeHAProxy, clock: FakeClock, open_target: Open, desired: MakeDesired
) -> None:
    haproxy.servers["a"].admin, haproxy.check_after = 1, 99
    with pytest.raises(NotUp, match=r"health 0 of 4; look at the service at 192.0.2.1:80"):
        all_or_nothing.run([open_target(haproxy)], desired("ready"), clock)
    assert haproxy.log == [READY, "set server app/a state maint"]


def test_ramp_takes_its_time(haproxy: FakeHAProxy, clock: FakeClock, open_target: Open, desired: MakeDesired) -> None:
    server = haproxy.servers["a"]
    server.admin, server.weight, server.configured = 1, 100, 100
    started = clock.now
    all_or_nothing.run([open_target(haproxy)], desired("ready", ramp=30), clock)
    assert haproxy.log[0] == f"set server app/a weight 10; {READY}"
    assert [line.split()[-1] for line in haproxy.log[1:]] == [*map(str, range(20, 100, 10)), "100%"]
    assert 30 <= clock.now - started < 35


@pytest.mark.parametrize(
    ("weight", "options", "goal"),
    [
        (30, {"ramp": 30}, 100),
        (0, {"ramp": 30}, 100),
        (200, {"ramp": 30}, 200),
        (30, {"ramp": 30, "weight": lambda _configured: 50}, 50),
        (30, {}, 30),
    ],
)
@pytest.mark.parametrize("admin", [0, 1], ids=["ready", "maint"])
def test_a_ramp_goes_on_where_a_killed_one_ended(
    clock: FakeClock,
    open_target: Open,
    desired: MakeDesired,
    weight: int,
    options: dict[str, t.Any],
    goal: int,
    admin: int,
) -> None:
    haproxy = FakeHAProxy(clock, FakeServer("a", admin=admin, weight=weight, configured=100), FakeServer("b"))
    all_or_nothing.run([open_target(haproxy)], desired("ready", **options), clock)
    assert haproxy.servers["a"].weight == goal


def test_an_address_is_not_changed_under_a_live_server(
    haproxy: FakeHAProxy, clock: FakeClock, open_target: Open, desired: MakeDesired
) -> None:
    with pytest.raises(InUse, match=r"state ready at 192.0.2.1:80; it moves to 192.0.2.1:81"):
        all_or_nothing.run([open_target(haproxy)], desired("ready", port=81), clock)
    assert haproxy.log == []


def test_a_command_without_effect_is_a_failure(
    haproxy: FakeHAProxy, clock: FakeClock, open_target: Open, desired: MakeDesired
) -> None:
    haproxy._change = lambda words: None
    with pytest.raises(NoEffect, match=r"without complaint, but .* reads \{'state': 'ready'"):
        all_or_nothing.run([open_target(haproxy)], desired("drain"), clock)


def test_all_or_nothing(clock: FakeClock, open_target: Open, desired: MakeDesired) -> None:
    first, second = (FakeHAProxy(clock, FakeServer("a"), FakeServer("b")) for _each in range(2))
    second.refuse["set server"] = "Permission denied"
    targets = [open_target(first), open_target(second, "/nowhere/2.sock")]
    with pytest.raises(NoPermission, match=r"/nowhere/2\.sock refused"):
        all_or_nothing.run(targets, desired("maint"), clock)
    assert first.servers["a"].admin == 0
    assert first.log == [DRAIN, RESUME]


def test_none_goes_to_maint_before_the_slowest_is_at_zero(
    clock: FakeClock, open_target: Open, desired: MakeDesired
) -> None:
    first, second = (FakeHAProxy(clock, FakeServer("a"), FakeServer("b")) for _each in range(2))
    second.servers["a"].sessions = 1
    seen: list[list[str]] = []
    clock.after(3, lambda: seen.append([*first.log]))
    clock.after(3.1, lambda: setattr(second.servers["a"], "sessions", 0))
    all_or_nothing.run([open_target(first), open_target(second, "/nowhere/2.sock")], desired("maint"), clock)
    assert seen == [[DRAIN]]
    assert first.log == second.log == [DRAIN, MAINT]


def test_one_that_is_reloaded_while_another_is_waited_for_is_emptied_again(
    clock: FakeClock, journal: Journal, open_target: Open, desired: MakeDesired
) -> None:
    first, second = (FakeHAProxy(clock, FakeServer("a"), FakeServer("b")) for _each in range(2))
    second.servers["a"].sessions = 1

    def reload() -> None:
        first.reload()
        first.servers["a"].sessions = 2

    clock.after(1, reload)
    clock.after(2, lambda: setattr(second.servers["a"], "sessions", 0))
    clock.after(4, lambda: setattr(first.servers["a"], "sessions", 0))
    started, ends = clock.now, []
    set_state = first._set_state

    def watch(server: FakeServer, state: str) -> None:
        ends.append((state, server.sessions, round(clock.now - started)))
        set_state(server, state)

    first._set_state = watch
    all_or_nothing.run([open_target(first), open_target(second, "/nowhere/2.sock")], desired("maint"), clock)
    assert ends == [("drain", 0, 0), ("drain", 2, 2), ("maint", 0, 4)]
    assert not any("persistence" in warning for warning in journal.warnings)


def test_each_is_left_after_the_one_before_it_by_name(
    clock: FakeClock, open_target: Open, desired: MakeDesired
) -> None:
    """Else two runs, each of which got one of them, would wait for each other."""
    first, second = (FakeHAProxy(clock, FakeServer("a"), FakeServer("b", op=0)) for _each in range(2))
    seen: list[list[str]] = []
    clock.after(3, lambda: setattr(second.servers["b"], "op", 2))
    clock.after(6, lambda: seen.append([*first.log, *second.log]))
    clock.after(6.1, lambda: setattr(first.servers["b"], "op", 2))
    all_or_nothing.run(
        [open_target(second, "/nowhere/2.sock"), open_target(first, "/nowhere/1.sock")], desired("maint"), clock
    )
    assert seen == [[]]
    assert first.log == second.log == [DRAIN, MAINT]
