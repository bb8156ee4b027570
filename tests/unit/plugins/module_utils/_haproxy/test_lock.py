# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from pathlib import Path

from ansible_collections.zero.downtime.plugins.module_utils._haproxy import lock


def test_one_at_a_time_for_all_sockets_of_a_folder(tmp_path: Path) -> None:
    with lock.attempt(str(tmp_path / "1.sock")) as first:
        with lock.attempt(str(tmp_path / "2.sock")) as second:
            assert (first, second) == (True, False)
        with lock.attempt(str(tmp_path / "1.sock")) as third:
            assert not third
    with lock.attempt(str(tmp_path / "2.sock")) as fourth:
        assert fourth


def test_no_folder_no_lock() -> None:
    with lock.attempt("/nowhere/1.sock") as held:
        assert held


def test_it_leaves_nothing_behind(tmp_path: Path) -> None:
    with lock.attempt(str(tmp_path / "1.sock")):
        assert list(tmp_path.iterdir()) == []
