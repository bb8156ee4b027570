# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import fcntl
import json
import os
import typing as t
from pathlib import Path

import pytest
from ansible_collections.zero.downtime.plugins.module_utils._clock import Clock
from ansible_collections.zero.downtime.plugins.module_utils._lock.decide import Held, LockRequest, Lost
from ansible_collections.zero.downtime.plugins.module_utils._lock.lock import Outcome, carry_out
from ansible_collections.zero.downtime.plugins.module_utils._lock.store import StoreError


class FakeClock(Clock):
    """I(at): what happens while somebody sleeps, by the time at which it does."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.at: list[tuple[float, t.Callable[[], t.Any]]] = []

    def monotonic(self) -> float:
        return self.now

    def wall(self) -> float:
        return 1_800_000_000.0

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        while self.at and self.at[0][0] <= self.now:
            self.at.pop(0)[1]()


class Host:
    def __init__(self, folder: Path) -> None:
        self.state_dir = folder / "state"
        self.file = self.state_dir / "locks" / "hello.json"
        self.clock = FakeClock()

    def __call__(
        self, state: str, token: str, *, timeout: float = 0, check_mode: bool = False, **more: t.Any
    ) -> Outcome:
        request = LockRequest("hello", state, token=token, owner=f"owner of {token}", **{"ttl": 100, **more})
        return carry_out(
            request, state_dir=str(self.state_dir), timeout=timeout, clock=self.clock, check_mode=check_mode
        )


@pytest.fixture
def lock(tmp_path: Path) -> Host:
    return Host(tmp_path)


def test_it_is_taken_refreshed_and_released(lock: Host) -> None:
    taken = lock("held", "a").as_dict()
    assert (taken["changed"], taken["held"], taken["lock"]["owner"]) == (True, True, "owner of a")
    lock.clock.now += 50
    assert lock("refreshed", "a").as_dict()["lock"]["age"] == 0
    released = lock("released", "a").as_dict()
    assert (released["changed"], released["held"], released["lock"]) == (True, False, {})
    assert not lock.file.exists()


def test_the_same_keys_are_returned_always(lock: Host) -> None:
    results = [lock(state, "a").as_dict() for state in ("held", "held", "refreshed", "released", "released")]
    assert len({tuple(result) for result in results}) == 1
    assert [result["changed"] for result in results] == [True, False, False, True, False]


def test_nobody_else_can_read_it(lock: Host) -> None:
    old = os.umask(0)
    try:
        lock("held", "a")
    finally:
        os.umask(old)
    assert {path.stat().st_mode & 0o777 for path in (lock.state_dir, lock.file.parent)} == {0o700}
    assert {path.stat().st_mode & 0o777 for path in lock.file.parent.iterdir()} == {0o600}


def test_it_waits_for_a_release(lock: Host) -> None:
    lock("held", "a")
    lock.clock.at = [(1007, lambda: lock("released", "a"))]
    outcome = lock("held", "b", timeout=30)
    assert outcome.waited == pytest.approx(7, abs=0.5)
    assert outcome.as_dict()["taken_over_from"] == {}


def test_it_waits_until_a_dead_one_is_stale(lock: Host) -> None:
    lock("held", "a")
    outcome = lock("held", "b", timeout=300).as_dict()
    assert 100 < outcome["waited"] <= 101
    assert outcome["taken_over_from"]["owner"] == "owner of a"


def test_a_refreshed_one_outlives_the_wait(lock: Host) -> None:
    lock("held", "a")
    lock.clock.at = [(1000 + second, lambda: lock("refreshed", "a")) for second in range(60, 600, 60)]
    with pytest.raises(Held, match="owner of a has been rolling out hello") as refused:
        lock("held", "b", timeout=300)
    assert refused.value.details["waited"] == 300
    assert refused.value.details["lock"]["age"] == 0


def test_without_a_timeout_it_fails_at_once(lock: Host) -> None:
    lock("held", "a")
    with pytest.raises(Held):
        lock("held", "b")
    assert lock.clock.now == 1000


def test_the_one_taken_over_learns_it_at_its_next_refresh_and_releases_nothing(lock: Host) -> None:
    lock("held", "a")
    lock.clock.now += 101
    lock("held", "b")
    with pytest.raises(Lost, match="owner of b took it over"):
        lock("refreshed", "a")
    assert lock("released", "a").as_dict()["lock"]["owner"] == "owner of b"
    assert lock("refreshed", "b").as_dict()["held"]


def test_check_mode_says_the_same_and_writes_nothing(lock: Host) -> None:
    foretold = lock("held", "a", check_mode=True)
    assert not lock.state_dir.exists()
    assert foretold.as_dict() == lock("held", "a").as_dict()
    before = lock.file.read_bytes()
    assert lock("released", "a", check_mode=True).as_dict()["changed"]
    assert lock.file.read_bytes() == before


def test_a_release_of_nothing_leaves_nothing_behind(lock: Host) -> None:
    assert not lock("released", "a").as_dict()["changed"]
    assert not lock.state_dir.exists()


def test_the_diff_names_owners(lock: Host) -> None:
    assert lock("held", "a").diff == {"before": {}, "after": {"owner": "owner of a"}}
    assert lock("held", "a").diff == {"before": {"owner": "owner of a"}, "after": {"owner": "owner of a"}}
    assert lock("released", "a").diff == {"before": {"owner": "owner of a"}, "after": {}}


@pytest.mark.parametrize("content", ["", "{", "[]", "null", '{"format": 1}', "\x00\x00"])
def test_what_is_no_lock_is_taken_over(lock: Host, content: str) -> None:
    lock.file.parent.mkdir(parents=True)
    lock.file.write_text(content)
    assert lock("held", "a").as_dict()["taken_over_from"]["owner"] == "unknown (the file is unreadable)"


def test_a_lock_of_another_format_is_left_alone(lock: Host) -> None:
    lock("held", "a")
    lock.file.write_text(json.dumps({**json.loads(lock.file.read_text()), "format": 2}))
    with pytest.raises(StoreError, match="format 2"):
        lock("held", "b", force=True)


def test_a_guard_that_is_stuck_is_told(lock: Host) -> None:
    lock("held", "a")
    with (lock.file.parent / "hello.guard").open() as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        lock.clock.now += 1
        with pytest.raises(StoreError, match="is it stopped"):
            lock("refreshed", "a")


def test_a_folder_that_cannot_be_made_is_told(lock: Host) -> None:
    lock.state_dir.write_text("not a folder")
    with pytest.raises(StoreError, match="Cannot"):
        lock("held", "a")


def test_who_may_not_write_there_is_told_what_to_do(lock: Host, no_longer_root: t.Any) -> None:
    lock.state_dir.parent.chmod(0o500)
    with no_longer_root(), pytest.raises(StoreError, match=r"Permission denied.*; run this as root \(become\)"):
        lock("held", "a")


def test_a_link_in_the_place_of_a_file_is_not_followed(lock: Host, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious")
    lock.file.parent.mkdir(parents=True)
    (lock.file.parent / "hello.new").symlink_to(victim)
    with pytest.raises(StoreError, match="Cannot write"):
        lock("held", "a")
    assert victim.read_text() == "precious"
