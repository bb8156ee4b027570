# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import socket
import sys
import threading
import typing as t

import pytest
from ansible_collections.zero.downtime.plugins.module_utils._errors import ZeroDowntimeError
from ansible_collections.zero.downtime.plugins.module_utils._wait import health
from ansible_collections.zero.downtime.plugins.module_utils._wait.health import (
    NeverHealthy,
    NotHealthyInTime,
    Schedule,
    wait,
    wait_until_healthy,
)
from ansible_collections.zero.downtime.plugins.module_utils._wait.probes.kind import BadHealthOptions
from ansible_collections.zero.downtime.plugins.module_utils._wait.probes.url import LibraryMissing
from ansible_collections.zero.downtime.plugins.module_utils._wait.verdict import Never, NotYet, Observation, Pass

if t.TYPE_CHECKING:
    from conftest import FakeClock, FakeEngine

Make = t.Callable[..., t.Dict[str, t.Any]]

P, N, X = Pass("ok"), NotYet("refused"), Never("exited")


class Scripted:
    """A probe that reports what I(script) holds, the last of it for ever; each attempt takes I(takes) seconds."""

    def __init__(self, clock: FakeClock, *script: t.Any, takes: float = 0.0) -> None:
        self.clock, self.script, self.takes = clock, list(script), takes
        self.asked_at: list[float] = []
        self.within: list[float] = []

    def observe(self, within: float) -> Observation:
        self.asked_at.append(round(self.clock.now - 1000, 3))
        self.within.append(round(within, 3))
        self.clock.now += min(self.takes, within)
        return Observation("probe", self.script.pop(0) if len(self.script) > 1 else self.script[0])


def test_what_is_healthy_already_costs_no_pause(clock: FakeClock) -> None:
    outcome = wait([Scripted(clock, P)], Schedule(), clock)
    assert (outcome.attempts, clock.slept) == (1, [])


def test_it_asks_often_in_the_first_second_and_then_at_the_interval(clock: FakeClock) -> None:
    probe = Scripted(clock, *[N] * 8, P)
    wait([probe], Schedule(interval=0.5), clock)
    assert probe.asked_at == [0, 0.05, 0.1, 0.2, 0.4, 0.6, 1.0, 1.5, 2.0]


def test_a_short_interval_is_kept_from_the_start(clock: FakeClock) -> None:
    probe = Scripted(clock, N, N, N, P)
    wait([probe], Schedule(interval=0.05), clock)
    assert probe.asked_at == [0, 0.05, 0.1, 0.15]


def test_the_last_attempt_is_when_the_time_is_up_and_is_reported(clock: FakeClock) -> None:
    probe = Scripted(clock, N)
    with pytest.raises(NotHealthyInTime) as failed:
        wait([probe], Schedule(timeout=2.2), clock)
    assert probe.asked_at[-1] == 2.2
    assert "not healthy within 2.2 s" in failed.value.message
    assert "last: probe refused. If" in failed.value.message
    assert failed.value.details["attempts"] == len(probe.asked_at)
    assert failed.value.details["elapsed"] == 2.2
    assert failed.value.details["last"] == [{"probe": "probe", "passed": False, "reason": "refused"}]


def test_healthy_at_the_very_last_attempt_is_healthy(clock: FakeClock) -> None:
    probe = Scripted(clock, *[N] * 7, P)
    wait([probe], Schedule(timeout=1.2), clock)
    assert probe.asked_at[-1] == 1.2


def test_an_attempt_never_takes_much_longer_than_the_time_left(clock: FakeClock) -> None:
    probe = Scripted(clock, N, takes=60)
    with pytest.raises(NotHealthyInTime):
        wait([probe], Schedule(timeout=7, request_timeout=5), clock)
    assert probe.within == [5, 1.95]
    assert clock.now - 1000 == pytest.approx(7)


def test_the_hopeless_fails_at_once(clock: FakeClock) -> None:
    with pytest.raises(NeverHealthy) as failed:
        wait([Scripted(clock, N, X)], Schedule(timeout=600), clock)
    assert failed.value.details["elapsed"] == 0.05
    assert "probe exited" in failed.value.message


