# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: it may change without notice.
"""The turn of one host: the stages it goes through, what puts it right when one fails, and where each stage acts.

A stage is a file of the role, C(tasks/stages/<stage>.yml). No I/O, no clock.

The hosts of a batch go through their stages in step, and Ansible takes included files in the order in which the first
host names them. So a batch goes through one list (C(in_step)), and a host sits out what is not among its own stages.
"""

from __future__ import annotations

import dataclasses
import itertools
import typing as t

Result = t.Mapping[str, t.Any]
Place = t.Tuple[str, str]
"""A load balancer, and a server there."""


_AT_BALANCERS = ("close_slot", "drain", "drain_new", "hand_over", "restore", "restore_if_healthy", "restore_next")


@dataclasses.dataclass(frozen=True)
class Turn:
    """What the plan knows of one host's turn.

    I(lines): its servers in haproxy.cfg. I(min_healthy): for the guard of its drain. I(next_host): who is drained in
    the visit to the load balancer that restores this one; I(previous_host): whose visit drains this one; either may
    be empty. I(in_step): what its batch goes through; I(sits_out): which of that this host does not.
    """

    host: str
    server: str
    lines: t.Sequence[str]
    balancers: t.Sequence[str]
    image: str = ""
    min_healthy: t.Any = 1
    to_previous: bool = False
    own_tasks: bool = False
    side_by_side: bool = False
    check_mode: bool = False
    before_host: bool = False
    verifies: bool = False
    put_back: bool = False
    idle_line: str = ""
    next_host: str = ""
    next_server: str = ""
    previous_host: str = ""
    in_step: t.Sequence[str] = ()
    sits_out: t.Sequence[str] = ()

    def as_dict(self) -> dict[str, t.Any]:
        return dataclasses.asdict(self)

    @property
    def stops_first(self) -> bool:
        """The container in place makes way for another image, while the host is out of rotation."""
        return not (self.to_previous or self.own_tasks or self.side_by_side)

    def put_back_instead(self) -> Turn:
        """The turn that takes back what this one did, once the rollout has failed at another host."""
        way = dataclasses.replace(
            self, to_previous=True, put_back=True, before_host=False, verifies=False, next_host="", previous_host=""
        )
        return dataclasses.replace(way, in_step=stages(way), sits_out=())


@dataclasses.dataclass(frozen=True)
class Done:
    """What the stages of a turn have registered so far; None where one did not run.

    I(drained), I(restored): of a loop over places. I(handed_over): of the visit that restored the host and drained the
    next one. I(own_tasks): whether the user's tasks began.
    """

    drained: Result | None = None
    swapped: Result | None = None
    previous: Result | None = None
    restored: Result | None = None
    handed_over: Result | None = None
    own_tasks: bool = False

    @property
    def let_in(self) -> Result | None:
        """The last return into rotation, whichever stage did it."""
        return self.restored or self.handed_over


def stages(turn: Turn) -> list[str]:
    """Its own stages, in order."""
    hook = ["before_host"] if turn.before_host else []
    return _where_there_is_a_balancer(turn, [*hook, *_way(turn)])


def batch(turns: t.Sequence[Turn]) -> list[Turn]:
    """I(turns), which are taken at the same time, with what their hosts go through together."""
    own = [stages(turn) for turn in turns]
    together = in_step(own)
    return [
        dataclasses.replace(turn, in_step=together, sits_out=[stage for stage in together if stage not in mine])
        for turn, mine in zip(turns, own)
    ]


def in_step(lists: t.Iterable[t.Sequence[str]]) -> list[str]:
    """Every stage of any of I(lists) once, in an order that is right for each of them."""
    together: list[str] = []
    for stages_of_one in lists:
        position = 0
        for stage in stages_of_one:
            if stage not in together:
                together.insert(position, stage)
            position = together.index(stage) + 1
    return together


def remaining(turn: Turn, done: Done) -> list[str]:
    """What is left of the turn when it begins: the turn before may have drained the host."""
    return [stage for stage in turn.in_step if stage != "drain" or not done.drained]


def recovery(turn: Turn, done: Done, tried: t.Sequence[str] = ()) -> list[str]:
    """The stages that lead from a failure back to something that serves; none where the host is better left out.

    I(tried): where one of these has failed as well, all of them.
    """
    found = _where_there_is_a_balancer(turn, _recovery(turn, done))
    # A loop over no place would register that it was skipped.
    if found == list(tried) or (found == ["restore"] and not places(turn, done, "restore")):
        return []
    return found


def _recovery(turn: Turn, done: Done) -> list[str]:
    if done.own_tasks:
        # Only the user's tasks know what they left. A host that they brought into rotation stays there.
        return [] if done.restored else ["restore_if_healthy"]
    if not _began(done.swapped):
        return _after_no_swap(turn, done)
    if _failed(done.swapped):
        # With slots the old one never left. One that can not be asked may still be swapping.
        return ["restore"] if _runs(done.swapped) and not turn.side_by_side and not done.restored else []
    if done.previous is None and not _drain_back_failed(turn, done):
        return [*(["restore_next"] if _broke_off(done.handed_over) else []), *_way_back(turn)]
    return _after_the_way_back(turn, done)


