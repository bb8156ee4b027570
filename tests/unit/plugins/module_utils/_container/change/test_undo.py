# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Killed or failing at every step of a swap, and again while the next run recovers."""

from __future__ import annotations

import itertools
import typing as t
from pathlib import Path

import pytest
from ansible_collections.zero.downtime.plugins.module_utils._container.change.journal import StateError, Store
from ansible_collections.zero.downtime.plugins.module_utils._container.change.steps import Steps
from ansible_collections.zero.downtime.plugins.module_utils._container.change.undo import SwapFailed
from ansible_collections.zero.downtime.plugins.module_utils._container.engine.client import EngineError
from ansible_collections.zero.downtime.plugins.module_utils._errors import ZeroDowntimeError
from ansible_collections.zero.downtime.tests.unit.plugins.module_utils._container.change.fakes import (
    NEVER,
    REPOSITORY,
    SLOTS,
    Host,
)


def _begin(folder: Path, settings: dict[str, t.Any]) -> Host:
    host = Host(folder)
    host.ask("a3", restart_policy="always", **settings)
    host.ask("a1", **settings)
    return host


KILLED: dict[str, dict[str, t.Any]] = {
    "good": {"tag": "a2"},
    "bad": {"tag": "bad"},
    "previous": {"state": "previous"},
    "absent": {"state": "absent"},
}


MOST_CHANGES = 16


@pytest.mark.parametrize("settings", [{}, SLOTS], ids=["stop first", "slots"])
@pytest.mark.parametrize("then", ["a1", "a2", "a3"])
@pytest.mark.parametrize("killed", KILLED)
def test_next_run_converges_wherever_the_last_was_killed(
    tmp_path: Path, killed: str, then: str, settings: dict[str, t.Any]
) -> None:
    """Even if that next run is killed as well: the third one makes it."""
    points = 0
    for at, after in itertools.product(range(1, MOST_CHANGES), (False, True)):
        host = _begin(tmp_path / f"{at} {after}", settings)
        if not host.dies(at, after, **{**KILLED[killed], **settings}):
            break
        points += 1
        host.dies(1 + at % 4, not after, tag=then, **settings)
        host.ask(then, **({} if killed != "absent" else {"restart_policy": "always"}), **settings)
        _one_runs_and_nothing_is_left(host, then, at, after)
        assert not host.ask(then, **settings)["changed"]
    assert points >= 4


def _one_runs_and_nothing_is_left(host: Host, version: str, *where: t.Any) -> None:
    state = host.engine.state()
    running = [name for name, what in state.items() if what.endswith("running")]
    assert [state[name] for name in running] == [f"{version} running"], (where, state)
    assert len(state) <= 2, (where, state)
    assert not [name for name in state if "next" in name], (where, state)
    assert host.engine.policy(running[0]) == "always", (where, state)
    assert all(host.engine.policy(name) == "no" for name in state if name not in running), (where, state)
    assert host.store.open_change() is None


@pytest.mark.parametrize("after", [False, True])
def test_container_with_rm_survives_a_kill_too(tmp_path: Path, after: bool) -> None:
    points = 0
    for at in range(1, MOST_CHANGES):
        host = Host(tmp_path / str(at))
        host.ask("a1", auto_remove=True, env={"PASSWORD": "correct horse"})
        if not host.dies(at, after, tag="bad"):
            break
        points += 1
        host.dies(1, not after, tag="a1")
        result = host.ask("a1")
        container = host.engine.inspect_container("web")
        assert host.engine.state() == {"web": "a1 running"}, (at, result)
        assert container is not None
        assert "PASSWORD=correct horse" in container["Config"]["Env"]
    assert points >= 4


@pytest.mark.parametrize("at", range(1, 8))
def test_running_module_waits_for_an_engine_that_restarts(host: Host, at: int) -> None:
    """Whichever call finds it away: the old version is back at the end, or the new one is there."""
    host.ask("a1", restart_policy="always")
    host.engine.changes, host.engine.away_at, host.engine.away_for = 0, at, 5
    with pytest.raises(SwapFailed, match=r"is back$") as failure:
        host.ask("a2")
    assert failure.value.details["rolled_back"] is True
    assert host.engine.state() == {"web": "a1 running"}
    assert host.engine.policy("web") == "always"


def test_engine_that_stays_away_leaves_the_journal_to_the_next_run(host: Host) -> None:
    host.ask("a1")
    host.engine.changes, host.engine.away_at, host.engine.away_for = 0, 3, 10_000
    with pytest.raises(SwapFailed, match="the journal is kept"):
        host.ask("a2")
    host.engine.away_at = NEVER
    result = host.ask("a2")
    assert "is back" in result["recovered"]
    assert host.engine.state()["web"] == "a2 running"