@pytest.mark.parametrize(
    ("script", "attempts"),
    [([P], 3), ([P, P, N, P], 6), ([N, P, N, P, P, N, P], 9)],
)
def test_successes_count_only_in_a_row(clock: FakeClock, script: list[t.Any], attempts: int) -> None:
    assert wait([Scripted(clock, *script)], Schedule(successes=3), clock).attempts == attempts


def test_successes_are_an_interval_apart(clock: FakeClock) -> None:
    probe = Scripted(clock, P)
    wait([probe], Schedule(successes=3, interval=0.5), clock)
    assert probe.asked_at == [0, 0.5, 1.0]


def test_stable_for_is_watched_to_its_end(clock: FakeClock) -> None:
    probe = Scripted(clock, P)
    outcome = wait([probe], Schedule(stable_for=1.2, interval=0.5), clock)
    assert probe.asked_at == [0, 0.5, 1.0, 1.2]
    assert outcome.elapsed == pytest.approx(1.2)


def test_a_failure_starts_stable_for_again(clock: FakeClock) -> None:
    probe = Scripted(clock, P, P, N, P)
    outcome = wait([probe], Schedule(stable_for=1, interval=0.5), clock)
    assert probe.asked_at[2:4] == [1.0, 1.05]
    assert outcome.elapsed == pytest.approx(2.05)


def test_not_stable_long_enough_is_reported(clock: FakeClock) -> None:
    with pytest.raises(NotHealthyInTime) as failed:
        wait([Scripted(clock, *[N] * 7, P)], Schedule(stable_for=2, timeout=3), clock)
    assert "probe ok, but not yet for 2 s" in failed.value.message


def test_all_must_pass_in_one_round_and_a_failed_one_ends_the_round(clock: FakeClock) -> None:
    first, second = Scripted(clock, N, P, N, P), Scripted(clock, N, P)
    outcome = wait([first, second], Schedule(), clock)
    assert outcome.attempts == 4
    assert len(second.asked_at) == 2
    assert [seen.probe for seen in outcome.last] == ["probe", "probe"]


