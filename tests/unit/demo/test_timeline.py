# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from demo import timeline
from demo.timeline import Row
from lab.watch import Counters, Event

V2 = {"app1": "v2", "app2": "v2"}
AT_START = [Event(0.0, "app1", True), Event(0.0, "app2", True)]


def test_a_row_says_when_a_host_was_out_counted_from_the_beginning_of_the_deploy():
    events = [*AT_START, Event(4.0, "app1", False), Event(6.5, "app1", True)]
    assert timeline.rows(events, {"app1": "v1", "app2": "v1"}, {"app1": "v2", "app2": "v1"}, began=1.0) == (
        Row("app1", "v1", "v2", ((3.0, 5.5),)),
        Row("app2", "v1", "v1"),
    )


def test_a_host_that_left_twice_and_stayed_out_is_not_back():
    seen = [Event(1.0, "app1", False), Event(2.0, "app1", True), Event(3.0, "app1", False)]
    (row,) = timeline.rows([AT_START[0], *seen], {"app1": "v1"}, {"app1": "v2"}, began=0.0)
    assert row.away == ((1.0, 2.0), (3.0, None))


def test_a_host_out_from_the_beginning_counts_as_out():
    (row,) = timeline.rows([Event(0.0, "app1", False)], {"app1": "v1"}, {"app1": "v1"}, began=1.5)
    assert row.away == ((-1.5, None),)


def test_the_rate_is_what_was_answered_over_several_looks():
    pulses = [(1.0, 100), (1.5, 200), (2.0, 200), (2.5, 500)]
    assert timeline.rate(pulses, began=1.0, over=2) == ((1.0, 100.0), (1.5, 300.0))


def test_a_look_at_the_same_moment_gives_no_rate():
    assert timeline.rate([(1.0, 100), (1.0, 100), (2.0, 150)], began=0.0, over=1) == ((2.0, 50.0),)


@pytest.mark.parametrize(
    ("away", "expected"),
    [
        ((), [(-1, 9, "v1")]),
        (((2, 4),), [(-1, 2, "v1"), (2, 4, None), (4, 9, "v2")]),
        (((2, None),), [(-1, 2, "v1"), (2, 9, None)]),
        (((2, 4), (6, 7)), [(-1, 2, "v1"), (2, 4, None), (4, 6, "v2"), (6, 7, None), (7, 9, "v2")]),
        (((-1, 4),), [(-1, 4, None), (4, 9, "v2")]),
    ],
)
def test_segments_leave_no_gap(away, expected):
    assert timeline.segments(Row("app1", "v1", "v2", away), (-1, 9)) == expected


def test_nothing_is_wrong_with_a_good_rollout(measured):
    assert timeline.wrong(measured(), V2, least=1) == []


@pytest.mark.parametrize(
    ("other", "complaint"),
    [
        ({"lost": 1}, "the clients lost 1 of 1501 requests"),
        ({"answered": 0, "counted": Counters()}, "the clients lost 0 of 0 requests"),
        ({"counted": Counters(answered_2xx=1519, answered_5xx=1)}, "HAProxy counted errors"),
        ({"counted": Counters(answered_2xx=1520, connect_errors=1)}, "HAProxy counted errors"),
        ({"counted": Counters(answered_2xx=1520, retries=1)}, "HAProxy sent requests again"),
        ({"counted": Counters(answered_2xx=1499)}, "HAProxy counted 1499 answers, the clients 1500"),
        ({"counted": Counters(answered_2xx=1525)}, "HAProxy counted 1525 answers, the clients 1500"),
        ({"fewest": 0}, "at one moment only 0 servers could serve, not 1"),
        (
            {"rows": (Row("app1", "v1", "", ((3, None),)),)},
            "app1 answers in version none, not in v2; app1 is still out of rotation",
        ),
    ],
)
def test_what_should_not_have_happened_is_said(measured, other, complaint):
    assert "; ".join(timeline.wrong(measured(**other), V2, least=1)).startswith(complaint)


def test_the_text_has_a_line_for_each_time_a_host_was_out(measured):
    rows = (
        Row("app1", "v1", "v2", ((3.0, 5.5),)),
        Row("app2", "v1", "v1", ((6.0, 7.0), (8.0, None))),
        Row("app3", "v1", "v1"),
    )
    assert [line.split() for line in timeline.text(measured(rows=rows))[1:5]] == [
        ["app1", "at", "3.0", "s", "5.5", "s", "2.5", "s", "v1", "->", "v2"],
        ["app2", "at", "6.0", "s", "7.0", "s", "1.0", "s", "v1"],
        ["app2", "at", "8.0", "s", "never", "v1"],
        ["app3", "never", "v1"],
    ]


def test_the_text_sets_both_counts_side_by_side(measured):
    text = "\n".join(timeline.text(measured()))
    assert "1,500 requests answered, 0 lost" in text
    assert "1,520 answered (the clients' and 20 in flight when they left), 0 failed, 0 sent again" in text
    assert "at least 1 of 2" in text
    assert "9.2 s" in text
