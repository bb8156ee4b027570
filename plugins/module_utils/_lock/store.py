# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: it may change without notice.
"""The lock's file: read, changed by one at a time, replaced as a whole.

C(<state_dir>/locks/<service>.json) is the record. C(<service>.guard) beside it is locked by flock(2) from the read to
the change: rename and link alone could not replace a stale record without a race between two runs that both found it
stale. The kernel drops that lock with the process, so it is never left behind.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import typing as t

from ansible.module_utils.common.text.converters import to_bytes
from ansible_collections.zero.downtime.plugins.module_utils import _files
from ansible_collections.zero.downtime.plugins.module_utils._clock import Clock, Deadline
from ansible_collections.zero.downtime.plugins.module_utils._errors import ZeroDowntimeError
from ansible_collections.zero.downtime.plugins.module_utils._lock.record import FORMAT, Moment, Record

# A read and a change take milliseconds: a process that takes longer than this is stopped, or its disk hangs. s.
GUARD_TIMEOUT = 10.0
GUARD_POLL = 0.02


class StoreError(ZeroDowntimeError):
    """The lock cannot be read or written."""


class Store:
    """The lock of one service on one host."""

    def __init__(self, state_dir: str, service: str, clock: Clock) -> None:
        self.folder = os.path.join(state_dir, "locks")
        self._service = service
        self._clock = clock

    def now(self) -> Moment:
        return Moment(_boot_id(), self._clock.monotonic(), self._clock.wall())

    def read(self) -> Record | None:
        with self._failing("read"):
            try:
                with open(self._path("json"), encoding="utf-8") as file:
                    text = file.read()
            except FileNotFoundError:
                return None
        return self._parse(text)

    @contextlib.contextmanager
    def guarded(self) -> t.Iterator[None]:
        """No other process changes the lock within this."""
        with self._failing("open"):
            for folder in (os.path.dirname(self.folder), self.folder):
                os.makedirs(folder, mode=0o700, exist_ok=True)
            flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
            guard = os.open(self._path("guard"), flags, 0o600)
        try:
            deadline = Deadline(GUARD_TIMEOUT, self._clock)
            while not _locked(guard):
                if deadline.expired:
                    raise StoreError(
                        f"Another process has kept {self._path('guard')} locked for {GUARD_TIMEOUT:.0f} s: "
                        "is it stopped, or does the disk hang?"
                    )
                deadline.pause(GUARD_POLL)
            yield
        finally:
            os.close(guard)

    def write(self, record: Record | None) -> None:
        """Whole or not at all, and on the disk when this returns. Only within M(guarded)."""
        with self._failing("write"):
            if record is None:
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(self._path("json"))
                _files.sync_folder(self.folder)
            else:
                content = to_bytes(json.dumps(record.as_json()))
                _files.replace(self._path("json"), content, beside=self._path("new"))

    def _parse(self, text: str) -> Record:
        try:
            data = json.loads(text)
            if isinstance(data, dict) and data.get("format", FORMAT) != FORMAT:
                raise StoreError(
                    f"{self._path('json')} has format {data['format']}, this version of the collection knows {FORMAT}: "
                    "another version is rolling out, or did."
                )
            return Record.from_json(data)
        except ValueError:
            # No run leaves half a record, so no run comes back for this one: it counts as stale.
            return Record(self._service, "unknown (the file is unreadable)", "", 0.0, 0.0, Moment("", 0.0, 0.0))

    def _path(self, kind: str) -> str:
        return os.path.join(self.folder, f"{self._service}.{kind}")

    @contextlib.contextmanager
    def _failing(self, verb: str) -> t.Iterator[None]:
        try:
            yield
        except (OSError, UnicodeDecodeError) as error:
            raise StoreError(
                f"Cannot {verb} the lock of {self._service} in {self.folder}: {error}{_files.advice(error)}"
            ) from error


def _locked(guard: int) -> bool:
    try:
        fcntl.flock(guard, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _boot_id() -> str:
    """Different after each boot: random(4). Empty where the kernel is not Linux."""
    try:
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
            return file.read().strip()
    except OSError:
        return ""
