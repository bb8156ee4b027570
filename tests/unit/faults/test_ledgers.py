# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from accounts import Ledger, Rollout
from faults.ledgers import untrue


class Watched:
    """100 answers a second for 10 s; app1 is taken out at 3, app2 at 6."""

    timeline = ()
    taken_out = ((3.0, "app1"), (6.0, "app2"))

    @staticmethod
    def answered_by(at):
        return 100 * int(at), 100 * int(at) + 100


@pytest.mark.parametrize(
    ("ledger", "lost", "disturbed", "words"),
    [
        (Ledger(500, 0, 0), 0, False, ""),
        (Ledger(500, 0, 2), 3, False, ""),
        (Ledger(500, 0, 4), 3, False, "the clients lost 3 requests, a ledger tells of 4"),
        (Ledger(500, 4, 0), 3, False, "the clients lost 3 requests, a ledger tells of 4"),
        (Ledger(200, 0, 0), 0, False, ""),
        (Ledger(199, 0, 0), 0, False, "HAProxy answered 200 to 800 requests meanwhile"),
        (Ledger(199, 0, 0), 0, True, ""),
        (Ledger(199, 0, 0, complete=False), 0, False, ""),
        (Ledger(801, 0, 0), 0, True, "HAProxy answered 0 to 800 requests meanwhile"),
    ],
)
def test_a_ledger_that_can_not_be_true_is_named(ledger, lost, disturbed, words):
    found = untrue(Rollout(1.0, 8.0, ledger), Watched, lost, disturbed)
    assert "; ".join(found).startswith(words)
    assert bool(found) == bool(words)


def test_a_run_that_takes_no_server_out_may_have_empty_books():
    assert untrue(Rollout(7.0, 8.0, Ledger(0, 0, 0)), Watched, 0, disturbed=False) == []
