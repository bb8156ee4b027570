# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import types
from pathlib import Path

import pytest
import workers
from lab import places


def test_a_lab_is_named_after_what_it_is_for_and_whose_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAB_NAME", "mine")
    monkeypatch.setenv("PYTEST_XDIST_WORKER", "gw3")
    assert workers.lab_name("e2e") == "minee3"
    monkeypatch.delenv("LAB_NAME")
    monkeypatch.delenv("PYTEST_XDIST_WORKER")
    assert workers.lab_name("faults") == "testf"


def test_no_two_kinds_share_a_letter() -> None:
    assert len(set(workers.KINDS.values())) == len(workers.KINDS)


@pytest.mark.parametrize("kind", workers.KINDS)
def test_a_name_of_six_letters_is_short_enough_for_every_kind(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAB_NAME", "sixsix")
    monkeypatch.setenv("PYTEST_XDIST_WORKER", "gw10")
    assert places.home(workers.lab_name(kind)).name == workers.lab_name(kind)


def test_only_labs_of_the_processes_of_this_run_are_taken_down(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone: list[str] = []
    monkeypatch.setenv("LAB_HOME", str(tmp_path))
    monkeypatch.setattr(places, "holders", lambda: {"mine": 11, "other": 22})
    monkeypatch.setattr(workers, "take_down", gone.append)
    plugin = workers.WorkersLabs()
    gateway = types.SimpleNamespace(_rinfo=lambda: types.SimpleNamespace(pid=11))
    plugin.pytest_configure_node(types.SimpleNamespace(gateway=gateway))
    plugin.pytest_unconfigure()
    assert gone == ["mine"]
