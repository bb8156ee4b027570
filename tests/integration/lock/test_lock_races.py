# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many processes, one lock. Each process is a rollout of its own; some are killed on the way."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import time
import typing as t
from pathlib import Path

import pytest
from ansible_collections.zero.downtime.plugins.module_utils._clock import Clock
from ansible_collections.zero.downtime.plugins.module_utils._lock.decide import Held, LockRequest
from ansible_collections.zero.downtime.plugins.module_utils._lock.lock import carry_out

fork = multiprocessing.get_context("fork")
PATIENCE = 60.0


def ask(state_dir: Path, state: str, token: str, *, timeout: float = 0, ttl: float = 900) -> dict[str, t.Any]:
    request = LockRequest("hello", state, token=token, owner=token, ttl=ttl)
    return carry_out(request, state_dir=str(state_dir), timeout=timeout, clock=Clock()).as_dict()


def at_once(count: int, work: t.Callable[[int], t.Any]) -> list[t.Any]:
    """What I(count) processes got from I(work), started together; C(None) for those who found it held."""
    barrier, results = fork.Barrier(count), fork.Queue()

    def run(number: int) -> None:
        barrier.wait(PATIENCE)
        try:
            results.put(work(number))
        except Held:
            results.put(None)
        except BaseException as error:
            results.put(error)

    processes = [fork.Process(target=run, args=(number,)) for number in range(count)]
    for process in processes:
        process.start()
    got = [results.get(timeout=PATIENCE) for _process in processes]
    for process in processes:
        process.join(PATIENCE)
    for error in got:
        if isinstance(error, BaseException):
            raise error
    return got


def test_of_many_who_want_a_free_lock_one_gets_it(tmp_path: Path) -> None:
    for attempt in range(10):
        folder = tmp_path / str(attempt)
        got = at_once(12, lambda number, folder=folder: ask(folder, "held", f"t{number}"))
        assert len([result for result in got if result]) == 1


def test_of_many_who_find_it_stale_one_takes_it_over(tmp_path: Path) -> None:
    for attempt in range(5):
        folder = tmp_path / str(attempt)
        ask(folder, "held", "dead", ttl=1)
        time.sleep(1.1)
        got = [
            result for result in at_once(12, lambda number, folder=folder: ask(folder, "held", f"t{number}")) if result
        ]
        assert [result["taken_over_from"]["owner"] for result in got] == ["dead"]


def test_those_who_wait_get_it_one_after_the_other(tmp_path: Path) -> None:
    inside = tmp_path / "inside"

    def rollout(number: int) -> bool:
        ask(tmp_path, "held", f"t{number}", timeout=PATIENCE)
        inside.mkdir()  # fails when somebody else is inside
        time.sleep(0.02)
        inside.rmdir()
        return bool(ask(tmp_path, "released", f"t{number}")["changed"])

    assert at_once(8, rollout) == [True] * 8


def test_refreshes_of_the_holder_and_attempts_of_others_never_lose_the_lock(tmp_path: Path) -> None:
    ask(tmp_path, "held", "t0")

    def work(number: int) -> bool:
        for _turn in range(100):
            if number == 0:
                assert ask(tmp_path, "refreshed", "t0")["held"]
            else:
                with pytest.raises(Held):
                    ask(tmp_path, "held", f"t{number}")
                assert not ask(tmp_path, "released", f"t{number}")["changed"]
        return True

    assert at_once(6, work) == [True] * 6


def test_one_killed_at_any_moment_leaves_a_lock_that_others_can_read_and_outlive(tmp_path: Path) -> None:
    seed = time.time_ns()
    print(f"seed {seed}")
    chance = random.Random(seed)  # noqa: S311

    def busy() -> None:
        while True:
            ask(tmp_path, "held", "victim", ttl=1)
            ask(tmp_path, "released", "victim")

    for _turn in range(40):
        process = fork.Process(target=busy)
        process.start()
        time.sleep(chance.uniform(0.01, 0.06))
        os.kill(t.cast(int, process.pid), signal.SIGKILL)
        process.join()
        files = {path.name for path in (tmp_path / "locks").glob("*")}
        assert files <= {"hello.json", "hello.guard", "hello.new"}, f"seed {seed}"
        ask(tmp_path, "released", "victim")
    ask(tmp_path, "held", "victim", ttl=1)
    assert ask(tmp_path, "held", "heir", timeout=10)["taken_over_from"]["owner"] == "victim"
