# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from accounts import Ledger, Rollout, bounds, disagreements
from lab.load import LoadReport
from lab.watch import Counters, Event

UP, DOWN = frozenset({"app1", "app2"}), frozenset({"app2"})


class Watched:
    """100 answers a second for 10 s, a look every second; app1 is out from 3 to 6."""

    timeline = (Event(0.0, "app1", True), Event(3.0, "app1", False), Event(6.0, "app1", True))
    samples = tuple((float(at), DOWN if 3 <= at < 6 else UP) for at in range(11))
    counted = Counters(answered_2xx=1000)

    @staticmethod
    def answered_by(at):
        return 100 * int(at), 100 * int(at) + 100


def clients(requests=1000, non_2xx=0, read=0):
    errors = {"connect": 0, "read": read, "write": 0, "timeout": 0}
    return [LoadReport(requests, requests - non_2xx, non_2xx, errors, 0.01, 0.02, 0.03, 10.0)]


@pytest.mark.parametrize(
    ("line", "ledger"),
    [
        ("8,604 requests answered, 0 lost, in 14.2 s on lb1", Ledger(8604, 0, 0)),
        (
            "2,900 requests answered, 1,012 of them with a 5xx of the service, 3 lost (at most 5), on lb1",
            Ledger(2900, 1012, 3),
        ),
        (
            "9 requests answered, 1 lost, in 9.0 s on lb1; not counted: process 7 of lb1, between 'start' and 'end'",
            Ledger(9, 0, 1, complete=False),
        ),
        ("app1: runs hello:", None),
    ],
)
def test_the_ledger_is_found_on_the_screen(line, ledger):
    assert Ledger.read(f'ok: [app1] => {{\n    "msg": [\n        "{line}"\n    ]\n}}') == ledger


def test_the_books_are_open_from_the_first_change_to_the_last_at_least_and_at_most_from_beginning_to_end():
    assert bounds(Watched, 2.0, 8.0) == (500 - 400, 900 - 200)


def test_without_a_change_of_a_server_the_books_may_be_empty():
    assert bounds(Watched, 7.0, 8.0) == (0, 200)


@pytest.mark.parametrize(
    ("ledger", "load", "words"),
    [
        (Ledger(500, 0, 0), clients(), ""),
        (Ledger(500, 7, 0), clients(non_2xx=7), ""),
        (Ledger(500, 0, 2), clients(998, read=2), ""),
        (Ledger(500, 0, 0), clients(non_2xx=1), "the clients lost 1 requests, the ledgers tell of 0"),
        (Ledger(500, 0, 1), clients(), "the clients lost 0 requests, the ledgers tell of 1"),
        (Ledger(99, 0, 0), clients(), "HAProxy answered 100 to 700 requests meanwhile"),
        (Ledger(701, 0, 0), clients(), "HAProxy answered 100 to 700 requests meanwhile"),
        (Ledger(500, 0, 0), clients(1001), "the clients have 1001 answers, HAProxy counted 1000"),
        (Ledger(500, 0, 0), clients(989), "the clients have 989 answers, HAProxy counted 1000"),
    ],
)
def test_a_ledger_that_can_not_be_true_is_named(ledger, load, words):
    found = disagreements([Rollout(2.0, 8.0, ledger)], Watched, load, in_flight=10)
    assert "; ".join(found).startswith(words)
    assert bool(found) == bool(words)
