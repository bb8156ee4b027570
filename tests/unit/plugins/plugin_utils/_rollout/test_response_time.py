# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import math

import pytest
from ansible_collections.zero.downtime.plugins.plugin_utils._rollout import response_time


class Server:
    """As HAProxy keeps it (freq_ctr.h, stream_update_time_stats), in its whole numbers."""

    def __init__(self):
        self.total = self.answers = 0

    def answer(self, times, milliseconds):
        for _each in range(times):
            self.answers += 1
            taken_off = math.ceil(self.total / 1024) if self.answers > 1024 else 0
            self.total += milliseconds - taken_off

    def read(self):
        return math.ceil(self.total / max(1, min(1024, self.answers))), self.answers


@pytest.mark.parametrize("past", [(0, 0), (3, 10), (1000, 10), (5000, 10), (900, 400)])
@pytest.mark.parametrize("answers", [20, 200, 1500, 4000])
@pytest.mark.parametrize("milliseconds", [0, 3, 60, 700])
def test_the_window_is_told_apart_from_what_was_before(past, answers, milliseconds):
    server = Server()
    server.answer(*past)
    before = server.read()
    server.answer(answers, milliseconds)
    span = response_time.within(*before, *server.read())
    assert span.low <= milliseconds + 0.001
    assert milliseconds <= span.high + 0.001


def test_enough_answers_make_it_exact():
    server = Server()
    server.answer(2000, 10)
    before = server.read()
    server.answer(1000, 50)
    span = response_time.within(*before, *server.read())
    assert span.high - span.low < 4


def test_servers_count_by_their_answers():
    assert response_time.weighted([(response_time.Span(10, 12), 300), (response_time.Span(20, 22), 100)]) == (
        12.5,
        14.5,
    )
