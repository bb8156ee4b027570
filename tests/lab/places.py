# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where labs live on this machine."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import typing as t
from pathlib import Path

from .errors import LabError


def base() -> Path:
    """Parent of every lab's folder; environment variable LAB_HOME."""
    return Path(os.environ.get("LAB_HOME", "/var/lib/zero-downtime-lab")).resolve()


def cache() -> Path:
    """What is worth keeping between labs; environment variable LAB_CACHE. A lab's hosts read it too."""
    folder = Path(os.environ.get("LAB_CACHE", "/var/cache/zero-downtime-lab")).resolve()
    if folder.parts[1] in ("run", "tmp"):
        raise LabError(
            f"LAB_CACHE={folder} is hidden from the lab's hosts: they have a /{folder.parts[1]} of their own."
        )
    return folder


def home(name: str) -> Path:
    """Folder of a lab; C(name) also becomes part of an interface's name (at most 15 characters)."""
    if not re.fullmatch(r"[a-z0-9]{1,10}", name):
        raise LabError(f"A lab's name is 1 to 10 of a-z and 0-9, not {name!r}.")
    return base() / name


@contextlib.contextmanager
def locked(folder: Path) -> t.Iterator[None]:
    """One at a time in C(folder), which exists then. A process that dies lets go of it."""
    handle = _lock(folder)
    while not (folder.exists() and os.path.samestat(os.fstat(handle), folder.stat())):
        os.close(handle)  # whoever held it removed the folder
        handle = _lock(folder)
    try:
        yield
    finally:
        os.close(handle)


@contextlib.contextmanager
def held(home: Path) -> t.Iterator[None]:
    """The lab in C(home) is this program's alone meanwhile; LabError when it is another's. Who dies lets go of it."""
    note = home.with_suffix(".held")
    with locked(home.parent):
        handle = os.open(note, os.O_CREAT | os.O_RDONLY)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            holder = note.read_text()
            raise LabError(
                f"Process {holder} is using the lab {home.name}: wait for its end, or use a lab of another name."
            ) from None
        note.write_text(str(os.getpid()))
    try:
        yield
    finally:
        with locked(home.parent):
            note.unlink(missing_ok=True)
            os.close(handle)


def holders() -> dict[str, int]:
    """The labs that a program has for itself, by name, with its process id. It may have been killed since."""
    found = {}
    for note in base().glob("*.held"):
        with contextlib.suppress(FileNotFoundError, ValueError):  # just given back, or not yet written
            found[note.stem] = int(note.read_text())
    return found


def _lock(folder: Path) -> int:
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    return handle
