# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The steps of a host's turn, told apart by what can be seen from outside. No I/O."""

from __future__ import annotations

import re
from dataclasses import dataclass

ADMIN_MAINT = 0x01
ADMIN_DRAIN = 0x08


@dataclass(frozen=True)
class Sight:
    """One look. I(admin), I(serves): the server's srv_admin_state, and whether requests go to it.

    With slots there are two servers: I(admin) and I(in_flight) are the old one's, I(serves), I(let_in) the new one's.
    """

    locked: bool = False
    admin: int = 0
    serves: bool = True
    let_in: bool = True
    in_flight: int = 0
    journal: str | None = None
    """The step that the journal on the host names, V() once the change is past undoing; None without a journal."""
    next_out: bool = False
    """Whether the host after this one has left rotation, or begun to."""


PREPARING = "preparing"
DRAINING = "draining"
DRAINED = "drained"
CREATING = "creating"
STOPPING = "stopping the old"
ASIDE = "putting the old aside"
NAMING = "naming the new"
STARTING = "starting the new"
WAITING = "waiting for health"
SETTLING = "settling"
SWAPPED = "swapped"
READYING = "let in, not up yet"
NEXT = "the next host's turn"

JOURNALLED = {
    "create hello-next": CREATING,
    "set the restart policy of hello to no": CREATING,
    "stop hello": STOPPING,
    "rename hello to": ASIDE,
    "rename hello-next": NAMING,
    "start hello": STARTING,
    "wait until hello": WAITING,
    "set the restart policy of hello to unless-stopped": SETTLING,
}
"""How the words of the journal's step begin."""
SLOT = re.compile(r"hello-slots(-[0-9]+)?")
"""The container hello, where it runs in a slot."""

STEPS = (
    PREPARING,
    DRAINING,
    DRAINED,
    CREATING,
    STOPPING,
    ASIDE,
    NAMING,
    STARTING,
    WAITING,
    SETTLING,
    SWAPPED,
    READYING,
    NEXT,
)
"""In the order in which a turn takes them."""
SWAP = STEPS[STEPS.index(CREATING) : STEPS.index(SWAPPED)]
"""While the module on the host is at work."""
STEPS_BESIDE = (
    PREPARING,
    *(step for step in SWAP if step != STOPPING),
    SWAPPED,
    READYING,
    DRAINING,
    DRAINED,
    STOPPING,
    NEXT,
)
"""Where the new one starts in a slot beside the old one."""
IN_ROTATION = (PREPARING, DRAINING, READYING, NEXT)
"""While requests of the struck host may be in flight; READYING because a server may come up at the very moment."""


def advance(before: str | None, sight: Sight, steps: tuple[str, ...] = STEPS) -> str | None:
    """The step that C(sight) shows, after C(before) was seen; None before the first. A turn never goes back."""
    shown = _step_beside(before, sight) if steps == STEPS_BESIDE else _step(before, sight)
    return max((before, shown), key=lambda step: _index(step, steps))


def reached(step: str, at: str | None, steps: tuple[str, ...] = STEPS) -> bool:
    """A short step may pass between two looks: having come further counts."""
    return _index(at, steps) >= _index(step, steps)


def _step(before: str | None, sight: Sight) -> str | None:
    if sight.journal is not None:
        return journalled(sight.journal)
    swapped = reached(CREATING, before)
    if sight.next_out and swapped:
        return NEXT
    if sight.admin & ADMIN_MAINT:
        return SWAPPED if swapped else DRAINED
    if swapped:
        return before if sight.serves else READYING
    if sight.admin & ADMIN_DRAIN and sight.in_flight:
        return DRAINING
    return PREPARING if sight.locked else None


def _step_beside(before: str | None, sight: Sight) -> str | None:
    swapped = reached(CREATING, before, STEPS_BESIDE)
    if sight.next_out and swapped:
        return NEXT
    if sight.journal is not None:
        return STOPPING if reached(DRAINED, before, STEPS_BESIDE) else journalled(sight.journal)
    if not swapped:
        return PREPARING if sight.locked else None
    if sight.admin & ADMIN_MAINT:
        return DRAINED
    if sight.admin & ADMIN_DRAIN and sight.in_flight:
        return DRAINING
    if sight.serves:
        return before
    return READYING if sight.let_in else SWAPPED


def journalled(text: str) -> str:
    text = SLOT.sub("hello", text)
    return next((step for words, step in JOURNALLED.items() if text.startswith(words)), SETTLING)


def _index(step: str | None, steps: tuple[str, ...]) -> int:
    return -1 if step is None else steps.index(step)
