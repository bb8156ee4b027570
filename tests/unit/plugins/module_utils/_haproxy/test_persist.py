# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import dataclasses
import typing as t
from pathlib import Path

import pytest
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.persist import NotPersisted, StateFile
from ansible_collections.zero.downtime.tests.unit.plugins.module_utils._haproxy.fakes import FakeHAProxy


def test_it_holds_what_was_written_of_the_server(
    tmp_path: Path, haproxy: FakeHAProxy, open_target: t.Callable[..., t.Any]
) -> None:
    target = open_target(haproxy)
    state_file = StateFile(str(tmp_path / "state"))
    assert not state_file.holds(target.now)
    state_file.write(target.runtime.raw_servers_state())
    assert state_file.holds(target.now)
    for change in ({"admin_state": 1}, {"weight": 9}, {"port": 9}, {"server": "c"}):
        assert not state_file.holds(dataclasses.replace(target.now, **change))
    assert (tmp_path / "state").read_text().startswith("1\n# be_id")
    assert (tmp_path / "state").read_text().endswith("\n")


def test_a_server_that_is_up_is_not_held_by_a_file_that_has_it_down(
    tmp_path: Path, haproxy: FakeHAProxy, open_target: t.Callable[..., t.Any]
) -> None:
    target = open_target(haproxy)
    state_file = StateFile(str(tmp_path / "state"))
    haproxy.servers[target.server].op = 0
    state_file.write(target.runtime.raw_servers_state())
    assert not state_file.holds(target.now)
    assert state_file.holds(dataclasses.replace(target.now, operational_state=0))


@pytest.mark.parametrize("content", ["", "1\n", "garbage", "1\n# be_id be_name\n3"])
def test_half_a_file_holds_nothing(
    tmp_path: Path, haproxy: FakeHAProxy, open_target: t.Callable[..., t.Any], content: str
) -> None:
    (tmp_path / "state").write_text(content)
    assert not StateFile(str(tmp_path / "state")).holds(open_target(haproxy).now)


def test_mode_and_link_stay(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("old")
    (tmp_path / "real").chmod(0o604)
    (tmp_path / "link").symlink_to("real")
    StateFile(str(tmp_path / "link")).write("new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text() == "new\n"
    assert (tmp_path / "real").stat().st_mode & 0o777 == 0o604


def test_a_new_file_may_be_read_by_haproxy(tmp_path: Path) -> None:
    StateFile(str(tmp_path / "state")).write("x")
    assert (tmp_path / "state").stat().st_mode & 0o777 == 0o644


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(NotPersisted, match="No such file or directory; a reload of HAProxy would forget"):
        StateFile(str(tmp_path / "no" / "state")).write("x")


def test_nothing_is_left_of_a_write_that_failed(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    with pytest.raises(NotPersisted):
        StateFile(str(tmp_path / "state")).write("x")
    assert [path.name for path in tmp_path.iterdir()] == ["state"]
