# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Several HAProxies are changed together, and put back together."""

from __future__ import annotations

import dataclasses

import pytest
from ansible_collections.zero.downtime.plugins.module_utils._haproxy import all_or_nothing
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.drain import (
    StillBusy,
)
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.replies import NoPermission
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.target import Journal
from ansible_collections.zero.downtime.tests.unit.plugins.module_utils._haproxy.fakes import (
    DRAIN,
    MAINT,
    READY,
    RESUME,
    FakeClock,
    FakeHAProxy,
    FakeServer,
    MakeDesired,
    OpenTarget,
)


def test_the_timeout_puts_everything_back(
    haproxy: FakeHAProxy, clock: FakeClock, open_target: OpenTarget, desired: MakeDesired
) -> None:
    server = haproxy.servers["a"]
    server.sessions, server.agent = 1, 22
    with pytest.raises(StillBusy, match="raise the timeout, or let on_timeout cut them"):
        all_or_nothing.run([open_target(haproxy)], desired("maint"), clock)
    assert haproxy.log[1:] == [f"{RESUME}; enable agent app/a"]
    assert (server.admin, server.check, server.agent) == (0, 6, 22)


def test_a_haproxy_that_reloads_when_it_is_to_be_put_back_is_asked_again(
    haproxy: FakeHAProxy, clock: FakeClock, open_target: OpenTarget, desired: MakeDesired
) -> None:
    haproxy.servers["a"].sessions = 1
    clock.after(9.9, lambda: setattr(haproxy, "away", True))
    clock.after(11, lambda: setattr(haproxy, "away", False))
    with pytest.raises(StillBusy) as failure:
        all_or_nothing.run([open_target(haproxy)], desired("maint"), clock)
    assert haproxy.log == [DRAIN, RESUME]
    assert "could not be put back" not in failure.value.message


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
    clock: FakeClock, open_target: OpenTarget, desired: MakeDesired, server: dict[str, int], state: str, line: str
) -> None:
    haproxy = FakeHAProxy(clock, FakeServer("a", sessions=1, **server), FakeServer("b"))
    before = dataclasses.replace(haproxy.servers["a"])
    with pytest.raises(StillBusy):
        all_or_nothing.run([open_target(haproxy)], desired(state), clock)
    assert haproxy.log[1:] == [line]
    assert haproxy.servers["a"] == before


@pytest.mark.parametrize("afterwards", [1, 8], ids=["maint", "drained by somebody else"])
def test_a_server_that_was_in_maintenance_is_put_back_by_a_fresh_check(
    haproxy: FakeHAProxy, clock: FakeClock, open_target: OpenTarget, desired: MakeDesired, afterwards: int
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
    haproxy: FakeHAProxy, clock: FakeClock, open_target: OpenTarget, desired: MakeDesired, op: int, line: str, anew: str
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
    haproxy: FakeHAProxy, clock: FakeClock, open_target: OpenTarget, desired: MakeDesired
) -> None:
    haproxy.servers["a"].sessions, haproxy.servers["a"].admin = 1, 8
    with pytest.raises(StillBusy):
        all_or_nothing.run([open_target(haproxy)], desired("maint"), clock)
    assert haproxy.log == []


def test_all_or_nothing(clock: FakeClock, open_target: OpenTarget, desired: MakeDesired) -> None:
    first, second = (FakeHAProxy(clock, FakeServer("a"), FakeServer("b")) for _each in range(2))
    second.refuse["set server"] = "Permission denied"
    targets = [open_target(first), open_target(second, "/nowhere/2.sock")]
    with pytest.raises(NoPermission, match=r"/nowhere/2\.sock refused"):
        all_or_nothing.run(targets, desired("maint"), clock)
    assert first.servers["a"].admin == 0
    assert first.log == [DRAIN, RESUME]


def test_none_goes_to_maint_before_the_slowest_is_at_zero(
    clock: FakeClock, open_target: OpenTarget, desired: MakeDesired
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
    clock: FakeClock, journal: Journal, open_target: OpenTarget, desired: MakeDesired
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
    clock: FakeClock, open_target: OpenTarget, desired: MakeDesired
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
