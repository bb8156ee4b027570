# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A server comes back: when, at which weight, and what is reported if it does not."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.zero.downtime.plugins.module_utils._haproxy import all_or_nothing
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.restore import InUse, NotUp
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.target import Journal
from ansible_collections.zero.downtime.tests.unit.plugins.module_utils._haproxy.fakes import (
    READY,
    FakeClock,
    FakeHAProxy,
    FakeServer,
    MakeDesired,
    OpenTarget,
)


def test_ready_waits_for_a_fresh_check(
    haproxy: FakeHAProxy, clock: FakeClock, open_target: OpenTarget, desired: MakeDesired
) -> None:
    haproxy.servers["a"].admin, haproxy.check_after = 1, 3
    started = clock.now
    all_or_nothing.run([open_target(haproxy)], desired("ready"), clock)
    assert clock.now - started >= 3


@pytest.mark.parametrize("anew", ["reload", "restart"])
def test_a_new_process_that_has_the_server_disabled_is_told_once_more(
    haproxy: FakeHAProxy, clock: FakeClock, open_target: OpenTarget, desired: MakeDesired, anew: str
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
    open_target: OpenTarget,
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
    haproxy: FakeHAProxy, clock: FakeClock, open_target: OpenTarget, desired: MakeDesired
) -> None:
    haproxy.servers["a"].admin, haproxy.check_after = 1, 99
    with pytest.raises(NotUp, match=r"health 0 of 4; check the service at 192.0.2.1:80"):
        all_or_nothing.run([open_target(haproxy)], desired("ready"), clock)
    assert haproxy.log == [READY, "set server app/a state maint"]


def test_ramp_takes_its_time(
    haproxy: FakeHAProxy, clock: FakeClock, open_target: OpenTarget, desired: MakeDesired
) -> None:
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
    open_target: OpenTarget,
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
    haproxy: FakeHAProxy, clock: FakeClock, open_target: OpenTarget, desired: MakeDesired
) -> None:
    with pytest.raises(InUse, match=r"state ready at 192.0.2.1:80; it moves to 192.0.2.1:81"):
        all_or_nothing.run([open_target(haproxy)], desired("ready", port=81), clock)
    assert haproxy.log == []