@pytest.mark.parametrize("writes", range(12))
def test_full_disk_at_any_write_undoes_the_swap_or_finishes_it_later(
    host: Host, writes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    host.ask("a1", restart_policy="always")
    left = iter(range(writes))
    replace = Store._replace

    def full(store: Store, path: Path, data: t.Any) -> None:
        if next(left, None) is None:
            raise StateError("No space left on device")
        replace(store, path, data)

    with monkeypatch.context() as patch:
        patch.setattr(Store, "_replace", full)
        try:
            host.ask("a2")
        except ZeroDowntimeError:
            assert (
                list(host.engine.state().values()).count("a1 running")
                + list(host.engine.state().values()).count("a2 running")
                == 1
            )
    host.ask("a2")
    assert host.engine.state() == {"web": "a2 running", "web-previous-1": "a1 exited"}


def test_any_error_at_all_brings_the_old_one_back(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    host.ask("a1")
    start, calls = host.engine.start, itertools.count()

    def broken(ident: str) -> None:
        if next(calls) == 0:
            raise KeyError("a mistake in the code")
        start(ident)

    monkeypatch.setattr(host.engine, "start", broken)
    with pytest.raises(SwapFailed, match="a mistake in the code"):
        host.ask("a2")
    assert host.engine.state() == {"web": "a1 running"}


@pytest.mark.parametrize("settings", [{}, SLOTS], ids=["stop first", "slots"])
def test_failed_one_that_can_not_be_removed_does_not_keep_the_old_one_away(
    host: Host, settings: dict[str, t.Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(_ident: str) -> None:
        raise EngineError("Cannot remove container: device or resource busy", 500)

    for version in ("a3", "a1"):
        host.ask(version, restart_policy="always", **settings)
    before = host.engine.state()
    with monkeypatch.context() as patch:
        patch.setattr(host.engine, "remove", busy)
        with pytest.raises(SwapFailed, match="exited with code 3") as failure:
            host.ask("bad", **settings)
    assert failure.value.details["warnings"] == ["remove web-next: Cannot remove container: device or resource busy"]
    assert host.engine.state() == {**before, "web-next": "bad exited"}
    assert host.store.open_change() is None
    assert host.ask(state="previous", **settings)["image"].startswith(f"{REPOSITORY}:a3@")
    host.ask("a2", **settings)
    assert host.engine.state()["web-next"] == "bad exited"


@pytest.mark.parametrize(
    ("stated", "settings", "timeouts"),
    [
        (300, {}, [300, 10]),
        (-1, {}, [-1, 10]),
        (3, {}, [3, 3]),
        # The old one serves on meanwhile.
        (300, SLOTS, [300]),
    ],
)
def test_old_one_does_not_wait_long_for_the_end_of_a_failed_one(
    host: Host, stated: int, settings: dict[str, t.Any], timeouts: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    stop, seen = host.engine.stop, []

    def timed(ident: str, *, timeout: int, signal: str | None = None) -> None:
        seen.append(timeout)
        stop(ident, timeout=timeout, signal=signal)

    def sick(*_args: t.Any) -> None:
        raise EngineError("sick")

    host.ask("a1", stop_timeout=stated, **settings)
    monkeypatch.setattr(host.engine, "stop", timed)
    monkeypatch.setattr(Steps, "_healthy", sick)
    with pytest.raises(SwapFailed, match=r"is back$|still runs$"):
        host.ask("a2", **settings)
    assert seen == timeouts


def test_undoing_an_interrupted_swap_is_all_that_previous_does(host: Host) -> None:
    """Else it would go back one version too far."""
    host.ask("a3", keep=2)
    host.ask("a1", keep=2)
    assert host.dies(5, False, tag="a2")
    result = host.ask(state="previous")
    assert result["recovered"]
    assert host.engine.state()["web"] == "a1 running"


def test_going_back_that_was_interrupted_is_made_by_the_next_that_is_asked_to(host: Host) -> None:
    host.ask("a1")
    host.ask("a2")
    assert host.dies(4, True, state="previous")
    assert host.ask(state="previous", check_mode=True)["image"].startswith(f"{REPOSITORY}:a1@")
    host.ask(state="previous")
    assert host.engine.state()["web"] == "a1 running"


def test_previous_that_still_runs_beside_is_not_stopped_when_it_fails_to_take_over(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    host.ask("a1", **SLOTS)
    host.ask("a2", retire=False, **SLOTS)

    def sick(*_args: t.Any) -> None:
        raise EngineError("sick")

    monkeypatch.setattr(Steps, "_healthy", sick)
    with pytest.raises(SwapFailed, match="sick"):
        host.ask(state="previous", retire=False, **SLOTS)
    assert host.engine.state() == {"web-8081": "a1 running", "web-8082": "a2 running"}


def test_container_made_by_hand_meanwhile_is_left_alone(host: Host) -> None:
    host.ask("a1")
    assert host.dies(4, False, tag="a2")
    assert "web" not in host.engine.state()
    by_hand = host.engine.inspect_container("web-previous-1")
    assert by_hand is not None
    host.engine.containers["f" * 64] = {**by_hand, "Id": "f" * 64, "Name": "/web", "State": {**by_hand["State"]}}
    result = host.ask("a1")
    assert "was left alone" in result["recovered"]
    assert result["container"]["id"] == "f" * 64


def _prune(host: Host) -> None:
    """As C(docker container prune -f) does."""
    for ident, each in list(host.engine.containers.items()):
        if not each["State"]["Running"]:
            del host.engine.containers[ident]


@pytest.mark.parametrize("settings", [{}, SLOTS], ids=["stop first", "slots"])
@pytest.mark.parametrize("then", ["a2", "a3"])
def test_new_one_stays_when_what_ran_before_was_removed_meanwhile(
    host: Host, then: str, settings: dict[str, t.Any]
) -> None:
    """The swap was killed at its health check: what runs is all that there is, and holds the settings to carry over."""
    host.ask("a1", restart_policy="always", env={"PASSWORD": "correct horse"}, **settings)
    at = 3 if settings else 6
    assert host.dies(at, True, tag="a2", **settings)
    if settings:
        first = host.engine.inspect_container("web-8081")
        assert first is not None
        host.engine.stop(first["Id"], timeout=0)
    _prune(host)
    assert list(host.engine.state().values()) == ["a2 running"]
    assert host.ask("a2", check_mode=True, **settings)["actions"] == []
    result = host.ask(then, **settings)
    assert "is gone" in result["recovered"]
    assert result["warnings"]
    assert not [action for action in result["actions"] if action.startswith("remove")]
    assert ("wait until" in result["actions"][-1]) is (then == "a2")
    _one_runs_and_nothing_is_left(host, then)
    container = host.engine.inspect_container(result["container"]["name"])
    assert container is not None
    assert "PASSWORD=correct horse" in container["Config"]["Env"]
    assert not host.ask(then, **settings)["changed"]


def test_new_one_that_stays_is_not_taken_for_healthy(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither by the run that finds what ran before gone, nor by the next."""

    def sick(*_args: t.Any) -> None:
        _prune(host)
        raise EngineError("sick")

    host.ask("a1", restart_policy="always")
    with monkeypatch.context() as patch:
        patch.setattr(Steps, "_healthy", sick)
        for _each in range(2):
            with pytest.raises(SwapFailed, match="sick") as failure:
                host.ask("a2")
            assert (host.engine.state(), failure.value.details["rolled_back"]) == ({"web": "a2 running"}, False)
    assert host.ask("a2")["actions"] == ["wait until web is healthy"]
    assert [each["result"] for each in host.ask("a2")["history"]] == ["done", "done"]
    _one_runs_and_nothing_is_left(host, "a2")


def test_what_was_removed_meanwhile_is_called_gone(host: Host) -> None:
    host.ask("a1")
    assert host.dies(4, True, tag="a2")
    host.engine.containers.clear()
    assert "is gone" in host.ask("a1")["recovered"]


def test_a_failed_swap_is_reported_in_lines(host: Host) -> None:
    """What was tried, what came back, its last words, and what runs now."""
    host.ask("a1")
    host.engine.log = "reading the settings\ncannot read them, giving up\n"
    with pytest.raises(SwapFailed) as failure:
        host.ask("bad")
    assert failure.value.message.splitlines() == [
        "swap to app:bad (sha256:000000000000) failed while waiting until web is healthy",
        "container web exited with code 3",
        "log: reading the settings",
        "log: cannot read them, giving up",
        "app:a1 is back",
    ]


def test_beside_the_new_one_the_old_one_still_runs(host: Host) -> None:
    host.ask("a1", **SLOTS)
    with pytest.raises(SwapFailed) as failure:
        host.ask("bad", **SLOTS)
    assert failure.value.message.splitlines() == [
        "swap to app:bad (sha256:000000000000) failed while waiting until web-8082 is healthy",
        "container web-8082 exited with code 3",
        "app:a1 still runs",
    ]


def test_an_interrupted_swap_is_reported_with_the_step_it_got_to(host: Host) -> None:
    host.ask("a1")
    assert host.dies(1, True, tag="a2")
    assert host.ask("a1")["recovered"] == (
        "swap to app:a2 (sha256:000000000000) was interrupted while creating web-next from "
        "app:a2 (sha256:000000000000); app:a1 is back"
    )
