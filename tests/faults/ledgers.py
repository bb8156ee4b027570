# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ledger of one run of a trial, held against the load. No I/O.

Where something broke, requests may be lost outside of any ledger, and servers change by themselves. So a ledger is held
less tightly here than by tests/accounts.py: it tells of no loss that there was not, and of no answers that there were
not. Of a run that nothing disturbed it also tells of all answers from the first server that leaves to the last one.
"""

from __future__ import annotations

from accounts import Rollout, bounds
from lab.watch import Watch


def untrue(rollout: Rollout, watch: Watch, lost: int, disturbed: bool) -> list[str]:
    """What can't be true of the ledger of I(rollout), as sentences. I(lost): requests, by the clients' count."""
    found = []
    ledger = rollout.ledger
    told = ledger.lost + ledger.app_5xx
    if told > lost:
        found.append(f"the clients lost {lost} requests, a ledger tells of {told}")
    most = bounds(watch, rollout.began, rollout.ended)[1]
    least = 0 if disturbed or not ledger.complete else _at_least(rollout, watch)
    if not least <= ledger.answered + ledger.lost <= most:
        found.append(f"HAProxy answered {least} to {most} requests meanwhile, a ledger has {ledger}")
    return found


def _at_least(rollout: Rollout, watch: Watch) -> int:
    taken = [at for at, _server in watch.taken_out if rollout.began < at < rollout.ended]
    return max(0, watch.answered_by(taken[-1])[0] - watch.answered_by(taken[0])[1]) if taken else 0
