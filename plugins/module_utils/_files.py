# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One file is written whole or not at all, and is on the disk when that is done.

rename(2) replaces at one stroke, fsync(2) of the file makes its content last, of the folder its name. Raises OSError.

Private to this collection: it may change without notice.
"""

from __future__ import annotations

import contextlib
import os
import tempfile


def replace(path: str, content: bytes, *, mode: int = 0o600, keep: bool = False, beside: str | None = None) -> None:
    """Write I(path) anew, with I(mode) or, with I(keep), with mode and owner of the file that is there.

    Until it is whole it has the name I(beside), in the same folder. A killed run leaves that behind and the next one
    takes it over; so a caller must keep others out meanwhile, or name none and get one that is its own.
    """
    descriptor, temporary = _create(path, beside)
    try:
        with os.fdopen(descriptor, "wb") as file:
            if keep:
                mode = _take_owner(descriptor, path, mode)
            os.fchmod(descriptor, mode)
            file.write(content)
            file.flush()
            os.fsync(descriptor)
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
    sync_folder(os.path.dirname(path))


def sync_folder(folder: str) -> None:
    """What was created, renamed or removed in I(folder) stays so after a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def advice(error: BaseException) -> str:
    """What to do about I(error) in a state_dir, to stand behind it; empty where there is nothing to add."""
    if isinstance(error, PermissionError):
        return (
            "; run this as root (become), or state a folder of your own in state_dir (of the role: rollout_state_dir)"
        )
    return ""


def _create(path: str, beside: str | None) -> tuple[int, str]:
    if beside is None:
        return tempfile.mkstemp(dir=os.path.dirname(path), prefix=".zero_downtime.")
    # A link there is nobody's leftover: refused.
    return os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600), beside


def _take_owner(descriptor: int, path: str, mode: int) -> int:
    """Of what is at I(path), if anything; its mode, or else I(mode)."""
    try:
        former = os.stat(path)
    except FileNotFoundError:
        return mode
    os.fchown(descriptor, former.st_uid, former.st_gid)
    return former.st_mode & 0o777
