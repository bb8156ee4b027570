# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures: a HAProxy of the imagination with servers a and b, and a target on it."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.desired import Desired
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.runtime import Runtime
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.target import Journal, Target
from ansible_collections.zero.downtime.tests.unit.plugins.module_utils._haproxy.fakes import (
    FakeClock,
    FakeHAProxy,
    FakeServer,
    MakeDesired,
    OpenTarget,
)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def haproxy(clock: FakeClock) -> FakeHAProxy:
    return FakeHAProxy(clock, FakeServer("a"), FakeServer("b"))


@pytest.fixture
def journal() -> Journal:
    return Journal()


@pytest.fixture
def open_target(clock: FakeClock, journal: Journal) -> OpenTarget:
    """A Target on server a of a FakeHAProxy."""

    def build(fake: FakeHAProxy, name: str = "/nowhere/1.sock", **options: t.Any) -> Target:
        runtime = Runtime(name, clock=clock)
        runtime._cli = fake
        return Target(runtime, "app", "a", clock=clock, **{"journal": journal, **options})

    return build


@pytest.fixture
def desired() -> MakeDesired:
    return lambda state, **options: Desired("app", "a", state, **{"timeout": 10.0, **options})
