# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import errno
import fcntl
import json
import multiprocessing
import os
import time
import typing as t
from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.zero.downtime.plugins.module_utils._clock import Clock
from ansible_collections.zero.downtime.plugins.module_utils._container.change.intent import (
    ContainerRef,
    Intent,
    SetAside,
)
from ansible_collections.zero.downtime.plugins.module_utils._container.change.journal import (
    HISTORY_LENGTH,
    Busy,
    StateError,
    Store,
)
from ansible_collections.zero.downtime.tests.unit.plugins.module_utils.clocks import FakeClock

OLD = ContainerRef(
    id="1" * 64, name="web", image="app:v1", running=True, policy={"Name": "always", "MaximumRetryCount": 0}
)
INTENT = Intent(
    what="swap",
    service="web",
    name="web",
    new=ContainerRef(id="", name="web-next"),
    created=True,
    before=(SetAside(OLD, "web-previous-1", {"body": {"Env": ["A=1"]}, "networks": [["front", {}]]}),),
    remove=(OLD,),
    replaces=OLD,
    began=1.5,
)


ENTRY = {
    "began": 1.0,
    "when": "2026-01-20T14:00:01+00:00",
    "who": "alice",
    "what": "swap",
    "image": "app:v1",
    "digest": "",
    "seconds": 2.4,
    "result": "done",
    "container": {"id": "1" * 64, "name": "web"},
    "previous": None,
    "aside": [],
}


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
        store.record(ENTRY)
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
        store.record({**ENTRY, "began": float(number), "result": "done"})
        store.record({**ENTRY, "began": float(number), "result": "undone"})
    history = store.history()
    assert [entry["began"] for entry in history] == [float(number) for number in range(5, HISTORY_LENGTH + 5)]
    assert {entry["result"] for entry in history} == {"undone"}
    assert json.loads((store.folder / "history.json").read_text())["format"] == 1


@pytest.mark.parametrize(
    "document",
    [
        [],
        {},
        "history",
        {"format": 1},
        {"format": 1, "entries": None},
        {"format": 1, "entries": ["swap"]},
        {"format": 1, "entries": [{**ENTRY, "container": None}]},
        {"format": 1, "entries": [{**ENTRY, "container": {}}]},
        {"format": 1, "entries": [{**ENTRY, "aside": None}]},
        {"format": 1, "entries": [{**ENTRY, "aside": [{"id": "1"}]}]},
        *(
            {"format": 1, "entries": [{k: v for k, v in ENTRY.items() if k != key}]}
            for key in ENTRY
            if key != "previous"
        ),
    ],
    ids=str,
)
def test_history_that_is_none_is_told_and_kept(store: Store, document: object) -> None:
    path = store.folder / "history.json"
    path.write_text(json.dumps(document))
    for use in (store.history, lambda: store.record(ENTRY)):
        with pytest.raises(StateError, match=r"history\.json is not a history of this collection.*: move it away"):
            use()
    assert json.loads(path.read_text()) == document


def test_history_of_another_format_is_told(store: Store) -> None:
    (store.folder / "history.json").write_text('{"format": 2, "entries": []}')
    with pytest.raises(StateError, match=r"history\.json has format 2, this version of the collection knows 1"):
        store.history()


def test_lock_that_the_file_system_cannot_give_is_told(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(_handle: int, _operation: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", none)
    with pytest.raises(StateError, match=r"Cannot lock .*No locks available"), store.locked(0, FakeClock()):
        pytest.fail("without a lock")


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


def test_who_may_not_write_there_is_told_what_to_do(tmp_path: Path, no_longer_root: t.Any) -> None:
    tmp_path.chmod(0o500)
    told = pytest.raises(StateError, match=r"Permission denied.*; run this as root \(become\)")
    with no_longer_root(), told, Store(str(tmp_path / "state"), "web").locked(0, FakeClock()):
        pass
