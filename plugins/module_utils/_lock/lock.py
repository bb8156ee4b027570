# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: it may change without notice.
"""One rollout per service at a time: take, refresh and release the lock."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ansible_collections.zero.downtime.plugins.module_utils._clock import Clock, Deadline
from ansible_collections.zero.downtime.plugins.module_utils._lock.decide import (
    Decision,
    Held,
    LockRequest,
    check,
    decide,
)
from ansible_collections.zero.downtime.plugins.module_utils._lock.record import Moment, Record
from ansible_collections.zero.downtime.plugins.module_utils._lock.store import Store

POLL = 0.5  # s


@dataclass(frozen=True)
class Outcome:
    """I(waited): s, for another rollout; I(elapsed): s, in all."""

    before: Record | None
    decision: Decision
    waited: float
    elapsed: float
    now: Moment
    token: str

    def as_dict(self) -> dict[str, t.Any]:
        after, taken = self.decision.after, self.decision.taken_over
        return {
            "changed": self.decision.changed,
            "actions": [self.decision.action] if self.decision.action else [],
            "held": after is not None and after.token == self.token,
            "lock": after.describe(self.now) if after else {},
            "taken_over_from": taken.describe(self.now) if taken else {},
            "waited": round(self.waited, 3),
            "elapsed": round(self.elapsed, 3),
        }

    @property
    def warning(self) -> str:
        """Empty where there is nothing to warn of."""
        return f"Another rollout was cut off: {self.decision.action}" if self.decision.taken_over else ""

    @property
    def diff(self) -> dict[str, t.Any]:
        def holder(record: Record | None) -> dict[str, str]:
            return {"owner": record.owner} if record else {}

        after = self.decision.after if self.decision.changed else self.before
        return {"before": holder(self.before), "after": holder(after)}


def carry_out(
    request: LockRequest, *, state_dir: str, timeout: float, clock: Clock, check_mode: bool = False
) -> Outcome:
    """Wait up to I(timeout) seconds for a lock that another rollout holds.

    Raises BadRequest before anything is touched, StoreError, Held when the time is up, Lost.
    """
    check(request, timeout)
    store = Store(state_dir, request.service, clock)
    deadline = Deadline(timeout, clock)
    waited = 0.0
    while True:
        try:
            before, decision = _decide_now(request, store) if check_mode else _change(request, store)
        except Held as error:
            if deadline.expired:
                error.details.update(waited=round(waited, 3), elapsed=round(deadline.elapsed, 3))
                raise
            deadline.pause(POLL)
            waited = deadline.elapsed
        else:
            return Outcome(before, decision, waited, deadline.elapsed, store.now(), request.token)


def _decide_now(request: LockRequest, store: Store) -> tuple[Record | None, Decision]:
    found = store.read()
    return found, decide(found, request, store.now())


def _change(request: LockRequest, store: Store) -> tuple[Record | None, Decision]:
    found, decision = _decide_now(request, store)
    if decision.after == found:
        return found, decision
    with store.guarded():
        found, decision = _decide_now(request, store)
        if decision.after != found:
            store.write(decision.after)
    return found, decision
