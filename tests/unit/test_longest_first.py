# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from pathlib import Path

import longest_first
import pytest

LONE, OTHER = "tests/e2e/test_slots.py::test_a", "tests/e2e/test_slots.py::test_b"
FIRST, SECOND = (f"tests/integration/haproxy/test_in.py::test_{name}[x::y]" for name in ("one", "two"))


def test_the_longest_begins_first() -> None:
    assert longest_first.arranged([LONE, OTHER], {LONE: 10, OTHER: 30}) == [OTHER, LONE]


def test_a_file_that_shares_something_stays_together_in_its_order_and_counts_as_a_whole() -> None:
    seconds = {LONE: 50, SECOND: 20, FIRST: 10, OTHER: 20}
    assert longest_first.arranged([OTHER, FIRST, LONE, SECOND], seconds) == [LONE, FIRST, SECOND, OTHER]


def test_a_rollout_that_was_never_measured_begins_early() -> None:
    seconds = {LONE: longest_first.ROLLOUT + 1}
    assert longest_first.arranged([FIRST, OTHER, LONE], seconds) == [LONE, OTHER, FIRST]


def test_what_is_written_is_read_again_without_what_is_short(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(longest_first, "DURATIONS", tmp_path / "durations.json")
    assert longest_first.read() == {}
    longest_first.write({"quick": 0.9, "long": 19.6, "longer": 30.2})
    assert list(longest_first.read().items()) == [("longer", 30), ("long", 20)]


def test_what_is_kept_together_and_what_was_measured_exists() -> None:
    root = longest_first.DURATIONS.parents[1]
    names = [*longest_first.TOGETHER, *(nodeid.split("::")[0] for nodeid in longest_first.read())]
    assert [name for name in names if not (root / name).exists()] == []
