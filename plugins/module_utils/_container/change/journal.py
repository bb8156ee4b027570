# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: it may change without notice.
"""Files that outlive the module: the journal of a change under way, the history, and the lock around both.

C(<state_dir>/containers/<service>/) holds C(journal.json), C(journal-former.json), C(history.json) and C(lock). The
folders are 0700, the files 0600, and each is replaced as a whole or not at all.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import typing as t
from pathlib import Path

from ansible.module_utils.common.text.converters import to_bytes
from ansible_collections.zero.downtime.plugins.module_utils import _files
from ansible_collections.zero.downtime.plugins.module_utils._clock import Clock, Deadline
from ansible_collections.zero.downtime.plugins.module_utils._container.change.intent import Intent
from ansible_collections.zero.downtime.plugins.module_utils._errors import ZeroDowntimeError

FORMAT = 1
HISTORY_LENGTH = 100
LOCK_POLL = 0.2  # s
# What each entry of the history has at least: a swap reads them.
_OF_ENTRY = ("began", "when", "who", "what", "image", "digest", "seconds", "result")


class StateError(ZeroDowntimeError):
    """The state of a service on this host cannot be read or written."""


class Busy(ZeroDowntimeError):
    """Another run of the module is at work on the same service."""


class Store:
    """The files of one service."""

    def __init__(self, state_dir: str, service: str) -> None:
        self.folder = Path(state_dir) / "containers" / service
        self._service = service
        self._journal = self.folder / "journal.json"
        self._former = self.folder / "journal-former.json"
        self._history = self.folder / "history.json"

    @contextlib.contextmanager
    def locked(self, timeout: float, clock: Clock) -> t.Iterator[None]:
        """Keep other runs out, and wait for one whose connection is gone but which is still at work.

        The kernel drops the lock with the process, so a killed run leaves none behind.
        """
        with self._failing("lock"):
            self._make_folder()
            handle = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            deadline = Deadline(timeout, clock)
            while not self._try_lock(handle):
                if deadline.expired:
                    raise Busy(
                        f"Another run is still changing {self._service} on this host after {timeout:g} s of waiting: "
                        "wait until it ends, or raise lock_timeout."
                    )
                deadline.pause(LOCK_POLL)
            yield
        finally:
            os.close(handle)

    def open_change(self) -> Intent | None:
        """What an earlier run began and did not end.

        Where a broken disk has spoiled the journal, its state one step earlier is as good: what is to be undone or
        finished is computed from the containers that are there.
        """
        try:
            return self._open(self._journal)
        except StateError:
            with contextlib.suppress(StateError):
                former = self._open(self._former)
                if former is not None:
                    return former
            raise

    def write(self, intent: Intent) -> None:
        with self._failing("write"):
            self._former.unlink(missing_ok=True)
            with contextlib.suppress(FileNotFoundError):
                os.link(self._journal, self._former)
        self._replace(self._journal, {"format": FORMAT, "intent": intent.as_json()})

    def close_change(self) -> None:
        with self._failing("remove"):
            self._journal.unlink(missing_ok=True)
            self._former.unlink(missing_ok=True)
            _files.sync_folder(str(self.folder))

    def _open(self, path: Path) -> Intent | None:
        data = self._read(path)
        if data is None:
            return None
        try:
            _check_format(path, data)
            return Intent.from_json(data["intent"])
        except (KeyError, TypeError) as error:
            raise StateError(f"{path} is not a journal of this collection: {error!r}") from error

    def history(self) -> list[dict[str, t.Any]]:
        """What happened to the service on this host, oldest first."""
        data = self._read(self._history)
        if data is None:
            return []
        try:
            _check_format(self._history, data)
            return [_entry(each) for each in data["entries"]]
        except (KeyError, TypeError) as error:
            raise StateError(
                f"{self._history} is not a history of this collection ({error!r}): move it away and run the task "
                "again. What is lost is who deployed what, and the restart policies of the versions that are kept."
            ) from error

    def record(self, entry: t.Mapping[str, t.Any]) -> None:
        """Add I(entry) unless the one with its C(began) is there already: an interrupted end is run twice."""
        entries = [each for each in self.history() if each["began"] != entry["began"]]
        self._replace(self._history, {"format": FORMAT, "entries": [*entries, dict(entry)][-HISTORY_LENGTH:]})

    def _try_lock(self, handle: int) -> bool:
        with self._failing("lock"):
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
        return True

    def _make_folder(self) -> None:
        for folder in (self.folder.parent.parent, self.folder.parent, self.folder):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def _read(self, path: Path) -> t.Any:
        with self._failing("read"):
            try:
                return json.loads(path.read_text(encoding="utf-8"))
            except FileNotFoundError:
                return None

    def _replace(self, path: Path, data: t.Any) -> None:
        with self._failing("write"):
            _files.replace(str(path), to_bytes(json.dumps(data)), beside=str(path.with_suffix(".new")))

    @contextlib.contextmanager
    def _failing(self, verb: str) -> t.Iterator[None]:
        try:
            yield
        except (OSError, ValueError) as error:
            raise StateError(
                f"Cannot {verb} the state of {self._service} in {self.folder}: {error}{_files.advice(error)}"
            ) from error


def _check_format(path: Path, data: t.Any) -> None:
    if data["format"] != FORMAT:
        raise StateError(
            f"{path} has format {data['format']}, this version of the collection knows {FORMAT}: "
            "run the version that wrote it once more."
        )


def _entry(data: t.Any) -> dict[str, t.Any]:
    """I(data) if it is an entry of the history. Raises KeyError or TypeError where it is not."""
    returned = {key: data[key] for key in _OF_ENTRY}
    container = {**data["container"], "id": data["container"]["id"]}
    aside = [{"id": each["id"], "policy": each["policy"]} for each in data["aside"]]
    return {**data, **returned, "container": container, "aside": aside}
