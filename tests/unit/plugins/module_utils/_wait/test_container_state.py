# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t

import pytest
from ansible_collections.zero.downtime.plugins.module_utils._wait.container_state import (
    facts_of,
    healthcheck_seconds,
    judge,
)
from ansible_collections.zero.downtime.plugins.module_utils._wait.verdict import Never, NotYet, Pass

Make = t.Callable[..., t.Dict[str, t.Any]]


@pytest.mark.parametrize(
    ("state", "verdict", "reason"),
    [
        ({}, Pass, "is running"),
        ({"health": "none"}, Pass, "running"),
        ({"health": "healthy"}, Pass, "running and healthy"),
        ({"health": "starting"}, NotYet, "has not passed yet"),
        ({"health": "starting", "output": "refused\n"}, NotYet, "has not passed yet: refused"),
        ({"health": "unhealthy", "output": "no route"}, Never, "failed its HEALTHCHECK: no route"),
        ({"status": "created"}, NotYet, "is created"),
        ({"status": "paused"}, NotYet, "is paused"),
        ({"status": "exited", "ExitCode": 3}, Never, "exited with code 3"),
        ({"status": "exited", "ExitCode": 127, "Error": "no such file"}, Never, "exited with code 127: no such file"),
        ({"status": "dead"}, Never, "is dead"),
        ({"status": "removing"}, Never, "is being removed"),
        ({"status": "restarting", "ExitCode": 1}, Never, "is restarting after exit code 1"),
        ({"status": "exited", "ExitCode": 137, "OOMKilled": True}, Never, "out of memory"),
        ({"OOMKilled": True, "health": "healthy"}, Never, "out of memory"),
        ({"status": ""}, NotYet, "is unknown"),
    ],
)
def test_a_state_is_judged_for_what_waiting_can_do(
    container: Make, state: dict[str, t.Any], verdict: type, reason: str
) -> None:
    judged = judge(container(**state), None)
    assert isinstance(judged, verdict)
    assert reason in judged.reason


@pytest.mark.parametrize(
    ("now", "reason"),
    [
        ({"restarts": 1}, "restart count 1"),
        ({"StartedAt": "2026-01-01T00:00:09Z"}, "restarted during the wait"),
        ({"id": "2e" * 32}, "2e2e2e2e2e2e instead of 1f1f1f1f1f1f"),
    ],
)
def test_a_container_that_is_not_the_one_of_the_beginning_fails(
    container: Make, now: dict[str, t.Any], reason: str
) -> None:
    judged = judge(container(**now), container())
    assert isinstance(judged, Never)
    assert reason in judged.reason


LIVED_BEFORE = {"FinishedAt": "2025-12-31T23:00:00Z"}


@pytest.mark.parametrize(
    ("now", "first"),
    [
        ({}, None),
        ({}, {"OOMKilled": True}),
        ({"health": "healthy"}, {"OOMKilled": True, "health": "starting"}),
    ],
)
def test_running_out_of_memory_in_an_earlier_life_does_not_count(
    container: Make, now: dict[str, t.Any], first: dict[str, t.Any] | None
) -> None:
    """Docker before 24.0 remembers it when the container is started again."""
    before = None if first is None else container(**LIVED_BEFORE, **first)
    assert isinstance(judge(container(OOMKilled=True, **LIVED_BEFORE, **now), before), Pass)


@pytest.mark.parametrize(
    ("now", "first"),
    [
        (LIVED_BEFORE, LIVED_BEFORE),
        ({"status": "exited", "ExitCode": 137, **LIVED_BEFORE}, {"OOMKilled": True, **LIVED_BEFORE}),
        ({"status": "restarting", "ExitCode": 137, **LIVED_BEFORE}, None),
        ({"FinishedAt": "0001-01-01T00:00:00Z"}, None),
    ],
)
def test_running_out_of_memory_in_this_life_counts(
    container: Make, now: dict[str, t.Any], first: dict[str, t.Any] | None
) -> None:
    judged = judge(container(OOMKilled=True, **now), None if first is None else container(**first))
    assert isinstance(judged, Never)
    assert "out of memory" in judged.reason


def test_restarts_before_the_wait_do_not_count(container: Make) -> None:
    assert isinstance(judge(container(restarts=4), container(restarts=4)), Pass)


def test_the_first_start_of_a_created_container_is_no_restart(container: Make) -> None:
    before = container(status="created", StartedAt="0001-01-01T00:00:00Z")
    assert isinstance(judge(container(), before), Pass)


def test_a_container_not_there_yet_may_come_and_one_that_is_gone_never_will(container: Make) -> None:
    assert isinstance(judge(None, None), NotYet)
    assert isinstance(judge(None, container()), Never)


def test_facts_are_empty_for_no_container_and_complete_for_a_bare_one() -> None:
    assert facts_of(None) == {}
    assert facts_of({})["status"] == "unknown"
    assert facts_of({})["health"] == "none"


SECOND = 1_000_000_000


@pytest.mark.parametrize(
    ("check", "seconds"),
    [
        (None, None),
        ({"Test": ["NONE"]}, None),
        ({"Test": []}, None),
        ({"Test": ["CMD", "true"]}, 180),
        ({"Test": ["CMD", "true"], "Interval": 0, "Timeout": 0, "Retries": 0, "StartPeriod": 0}, 180),
        ({"Test": ["CMD", "true"], "Interval": 2 * SECOND, "Timeout": SECOND, "Retries": 5}, 15),
        ({"Test": ["CMD", "true"], "Interval": SECOND // 2, "Timeout": SECOND, "StartPeriod": 10 * SECOND}, 14.5),
    ],
)
def test_a_healthcheck_may_take_its_start_and_all_its_retries(
    container: Make, check: dict[str, t.Any] | None, seconds: float | None
) -> None:
    assert healthcheck_seconds(container(check=check)) == seconds
