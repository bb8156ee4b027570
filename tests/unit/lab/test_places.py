# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest
from lab import Fleet, LabError, places


@pytest.fixture(autouse=True)
def _own_base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAB_HOME", str(tmp_path))


@pytest.mark.parametrize("name", ["", "Lab", "two words", "../etc", "a" * 11, "a/b"])
def test_a_name_that_cannot_be_a_folder_and_an_interface_is_refused(name: str) -> None:
    with pytest.raises(LabError, match="name"):
        places.home(name)


def test_labs_live_where_the_environment_says(tmp_path: Path) -> None:
    assert places.home("zd") == tmp_path / "zd"


def test_no_lab_to_attach_to(tmp_path: Path) -> None:
    with pytest.raises(LabError, match="There is no lab zd"):
        Fleet.attach("zd")
    assert list(tmp_path.iterdir()) == []


def test_who_waits_for_a_folder_that_is_removed_gets_the_new_one(tmp_path: Path) -> None:
    folder = tmp_path / "lab"
    found = []

    def second() -> None:
        with places.locked(folder):
            found.append(folder.exists())

    waiting = threading.Thread(target=second)
    with places.locked(folder):
        waiting.start()
        waiting.join(0.1)
        assert found == []
        folder.rmdir()
    waiting.join(5)
    assert found == [True]


def test_a_lab_in_use_is_refused_to_others_until_its_user_ends(tmp_path: Path) -> None:
    home = places.home("zd")
    with places.held(home):
        with pytest.raises(LabError, match=f"Process {os.getpid()} is using the lab zd"), places.held(home):
            pass
        with places.held(places.home("other")):
            pass
    (tmp_path / "zd.held").write_text("1")  # of one that was killed
    with places.held(home):
        pass
    assert list(tmp_path.iterdir()) == []


def test_who_holds_which_lab_is_known_even_of_one_that_was_killed(tmp_path: Path) -> None:
    assert places.holders() == {}
    (tmp_path / "killed.held").write_text("4711")
    (tmp_path / "begun.held").write_text("")
    with places.held(places.home("zd")):
        assert places.holders() == {"zd": os.getpid(), "killed": 4711}