class TestWaitUntilHealthy:
    def test_bad_options_are_refused_before_any_attempt(self, clock: FakeClock) -> None:
        with pytest.raises(BadHealthOptions):
            wait_until_healthy({"tcp": "192.0.2.7:80", "stable_for": 9, "timeout": 9}, clock=clock)

    def test_a_container_needs_an_engine_to_ask(self, clock: FakeClock) -> None:
        with pytest.raises(BadHealthOptions, match="no container engine"):
            wait_until_healthy({"container": "app"}, clock=clock)

    def test_a_healthy_container_passes_with_its_facts(
        self, clock: FakeClock, engine_of: type[FakeEngine], container: Make
    ) -> None:
        engine = engine_of(container(health="starting"), container(health="starting"), container(health="healthy"))
        outcome = wait_until_healthy({"container": "app"}, containers=engine, clock=clock)
        assert outcome.as_dict()["container"]["health"] == "healthy"
        assert outcome.as_dict()["last"][0]["reason"] == "is running and healthy"

    def test_an_exit_tells_code_and_last_lines_but_not_the_whole_log(
        self, clock: FakeClock, engine_of: type[FakeEngine], container: Make
    ) -> None:
        log = "\n".join(f"line {number}" for number in range(30))
        engine = engine_of(container(), container(), container("exited", ExitCode=3), log=log)
        with pytest.raises(NeverHealthy) as failed:
            wait_until_healthy({"container": "app", "stable_for": 5}, containers=engine, clock=clock)
        assert "container app exited with code 3" in failed.value.message
        assert failed.value.message.endswith("\nlog: line 28\nlog: line 29")
        assert failed.value.details["last_log"] == [f"line {number}" for number in range(10, 30)]
        assert failed.value.details["container"]["exit_code"] == 3

    def test_a_removed_container_fails_though_its_log_is_gone(
        self, clock: FakeClock, engine_of: type[FakeEngine], container: Make
    ) -> None:
        class Forgetful(engine_of):  # type: ignore[misc,valid-type]
            def logs(self, name: str, lines: int) -> str:
                raise ZeroDowntimeError("no such container")

        with pytest.raises(NeverHealthy, match="container app was removed") as failed:
            wait_until_healthy(
                {"container": "app", "successes": 2},
                containers=Forgetful(container(), container(), None),
                clock=clock,
            )
        assert failed.value.details["last_log"] == []

    def test_a_log_that_hangs_does_not_keep_the_failure_from_being_told(
        self, clock: FakeClock, engine_of: type[FakeEngine], container: Make, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        enough = threading.Event()

        class Hung(engine_of):  # type: ignore[misc,valid-type]
            def logs(self, name: str, lines: int) -> str:
                enough.wait(60)
                return "too late"

        monkeypatch.setattr(health, "LOG_TIMEOUT", 0.1)
        with pytest.raises(NeverHealthy, match="exited with code 3") as failed:
            wait_until_healthy({"container": "app"}, containers=Hung(container("exited", ExitCode=3)), clock=clock)
        enough.set()
        assert failed.value.details["last_log"] == []

    def test_an_engine_that_is_away_for_a_while_is_waited_for(
        self, clock: FakeClock, engine_of: type[FakeEngine], container: Make
    ) -> None:
        away = ZeroDowntimeError("cannot reach the engine")
        engine = engine_of(container(), away, away, container())
        assert wait_until_healthy({"container": "app"}, containers=engine, clock=clock).attempts == 3

    @pytest.mark.parametrize(
        ("options", "seconds"),
        [
            ({}, 3 * (2 + 1) + 5),
            ({"stable_for": 7}, 3 * (2 + 1) + 5 + 7),
            ({"timeout": 4}, 4),
        ],
    )
    def test_the_timeout_comes_from_the_healthcheck_unless_stated(
        self,
        clock: FakeClock,
        engine_of: type[FakeEngine],
        container: Make,
        options: dict[str, t.Any],
        seconds: float,
    ) -> None:
        check = {"Test": ["CMD", "true"], "Interval": 2_000_000_000, "Timeout": 1_000_000_000, "Retries": 3}
        engine = engine_of(container(health="starting", check=check))
        with pytest.raises(NotHealthyInTime):
            wait_until_healthy({"container": "app", **options}, containers=engine, clock=clock)
        assert clock.now - 1000 == pytest.approx(seconds)

    def test_without_a_healthcheck_the_timeout_is_a_minute(
        self, clock: FakeClock, engine_of: type[FakeEngine], container: Make
    ) -> None:
        with pytest.raises(NotHealthyInTime):
            wait_until_healthy({"container": "app"}, containers=engine_of(container("created")), clock=clock)
        assert clock.now - 1000 == pytest.approx(60)

    def test_many_successes_fit_into_the_default_timeout(
        self, clock: FakeClock, engine_of: type[FakeEngine], container: Make
    ) -> None:
        options = {"container": "app", "successes": 200, "interval": 0.5, "stable_for": 10}
        outcome = wait_until_healthy(options, containers=engine_of(container()), clock=clock)
        assert outcome.elapsed == pytest.approx(99.5)
        with pytest.raises(NotHealthyInTime):
            wait_until_healthy(options, containers=engine_of(container("created")), clock=clock)
        assert clock.now - 1000 - outcome.elapsed == pytest.approx(60 + 99.5)

    def test_a_dead_container_ends_the_wait_for_its_port(
        self, clock: FakeClock, engine_of: type[FakeEngine], container: Make
    ) -> None:
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            options = {"container": "app", "tcp": f"127.0.0.1:{unused.getsockname()[1]}"}
            engine = engine_of(container(), container(), container("exited", ExitCode=1))
            with pytest.raises(NeverHealthy) as failed:
                wait_until_healthy(options, containers=engine, clock=clock)
        assert failed.value.details["attempts"] == 2

    def test_missing_requests_is_reported_before_the_first_attempt(
        self, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(sys.modules, "requests", None)
        with pytest.raises(LibraryMissing, match="python3-requests"):
            wait_until_healthy({"url": "http://192.0.2.7/"}, clock=clock)