def places(turn: Turn, done: Done, stage: str) -> list[Place]:
    """Where I(stage) acts, in the order of the load balancers: one that drains or restores."""
    if stage == "restore_next":
        return [(balancer, turn.next_server) for balancer in turn.balancers]
    if stage == "close_slot":
        return _everywhere(turn, [turn.idle_line] if turn.idle_line else [])
    if stage == "drain_new":
        return _everywhere(turn, [_line(turn, done.swapped)])
    started = _started_line(turn, done)
    if stage == "drain":
        return _everywhere(turn, [line for line in turn.lines if line != started or not turn.side_by_side])
    return _taken_out(done.drained) if _only_drained(turn, done) else _everywhere(turn, [started])


def handed_over(result: Result | None, place: Place) -> Result | None:
    """I(result) of the visit before, as the stage drain would have registered it; None where the host did not leave."""
    drained = (result or {}).get("drained") or {}
    return {"results": [{**drained, "balancer_and_line": list(place)}]} if drained.get("out") else None


def _where_there_is_a_balancer(turn: Turn, found: list[str]) -> list[str]:
    return [stage for stage in found if turn.balancers or stage not in _AT_BALANCERS]


def _way(turn: Turn) -> list[str]:
    verification = ["verify"] if turn.verifies and not turn.check_mode else []
    if turn.to_previous:
        return [*_way_back(turn), *verification]
    if turn.own_tasks:
        return ["drain", "own_tasks", "restore", *verification]
    if turn.side_by_side:
        # In check mode nothing has started beside the old one.
        rest = [] if turn.check_mode else ["restore", "drain", *verification, "retire"]
        return ["close_slot", "swap", *rest]
    return ["drain", "swap", "hand_over" if turn.next_host else "restore", *verification]


def _way_back(turn: Turn) -> list[str]:
    if not turn.side_by_side:
        return ["drain", "previous", "restore"]
    return ["previous"] if turn.check_mode else ["previous", "restore", "drain", "retire"]


def _after_no_swap(turn: Turn, done: Done) -> list[str]:
    """The host runs what it ran before, or in a rollback what that left."""
    if _failed(done.previous):
        return ["restore"] if _runs(done.previous) and not turn.side_by_side and not done.restored else []
    if done.drained and not done.previous and not done.let_in:
        return ["restore"]
    # A rollback with slots: what ran before serves, and where the drain of the other one failed that one does as well.
    return ["restore"] if done.previous and _failed(done.drained) and not _failed(done.let_in) else []


def _after_the_way_back(turn: Turn, done: Done) -> list[str]:
    """What runs has been found bad, and could not be replaced by what ran before."""
    if turn.side_by_side:
        return ["drain_new"]
    return ["restore"] if done.previous is None else []


def _drain_back_failed(turn: Turn, done: Done) -> bool:
    """Without slots the swap comes after a drain that went well, so one that failed is that of the way back."""
    return not turn.side_by_side and _failed(done.drained)


def _only_drained(turn: Turn, done: Done) -> bool:
    """Nothing has been started since the drain that failed: only what it took out goes back."""
    if not _failed(done.drained):
        return False
    way_back = _began(done.swapped) and done.previous is not None
    return not way_back


def _taken_out(drained: Result | None) -> list[Place]:
    """An operator may keep the server out elsewhere, and one of its lines may have nothing behind it."""
    found = ((drained or {}).get("results")) or ()
    return [t.cast(Place, tuple(each["balancer_and_line"])) for each in found if may_be_out(each)]


def may_be_out(result: Result) -> bool:
    """Whether a drain took a server out and left it so; it may have where it was lost on the way or killed."""
    if "before" not in result:
        return True
    pairs = zip(result["before"], result["after"])
    return any(before["state"] == "ready" and after["state"] != "ready" for before, after in pairs)


def _everywhere(turn: Turn, lines: t.Sequence[str]) -> list[Place]:
    return list(itertools.product(turn.balancers, lines))


def _started_line(turn: Turn, done: Done) -> str:
    """The server of what was started last in this turn."""
    return _line(turn, done.swapped if done.previous is None or _failed(done.previous) else done.previous)


def _line(turn: Turn, result: Result | None) -> str:
    slot = (result or {}).get("slot")
    return turn.server if slot is None else f"{turn.server}-{slot}"


def _began(swapped: Result | None) -> bool:
    """A host that could not be reached before the swap has not changed."""
    return swapped is not None and swapped.get("begun", True)


def _failed(result: Result | None) -> bool:
    return bool((result or {}).get("failed"))


def _runs(result: Result | None) -> bool:
    return ((result or {}).get("container") or {}).get("state") == "running"


def _broke_off(handed_over: Result | None) -> bool:
    """A visit that restores one host and drains the next, and that does not say how far it came."""
    return _failed(handed_over) and "drained" not in (handed_over or {})
