# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.zero.downtime.plugins.plugin_utils._rollout import batches


@pytest.mark.parametrize(
    ("total", "min_healthy", "out"),
    [
        (3, 0.8, 1),
        (5, 0.8, 1),  # 5 * (1 - 0.8) is 0.9999999999999998 in floating point
        (10, 0.8, 2),
        (10, "80%", 2),
        (10, "0.5", 5),
        (10, 8, 2),
        (10, 0, 10),
        (3, "100%", 1),
        (1, 0.8, 1),
        (2, 2, 1),
    ],
)
def test_at_least_one_host_and_never_more_than_the_guard_lets_out(total, min_healthy, out):
    assert batches.may_be_out(total, min_healthy) == out


@pytest.mark.parametrize(
    ("stated", "total", "sizes"),
    [
        ([1], 3, [1, 1, 1]),
        ([1, "25%", "100%"], 10, [1, 2, 7]),
        ([1, "10%", "50%", "100%"], 20, [1, 2, 10, 7]),
        (["1%"], 3, [1, 1, 1]),
        ([2, 3], 9, [2, 3, 3, 1]),
        (["5"], 3, [3]),
        ([1], 0, []),
    ],
)
def test_sizes_are_what_serial_makes_of_them(stated, total, sizes):
    assert batches.sizes(stated, total) == sizes


@pytest.mark.parametrize("stated", [[], [0], [-1], ["0%"], ["101%"], ["half"], ["1.5"], [None], [True]])
def test_what_is_not_a_batch_is_refused(stated):
    with pytest.raises(batches.BadBatches, match="rollout_batches"):
        batches.sizes(stated, 3)


@pytest.mark.parametrize(
    ("sizes", "limit", "turns"),
    [([1, 2, 7], 2, [1, 2, 2, 2, 2, 1]), ([3], 1, [1, 1, 1]), ([1, 1], 5, [1, 1]), ([], 2, [])],
)
def test_a_batch_larger_than_the_limit_is_taken_in_several(sizes, limit, turns):
    assert batches.limited(sizes, limit) == turns


@pytest.mark.parametrize(
    ("turns", "pairs"),
    [
        ([1, 1, 1], [(0, 1), (1, 2)]),
        ([1, 2, 1, 1], [(3, 4)]),
        ([1, 2, 2], []),
        ([1], []),
        ([], []),
    ],
)
def test_two_in_a_row_are_both_alone_in_their_turn(turns, pairs):
    assert batches.in_a_row(turns) == pairs
