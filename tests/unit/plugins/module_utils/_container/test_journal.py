# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import multiprocessing
import os
import time
from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.zero.downtime.plugins.module_utils._clock import Clock
from ansible_collections.zero.downtime.plugins.module_utils._container.intent import Away, Intent, Known
from ansible_collections.zero.downtime.plugins.module_utils._container.journal import (
    HISTORY_LENGTH,
    Busy,
    StateError,
    Store,
)
from ansible_collections.zero.downtime.tests.unit.plugins.module_utils.clocks import FakeClock

OLD = Known(id="1" * 64, name="web", image="app:v1", running=True, policy={"Name": "always", "MaximumRetryCount": 0})
INTENT = Intent(
    what="swap",
    service="web",
    name="web",
    new=Known(id="", name="web-next"),
    created=True,
    before=(Away(OLD, "web-previous-1", {"body": {"Env": ["A=1"]}, "networks": [["front", {}]]}),),
    remove=(OLD,),
    replaces=OLD,
    began=1.5,
)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = Store(str(tmp_path / "state"), "web")
    with store.locked(0, FakeClock()):
        return store


def test_intent_comes_back_as_it_was(store: Store) -> None:
    assert store.open_change() is None
    store.write(INTENT)
    assert store.open_change() == INTENT
    store.close_change()
    assert store.open_change() is None


def test_folders_and_files_are_for_their_owner_alone(store: Store) -> None:
    before = os.umask(0)
    try:
        store.write(INTENT)
        store.record({"began": 1.0})
    finally:
        os.umask(before)
    root = store.folder.parent.parent
    assert {path.relative_to(root).as_posix(): path.stat().st_mode & 0o777 for path in [root, *root.rglob("*")]} == {
        ".": 0o700,
        "containers": 0o700,
        "containers/web": 0o700,
        "containers/web/lock": 0o600,
        "containers/web/journal.json": 0o600,
        "containers/web/history.json": 0o600,
    }


def test_write_that_fails_leaves_the_last_one_whole(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    store.write(INTENT)

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StateError, match="No space left"):
        store.write(Intent(what="swap", service="web"))
    assert store.open_change() == INTENT


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"format": 1}', '{"format": 1, "intent": {"what": "swap"}}', '{"format": 2}']
)
def test_journal_that_is_none_is_told_and_kept(store: Store, text: str) -> None:
    path = store.folder / "journal.json"
    path.write_text(text)
    with pytest.raises(StateError, match=r"journal\.json|Cannot read"):
        store.open_change()
    assert path.read_text() == text


def test_journal_that_is_spoiled_gives_way_to_what_it_said_a_step_earlier(store: Store) -> None:
    store.write(replace(INTENT, step="stop web"))
    store.write(replace(INTENT, step="start web"))
    (store.folder / "journal.json").write_text('{"format": 1, "int')
    assert store.open_change() == replace(INTENT, step="stop web")


def test_nothing_of_an_earlier_change_speaks_for_the_next(store: Store) -> None:
    store.write(INTENT)
    store.write(INTENT)
    store.close_change()
    assert {path.name for path in store.folder.iterdir()} == {"lock"}
    (store.folder / "journal-former.json").write_text("{}")  # killed while it was closed
    assert store.open_change() is None
    store.write(INTENT)
    (store.folder / "journal.json").write_text("")
    with pytest.raises(StateError):
        store.open_change()


def test_history_keeps_the_latest_and_each_once(store: Store) -> None:
    for number in range(HISTORY_LENGTH + 5):
        store.record({"began": float(number), "result": "done"})
        store.record({"began": float(number), "result": "undone"})
    history = store.history()
    assert [entry["began"] for entry in history] == [float(number) for number in range(5, HISTORY_LENGTH + 5)]
    assert {entry["result"] for entry in history} == {"undone"}
    assert json.loads((store.folder / "history.json").read_text())["format"] == 1


def test_lock_is_waited_for_and_told_when_it_stays_taken(store: Store) -> None:
    clock = FakeClock()
    with store.locked(5, clock), pytest.raises(Busy, match="after 5 s"), store.locked(5, clock):
        pytest.fail("two at once")
    assert clock.now == pytest.approx(5)
    with store.locked(0, clock):
        pass


def _hold_for_ever(folder: str, held: multiprocessing.synchronize.Event) -> None:
    with Store(folder, "web").locked(0, Clock()):
        held.set()
        time.sleep(60)


def test_lock_goes_with_the_process_that_held_it(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    held = context.Event()
    holder = context.Process(target=_hold_for_ever, args=(str(tmp_path), held))
    holder.start()
    assert held.wait(10)
    store = Store(str(tmp_path), "web")
    with pytest.raises(Busy), store.locked(0, FakeClock()):
        pass
    holder.kill()
    holder.join()
    with store.locked(0, FakeClock()):
        pass
