# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which lines are sent, for each state that a server may be found in."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.zero.downtime.plugins.module_utils._haproxy import all_or_nothing
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.target import Journal
from ansible_collections.zero.downtime.tests.unit.plugins.module_utils._haproxy.fakes import (
    DRAIN,
    MAINT,
    READY,
    FakeClock,
    FakeHAProxy,
    FakeServer,
    MakeDesired,
    OpenTarget,
)


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
    open_target: OpenTarget,
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
