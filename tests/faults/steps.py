# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The steps of a host's turn, told apart by what can be seen from outside. No I/O."""

from __future__ import annotations

from dataclasses import dataclass

ADMIN_MAINT = 0x01
ADMIN_DRAIN = 0x08


@dataclass(frozen=True)
class Sight:
    """One look. I(admin), I(serves): the server's srv_admin_state, and whether requests go to it."""

    locked: bool = False
    admin: int = 0
    serves: bool = True
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
IN_ROTATION = (PREPARING, DRAINING, READYING, NEXT)
"""While requests of the struck host may be in flight; READYING because a server may come up at the very moment."""


def advance(before: str | None, sight: Sight) -> str | None:
    """The step that C(sight) shows, after C(before) was seen; None before the first. A turn never goes back."""
    return max((before, _step(before, sight)), key=_index)


def reached(step: str, at: str | None) -> bool:
    """A short step may pass between two looks: having come further counts."""
    return _index(at) >= _index(step)


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


def journalled(text: str) -> str:
    return next((step for words, step in JOURNALLED.items() if text.startswith(words)), SETTLING)


def _index(step: str | None) -> int:
    return -1 if step is None else STEPS.index(step)
