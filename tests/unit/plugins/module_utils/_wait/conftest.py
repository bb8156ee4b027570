# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Time that passes only when somebody sleeps, and things to look at that follow a script."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.zero.downtime.plugins.module_utils._clock import Clock


class FakeClock(Clock):
    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def monotonic(self) -> float:
        return self.now

    def wall(self) -> float:
        return 1_700_000_000 + self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(round(seconds, 3))
        self.now = round(self.now + seconds, 6)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


class FakeEngine:
    """One container; I(states) are what each look finds, the last one for ever. An exception is raised."""

    def __init__(self, *states: t.Any, log: str = "") -> None:
        self.states = list(states)
        self.log = log

    def inspect_container(self, name: str) -> t.Mapping[str, t.Any] | None:
        state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        if isinstance(state, Exception):
            raise state
        return state

    def logs(self, name: str, lines: int) -> str:
        return "\n".join(self.log.splitlines()[-lines:])


def inspected(status: str = "running", **state: t.Any) -> dict[str, t.Any]:
    """A container as the engine tells it. I(health) and I(output): its HEALTHCHECK's status and last words."""
    health, output, restarts = state.pop("health", None), state.pop("output", ""), state.pop("restarts", 0)
    found: dict[str, t.Any] = {
        "Id": state.pop("id", "1f" * 32),
        "Name": "/app",
        "RestartCount": restarts,
        "Config": {"Healthcheck": state.pop("check", None)},
        "State": {"Status": status, "ExitCode": 0, "OOMKilled": False, "StartedAt": "2026-01-01T00:00:00Z", **state},
    }
    if health:
        found["State"]["Health"] = {"Status": health, "Log": [{"ExitCode": 1, "Output": output}]}
    return found


@pytest.fixture
def engine_of() -> type[FakeEngine]:
    return FakeEngine


@pytest.fixture
def container() -> t.Callable[..., dict[str, t.Any]]:
    return inspected
