# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
import stat
import typing as t
from pathlib import Path

import pytest
from ansible_collections.zero.downtime.plugins.module_utils import _files


@pytest.fixture(params=[None, "file.new"], ids=["a name of its own", "a name that is given"])
def beside(request: pytest.FixtureRequest, tmp_path: Path) -> str | None:
    return request.param and str(tmp_path / request.param)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "file"


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def names(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


def test_a_file_is_made_and_replaced_and_nothing_else_is_left(path: Path, beside: str | None) -> None:
    for content in (b"first", b"2"):
        _files.replace(str(path), content, beside=beside)
        assert path.read_bytes() == content
    assert names(path.parent) == ["file"]


def test_who_has_it_open_reads_the_former_one_to_its_end(path: Path, beside: str | None) -> None:
    path.write_bytes(b"former")
    with path.open("rb") as file:
        _files.replace(str(path), b"new", beside=beside)
        assert file.read() == b"former"


@pytest.mark.parametrize("umask", [0o000, 0o077])
def test_the_mode_does_not_depend_on_the_umask_and_is_never_wider(
    path: Path, beside: str | None, umask: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_first: list[int] = []
    real = os.fchmod

    def fchmod(descriptor: int, mode: int) -> None:
        at_first.append(stat.S_IMODE(os.fstat(descriptor).st_mode))
        real(descriptor, mode)

    monkeypatch.setattr(os, "fchmod", fchmod)
    before = os.umask(umask)
    try:
        for wanted in (0o600, 0o644):
            _files.replace(str(path), b"", mode=wanted, beside=beside)
            assert mode(path) == wanted
    finally:
        os.umask(before)
    assert at_first == [0o600, 0o600]


def test_mode_and_owner_of_the_former_file_are_kept_on_demand(
    path: Path, beside: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    _files.replace(str(path), b"", mode=0o644, keep=True, beside=beside)
    assert mode(path) == 0o644
    path.chmod(0o640)
    given: list[tuple[int, int]] = []
    monkeypatch.setattr(os, "fchown", lambda _descriptor, user, group: given.append((user, group)))
    _files.replace(str(path), b"", mode=0o644, keep=True, beside=beside)
    assert mode(path) == 0o640
    assert given == [(path.stat().st_uid, path.stat().st_gid)]


@pytest.mark.parametrize("step", ["fchmod", "fsync", "replace"])
def test_a_failure_leaves_the_former_file_and_nothing_else(
    path: Path, beside: str | None, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    path.write_bytes(b"former")

    def fail(*_arguments: t.Any) -> t.NoReturn:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, step, fail)
    with pytest.raises(KeyboardInterrupt):
        _files.replace(str(path), b"new", beside=beside)
    assert path.read_bytes() == b"former"
    assert names(path.parent) == ["file"]


def test_it_is_on_the_disk_before_it_is_in_its_place_and_the_name_after(
    path: Path, beside: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    real_fsync, real_replace = os.fsync, os.replace

    def fsync(descriptor: int) -> None:
        done.append("folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else f"{os.fstat(descriptor).st_size} bytes")
        real_fsync(descriptor)

    def replace(source: str, target: str) -> None:
        done.append("rename")
        real_replace(source, target)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(os, "replace", replace)
    _files.replace(str(path), b"12345", beside=beside)
    assert done == ["5 bytes", "rename", "folder"]


def test_what_a_killed_run_left_is_taken_over(path: Path) -> None:
    left = path.with_suffix(".new")
    left.write_bytes(b"half of something long")
    left.chmod(0o666)
    _files.replace(str(path), b"whole", beside=str(left))
    assert (path.read_bytes(), mode(path)) == (b"whole", 0o600)
    assert names(path.parent) == ["file"]


def test_a_link_is_not_followed(path: Path) -> None:
    left, elsewhere = path.with_suffix(".new"), path.parent / "elsewhere"
    left.symlink_to(elsewhere)
    with pytest.raises(OSError, match="symbolic links"):
        _files.replace(str(path), b"content", beside=str(left))
    assert not path.exists()
    assert not elsewhere.exists()
