# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: it may change without notice.
"""What became of each host of a rollout: what it runs, and whether it is in rotation.

The first follows from what the tasks of its turn registered, the second is what the load balancers said in the end.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.zero.downtime.plugins.module_utils._container.description import registry
from ansible_collections.zero.downtime.plugins.module_utils._errors import ZeroDowntimeError
from ansible_collections.zero.downtime.plugins.plugin_utils._rollout.turn import Done, Turn

Result = t.Mapping[str, t.Any]

NEW = "new"
OLD = "old"
PUT_BACK = "put back"
UNTOUCHED = "untouched"
UP_TO_DATE = "up to date"
BY_TASKS = "by tasks"
UNKNOWN = "unknown"

UNREACHABLE = "it was unreachable in a task that does not belong to the role, and Ansible went on without it"


@dataclasses.dataclass(frozen=True)
class Outcome:
    """I(runs): one of the words above; I(image): pinned, empty where only the user's tasks know.

    I(rotation): by load balancer whether it sends requests to the host, None where it did not answer. I(why): if the
    host failed, the reason, line by line. I(swapped): whether the swap changed anything, in I(seconds). I(rehearsed):
    in check mode.
    """

    host: str
    runs: str
    image: str = ""
    rotation: t.Mapping[str, bool | None] = dataclasses.field(default_factory=dict)
    why: t.Sequence[str] = ()
    swapped: bool = False
    seconds: float = 0.0
    rehearsed: bool = False

    @property
    def in_rotation(self) -> bool | None:
        """On every load balancer; None where that is not known, or there is none."""
        if False in self.rotation.values():
            return False
        return None if None in self.rotation.values() or not self.rotation else True

    def __str__(self) -> str:
        lead = "failed; " if self.why else _LEADS.get(self.runs, "")
        took = f"; swapped in {self.seconds:.1f} s" if self.runs == NEW and self.swapped and not self.rehearsed else ""
        return f"{self.host}: {lead}{self._what}{self._where}{took}"

    @property
    def _what(self) -> str:
        would = "would run" if self.rehearsed and self.runs == NEW else "runs"
        if self.runs == UNKNOWN:
            return "what it runs is unknown"
        if self.image:
            return f"{would} {_brief(self.image)}"
        return (
            f"{would} what rollout_update_tasks left" if self.runs in (BY_TASKS, NEW) else f"{would} what it ran before"
        )

    @property
    def _where(self) -> str:
        if self.in_rotation:
            return ", in rotation"
        if self.in_rotation is False:
            out = [name for name, serves in self.rotation.items() if serves is False]
            return ", out of rotation" + ("" if len(out) == len(self.rotation) else f" on {', '.join(out)}")
        silent = [name for name, serves in self.rotation.items() if serves is None]
        return f", rotation unknown ({', '.join(silent)} did not answer)" if silent else ""

    def as_dict(self) -> dict[str, t.Any]:
        return {
            **dataclasses.asdict(self),
            "rotation": dict(self.rotation),
            "why": "\n".join(self.why),
            "in_rotation": self.in_rotation,
            "digest": self.image.partition("@")[2],
        }


_LEADS = {
    PUT_BACK: "put back; ",
    UNTOUCHED: "not touched; ",
    UP_TO_DATE: "up to date; ",
}


def runs(turn: Turn | None, done: Done, *, up_to_date: bool, failed: bool) -> str:
    """I(turn): None for a host that has none."""
    if up_to_date:
        return UP_TO_DATE
    if turn is None:
        return UNTOUCHED
    if done.own_tasks:
        return BY_TASKS if failed else NEW
    if done.previous is not None:
        return _after_the_way_back(turn, done.previous, done.swapped)
    if done.swapped is not None and done.swapped.get("begun", True):
        if not done.swapped.get("failed"):
            return NEW
        return OLD if _runs(done.swapped) else UNKNOWN
    if turn.put_back:
        return NEW
    return OLD if failed else UNTOUCHED


def image(word: str, turn: Turn | None, done: Done, before: str) -> str:
    """What a host runs by I(word), pinned. I(before): what it ran when the rollout began."""
    if word in (OLD, UNTOUCHED, UP_TO_DATE):
        return before
    if word == PUT_BACK or (word == NEW and turn is not None and turn.to_previous and not turn.put_back):
        return str((done.previous or {}).get("image", "")) or before
    if word != NEW:
        return ""
    return str((done.swapped or {}).get("image", "")) or (turn.image if turn else "")


def rotation(lines: t.Sequence[str], balancers: t.Sequence[Result]) -> dict[str, bool | None]:
    """By load balancer whether it sends requests to any of I(lines); I(balancers): the results of a last look.

    Empty for a host whose servers are not known: its batch did not come. And a host that only keeps the lock is not a
    load balancer: it has no process.
    """
    return {
        each["balancer"]: _serves(lines, each["processes"]) if "processes" in each else None
        for each in balancers
        if lines and each.get("processes") != []
    }


def _serves(lines: t.Sequence[str], processes: t.Sequence[Result]) -> bool:
    return all(
        any(row["server"] in lines and row["state"] == "ready" and row["up"] for row in process["servers"])
        for process in processes
    )


def _after_the_way_back(turn: Turn, previous: Result, swapped: Result | None) -> str:
    wanted = turn.to_previous and not turn.put_back
    if not previous.get("failed"):
        return NEW if wanted else PUT_BACK if turn.put_back else OLD
    if not _runs(previous):
        return UNKNOWN
    return OLD if wanted else NEW


def _brief(image: str) -> str:
    """A name that is not ours to refuse is shown as it is."""
    try:
        return registry.brief(image)
    except ZeroDowntimeError:
        return image


def _runs(result: Result) -> bool:
    return (result.get("container") or {}).get("state") == "running"


def text(outcomes: t.Iterable[Outcome]) -> list[str]:
    """A line for each host, and why it failed below."""
    lines: list[str] = []
    for each in outcomes:
        lines += [str(each), *(f"  {line}" for line in each.why)]
    return lines
