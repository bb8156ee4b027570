# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ledger that a rollout prints, held against the load generator and against HAProxy as the lab reads it.

The load begins before a rollout and ends after it, so the windows differ. What was lost must still be the same to the
request, for nothing is lost outside. What was answered is held from both sides: HAProxy's total is the clients', and
the ledger of a rollout lies between the answers from its first change of a server to its last and those of the whole
run. Where the windows are equal, tests/e2e/test_around.py compares to the request.
"""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass

from lab.load import LoadReport
from lab.watch import Watch

_LINE = re.compile(
    r"(?P<answered>[\d,]+) requests answered"
    r"(?:, (?P<app_5xx>[\d,]+) of them with a 5xx of the service)?"
    r", (?P<lost>[\d,]+) lost"
    r"(?P<gaps>.*; not counted: )?"
)


@dataclass(frozen=True)
class Ledger:
    """As on the screen; I(answered) holds I(app_5xx)."""

    answered: int
    app_5xx: int
    lost: int
    complete: bool = True
    """If not, every number is an V(at least)."""

    @classmethod
    def read(cls, screen: str) -> Ledger | None:
        """None for a run that rolled nothing."""
        found = _LINE.search(screen)
        if found is None:
            return None
        answered, app_5xx, lost, gaps = found.groups("")
        return cls(*(int(count.replace(",", "") or 0) for count in (answered, app_5xx, lost)), complete=not gaps)


class Rollout(t.NamedTuple):
    """From I(began) to I(ended), in the watch's seconds."""

    began: float
    ended: float
    ledger: Ledger


def disagreements(
    rollouts: t.Sequence[Rollout], watch: Watch, reports: t.Sequence[LoadReport], in_flight: int
) -> list[str]:
    """What can't be true of the ledgers, as sentences. I(in_flight): how many requests the end of the load may cut."""
    found = []
    lost, told = (
        sum(report.lost for report in reports),
        sum(each.ledger.lost + each.ledger.app_5xx for each in rollouts),
    )
    if lost != told:
        found.append(f"the clients lost {lost} requests, the ledgers tell of {told}")
    asked = sum(report.requests + sum(report.errors.values()) for report in reports)
    answered = sum(report.requests for report in reports)
    if not answered <= watch.counted.answered <= asked + in_flight:
        found.append(f"the clients have {answered} answers, HAProxy counted {watch.counted.answered}")
    for each in rollouts:
        least, most = bounds(watch, each.began, each.ended)
        if not least <= each.ledger.answered + each.ledger.lost <= most:
            found.append(f"HAProxy answered {least} to {most} requests meanwhile, the ledger has {each.ledger}")
    return found


def bounds(watch: Watch, began: float, ended: float) -> tuple[int, int]:
    """At least so many requests were answered in a rollout's books, and at most.

    They are opened before the first server changes and closed after the last has.
    """
    most = watch.answered_by(ended)[1] - watch.answered_by(began)[0]
    changes = [event.at for event in watch.timeline if began < event.at < ended]
    if not changes:
        return 0, most
    # A change is seen by the look after it: the one before saw the servers as they were.
    last_without = max(at for at, _serving in watch.samples if at < changes[-1])
    return max(0, watch.answered_by(last_without)[0] - watch.answered_by(changes[0])[1]), most
