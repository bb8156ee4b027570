# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import dataclasses
import typing as t

import pytest
from ansible_collections.zero.downtime.plugins.module_utils._lock.decide import (
    BadRequest,
    Held,
    LockRequest,
    Lost,
    check,
    decide,
)
from ansible_collections.zero.downtime.plugins.module_utils._lock.record import Moment, Record

NOW = Moment("boot-1", 5000.0, 1_800_000_000.0)
HELD = LockRequest("hello", "held", "mine", "me", ttl=100)
REFRESHED = dataclasses.replace(HELD, state="refreshed")
RELEASED = dataclasses.replace(HELD, state="released")


def record(token: str, age: float = 10, **changes: t.Any) -> Record:
    refreshed = Moment("boot-1", NOW.monotonic - age, NOW.wall - age)
    return dataclasses.replace(Record("hello", "alice", token, 100, NOW.wall - 500, refreshed), **changes)


def test_a_free_lock_is_taken() -> None:
    decision = decide(None, HELD, NOW)
    assert decision.after == Record("hello", "me", "mine", 100, NOW.wall, NOW)
    assert (decision.action, decision.changed) == ("take the lock of hello", True)


@pytest.mark.parametrize("age", [10, 1000])
def test_taking_what_one_has_refreshes_it_and_changes_nothing(age: float) -> None:
    decision = decide(record("mine", age=age), HELD, NOW)
    assert decision.after is not None
    assert (decision.after.since, decision.after.refreshed) == (NOW.wall - 500, NOW)
    assert (decision.changed, decision.taken_over) == (False, None)


@pytest.mark.parametrize("age", [0, 100])
def test_a_live_lock_of_somebody_else_is_respected(age: float) -> None:
    with pytest.raises(Held, match="alice has been rolling out hello since 2027") as refused:
        decide(record("other", age=age), HELD, NOW)
    assert refused.value.details["lock"]["owner"] == "alice"
    assert "other" not in str(refused.value.details)


def test_a_stale_lock_is_taken_over_with_its_owner_named() -> None:
    stale = record("other", age=101)
    decision = decide(stale, HELD, NOW)
    assert decision.after is not None
    assert decision.after.owner == "me"
    assert decision.taken_over == stale
    assert decision.action == "take over the lock of hello from alice, not refreshed for 101 s"


def test_force_takes_a_live_lock() -> None:
    decision = decide(record("other"), dataclasses.replace(HELD, force=True), NOW)
    assert decision.changed
    assert decision.action.endswith("by force")


def test_a_refresh_keeps_owner_and_since() -> None:
    decision = decide(record("mine"), REFRESHED, NOW)
    assert decision.after == record("mine", refreshed=NOW)
    assert not decision.changed


@pytest.mark.parametrize(
    ("found", "said"),
    [(None, "it was released by force. This rollout stops here"), (record("other"), "alice took it over")],
)
def test_a_refresh_of_what_is_not_ours_fails(found: Record | None, said: str) -> None:
    with pytest.raises(Lost, match=said):
        decide(found, REFRESHED, NOW)


def test_ours_is_released_and_a_free_one_needs_nothing() -> None:
    assert decide(record("mine"), RELEASED, NOW).after is None
    assert decide(record("mine"), RELEASED, NOW).changed
    assert not decide(None, RELEASED, NOW).changed


def test_somebody_else_s_is_released_only_by_force() -> None:
    theirs = record("other")
    assert decide(theirs, RELEASED, NOW).after == theirs
    assert not decide(theirs, RELEASED, NOW).changed
    forced = decide(theirs, dataclasses.replace(RELEASED, token="", force=True), NOW)
    assert (forced.after, forced.taken_over, forced.changed) == (None, theirs, True)


class TestAge:
    @pytest.mark.parametrize("jump", [-1e9, -3600, 3600, 1e9])
    def test_the_wall_clock_may_jump(self, jump: float) -> None:
        now = dataclasses.replace(NOW, wall=NOW.wall + jump)
        assert record("other", age=10).age(now) == 10

    def test_after_a_boot_it_is_as_old_as_the_boot_at_least(self) -> None:
        before = record("other", age=10)
        assert before.age(Moment("boot-2", 30.0, NOW.wall + 99_999)) == 30
        assert not before.stale(Moment("boot-2", 99.0, NOW.wall))
        assert before.stale(Moment("boot-2", 101.0, NOW.wall))

    def test_a_monotonic_clock_that_went_back_is_a_boot(self) -> None:
        assert record("other", refreshed=Moment("", 5000.0, 0)).age(Moment("", 40.0, 0)) == 40


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"service": "../etc/passwd"}, "service"),
        ({"service": "a/b"}, "service"),
        ({"service": ""}, "service"),
        ({"service": ".hidden"}, "service"),
        ({"service": "a\n"}, "service"),
        ({"service": "a" * 200}, "service"),
        ({"token": ""}, "token"),
        ({"owner": ""}, "owner"),
        ({"ttl": 0}, "ttl"),
        ({"ttl": float("nan")}, "ttl"),
        ({"state": "released", "token": ""}, "token"),
        ({"state": "held", "token": "", "force": True}, "token"),
    ],
)
def test_nonsense_is_refused(changes: dict[str, t.Any], said: str) -> None:
    with pytest.raises(BadRequest, match=said):
        check(dataclasses.replace(HELD, **changes), 0)


def test_a_negative_timeout_is_refused_and_force_releases_without_a_token() -> None:
    with pytest.raises(BadRequest, match="timeout"):
        check(HELD, -1)
    check(LockRequest("hello-1.eu", "released", force=True), 0)


def test_a_record_survives_json_and_what_is_none_is_refused() -> None:
    assert Record.from_json(record("mine").as_json()) == record("mine")
    for data in (None, [], {}, {"service": "hello"}, {**record("mine").as_json(), "refreshed": {}}):
        with pytest.raises(ValueError, match="not a lock"):
            Record.from_json(data)


OURS = dataclasses.replace(HELD, token="ctrl/4-40/uuid-a", alive=("3-30", "4-40"))


def test_the_lock_of_a_dead_run_of_the_same_controller_is_taken_over_at_once() -> None:
    decision = decide(record("ctrl/2-20/uuid-b"), OURS, NOW)
    assert decision.changed
    assert decision.action == "take over the lock of hello from alice, whose process is gone"


@pytest.mark.parametrize(
    ("token", "asked"),
    [
        ("ctrl/3-30/uuid-b", OURS),  # alive
        ("ctrl/5-50/uuid-b", OURS),  # began after we counted who is alive
        ("other/2-20/uuid-b", OURS),  # of another controller
        ("/2-20/uuid-b", dataclasses.replace(OURS, token="/4-40/uuid-a")),  # controllers without /proc
        ("ctrl//uuid-b", OURS),
        ("uuid-b", OURS),
        ("ctrl/2-20/uuid-b", dataclasses.replace(OURS, alive=None)),
    ],
)
def test_any_other_lock_that_is_refreshed_is_respected(token: str, asked: LockRequest) -> None:
    with pytest.raises(Held):
        decide(record(token), asked, NOW)
