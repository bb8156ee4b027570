# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When a container that was just started counts as healthy."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.zero.downtime.plugins.module_utils._container.change.plan import Step
from ansible_collections.zero.downtime.plugins.module_utils._container.change.request import Request
from ansible_collections.zero.downtime.plugins.module_utils._container.change.steps import Steps
from ansible_collections.zero.downtime.plugins.module_utils._container.description.probe_url import NoPort
from ansible_collections.zero.downtime.plugins.module_utils._container.engine.client import EngineError
from ansible_collections.zero.downtime.plugins.module_utils._wait.health import NeverHealthy
from ansible_collections.zero.downtime.plugins.module_utils._wait.options import with_defaults
from ansible_collections.zero.downtime.tests.unit.plugins.module_utils.clocks import FakeClock

HEALTHCHECK = {"Test": ["CMD", "true"]}


class Started:
    """An engine with one container, which exits with 3 after I(lives) seconds; with I(rm) it is gone by then."""

    def __init__(self, lives: float = 1e9, *, check: dict[str, t.Any] | None = None, rm: bool = False) -> None:
        self.clock = FakeClock()
        self._lives, self._check, self._rm = lives, check, rm

    def inspect_container(self, _name: str) -> dict[str, t.Any] | None:
        runs = self.clock.now < self._lives
        if self._rm and not runs:
            return None
        return {
            "Id": "1f" * 32,
            "Name": "/web",
            "HostConfig": {"NetworkMode": "default", "AutoRemove": self._rm},
            "Config": {"Healthcheck": self._check},
            "NetworkSettings": {"Ports": {}},  # as of every container that does not run
            "State": {
                "Status": "running" if runs else "exited",
                "ExitCode": 0 if runs else 3,
                "StartedAt": "2026-01-01T00:00:00Z",
                "Health": self._check and {"Status": "healthy"},
            },
        }

    def logs(self, _name: str, _lines: int) -> str:
        return "cannot open the database"

    def wait(self, **health: t.Any) -> float:
        """The seconds until it counts as healthy, with I(health) as an argument spec completes it."""
        given = {"path": health.pop("path", None), **with_defaults(health)}
        request = Request.of({"name": "web", "health": given}, check_mode=False)
        Steps(t.cast(t.Any, self), self.clock, request).take(Step("healthy", "1f" * 32, "web", ""))
        return self.clock.now


@pytest.mark.parametrize("health", [{}, {"timeout": 30}, {"successes": 2, "interval": 0.2}])
def test_without_anything_to_ask_it_has_to_run_for_a_second(health: dict[str, t.Any]) -> None:
    assert Started().wait(**health) == pytest.approx(1)
    with pytest.raises(NeverHealthy, match="exited with code 3"):
        Started(lives=0.7).wait(**health)


@pytest.mark.parametrize(
    ("health", "seconds"), [({"stable_for": 0.3}, 0.3), ({"stable_for": 3}, 3), ({"timeout": 0.8}, 0.4)]
)
def test_it_has_to_run_as_long_as_stated_and_no_longer_than_it_has_time_for(
    health: dict[str, t.Any], seconds: float
) -> None:
    assert Started().wait(**health) == pytest.approx(seconds)


def test_its_own_healthcheck_is_enough() -> None:
    assert Started(check=HEALTHCHECK).wait(timeout=30) == 0


@pytest.mark.parametrize(("rm", "reason"), [(False, "exited with code 3"), (True, "was removed")])
@pytest.mark.parametrize("health", [{}, {"path": "/ping", "expect_header": {"X-Version": "2"}}])
def test_one_that_has_ended_already_is_said_to_have(health: dict[str, t.Any], rm: bool, reason: str) -> None:
    started = Started(lives=0, rm=rm)
    with pytest.raises(NeverHealthy, match=reason) as failure:
        started.wait(**health)
    assert failure.value.message.endswith("\nlog: cannot open the database")
    assert started.clock.now == 0


def test_only_of_one_that_runs_it_is_said_that_it_publishes_no_port() -> None:
    with pytest.raises(NoPort):
        Started().wait(path="/ping")


@pytest.mark.parametrize("ends", [0.0, 0.5], ids=["at once", "soon"])
def test_name_of_a_container_with_rm_is_free_when_the_engine_has_removed_it(ends: float) -> None:
    steps, started = _renaming(rm=True, lives=ends)
    steps.take(FREE)
    assert started.clock.now == pytest.approx(ends, abs=0.1)


@pytest.mark.parametrize(("rm", "seconds"), [(False, 0), (True, 30)])
def test_name_that_does_not_get_free_is_an_error(rm: bool, seconds: float) -> None:
    steps, started = _renaming(rm=rm)
    with pytest.raises(EngineError, match="no such file"):
        steps.take(FREE)
    assert started.clock.now == pytest.approx(seconds, abs=0.1)


FREE = Step("free", "1f" * 32, "web-next", "")


def _renaming(**started: t.Any) -> tuple[Steps, Started]:
    """With an engine that refuses to rename, as one does for a moment while it removes the container."""

    class Refusing(Started):
        def rename(self, _ident: str, _name: str) -> None:
            raise EngineError("Cannot rename container: no such file or directory", 500)

    engine = Refusing(**started)
    return Steps(t.cast(t.Any, engine), engine.clock, Request.of({"name": "web"}, check_mode=False)), engine
