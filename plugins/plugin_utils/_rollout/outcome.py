# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What became of each host of a rollout, from what its tasks registered.

Private to this collection: it may change without notice.
"""

from __future__ import annotations

import dataclasses
import typing as t

Result = t.Mapping[str, t.Any]

NEW = "new"
OLD = "old"
PUT_BACK = "put back"
UNTOUCHED = "untouched"
UP_TO_DATE = "up to date"
SERVING = "serving"
UNKNOWN = "unknown"

_LOST = "it was unreachable in a task that is not the role's own, and Ansible went on without it"


@dataclasses.dataclass(frozen=True)
class Outcome:
    """I(runs) is one of the words above; I(why), if it failed, what the host said; I(seconds) the swap took."""

    host: str
    runs: str
    why: str = ""
    seconds: float = 0.0

    def __str__(self) -> str:
        took = f" (swapped in {self.seconds:.1f} s)" if self.runs == NEW and self.seconds else ""
        return f"{self.host}: {_SENTENCES[self.runs]}{took}"


_SENTENCES = {
    NEW: "runs the new version and serves",
    PUT_BACK: "runs what it ran before again",
    OLD: "failed, and runs what it ran before",
    UNTOUCHED: "was not touched",
    UP_TO_DATE: "was up to date and left alone",
    SERVING: "failed, and serves; what it runs only rollout_update_tasks know",
    UNKNOWN: "failed, and what it runs is unknown: it is out of rotation where HAProxy could be told",
}


def outcome(
    host: str,
    plan: Result,
    *,
    failed: str | None,
    lost: bool,
    by_tasks: bool,
    drained: Result,
    swapped: Result,
    undone: Result,
    restored: Result,
) -> Outcome:
    """I(lost): Ansible has no such host any more, and no rescue ran. I(by_tasks): tasks of the user's own swap.

    I(drained) to I(restored): the last results its tasks registered, empty where they did not run.
    """
    seconds = float(swapped.get("elapsed", 0.0))
    if host in plan["up_to_date"]:
        return Outcome(host, UP_TO_DATE)
    if host not in plan["hosts"]:
        return Outcome(host, UNTOUCHED)  # its batch did not come
    if failed is None and lost:
        failed = _LOST
    if failed is not None:
        return Outcome(host, _after_a_failure(by_tasks, drained, swapped, undone, restored), failed, seconds)
    if undone:
        return Outcome(host, PUT_BACK)
    return Outcome(host, NEW if restored else UNTOUCHED, seconds=seconds)


def _after_a_failure(by_tasks: bool, drained: Result, swapped: Result, undone: Result, restored: Result) -> str:
    if undone and not _well(undone):
        back_in = NEW if swapped else OLD
        return back_in if restored and _well(restored) else UNKNOWN
    if undone:
        return OLD
    if by_tasks and drained and _well(drained):  # only they know how far they came
        return SERVING if restored and _well(restored) else UNKNOWN
    if not swapped:
        return OLD
    if swapped.get("away"):
        return UNKNOWN
    if swapped.get("failed"):
        running = swapped.get("container", {}).get("state") == "running"
        return OLD if running else UNKNOWN
    return NEW if restored and _well(restored) else UNKNOWN


def _well(result: Result) -> bool:
    return not result.get("failed")


def text(outcomes: t.Iterable[Outcome]) -> list[str]:
    """A line for each host, and why it failed below."""
    lines: list[str] = []
    for each in outcomes:
        lines.append(str(each))
        if each.why:
            lines.append(f"  {each.why}")
    return lines
