# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: it may change without notice.
"""Whether a request gets the lock, and what the lock is then. No I/O."""

from __future__ import annotations

import dataclasses
import math
import re
import typing as t

from ansible_collections.zero.downtime.plugins.module_utils._errors import ZeroDowntimeError
from ansible_collections.zero.downtime.plugins.module_utils._lock.record import Moment, Record

_RUN = re.compile(r"(?P<controller>[^/]+)/(?P<run>\d+-(?P<start>\d+))/[^/]*\Z")
"""A token that names its run: process id and start, in ticks since the controller's boot."""


class BadRequest(ZeroDowntimeError):
    """Options that make no sense together."""


class Held(ZeroDowntimeError):
    """Another run holds the lock and is alive."""


class Lost(ZeroDowntimeError):
    """The lock to refresh is not ours (any more)."""


@dataclasses.dataclass(frozen=True)
class LockRequest:
    """I(state): V(held), V(refreshed) or V(released); I(force): even if another run holds it.

    I(alive): the runs that the controller of I(token) has now; C(None) where that is not known.
    """

    service: str
    state: str
    token: str = ""
    owner: str = ""
    ttl: float = 900.0
    force: bool = False
    alive: tuple[str, ...] | None = None


@dataclasses.dataclass(frozen=True)
class Decision:
    """I(after): the lock as it is to be; I(action): what is done, empty where nothing is."""

    after: Record | None
    action: str = ""
    changed: bool = False
    taken_over: Record | None = None


def check(request: LockRequest, timeout: float) -> None:
    """Refuse nonsense before anything is touched. Raises BadRequest."""
    if not re.match(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,127}\Z", request.service):
        raise BadRequest(
            f"service {request.service!r} is not a valid file name here: letters, digits, '_', '.' and '-' only, "
            "beginning with a letter or a digit"
        )
    if not request.token and not (request.state == "released" and request.force):
        raise BadRequest(f"state {request.state} needs the token of the rollout; only force releases without one")
    if request.state == "held" and not request.owner:
        raise BadRequest("state held needs an owner, to be shown to others that wait")
    if not (math.isfinite(request.ttl) and request.ttl >= 1):
        raise BadRequest(f"ttl must be 1 second or more, not {request.ttl}")
    if not (math.isfinite(timeout) and timeout >= 0):
        raise BadRequest(f"timeout must be 0 seconds or more, not {timeout}")


def decide(found: Record | None, request: LockRequest, now: Moment) -> Decision:
    """Raises Held or Lost."""
    return _DECISIONS[request.state](found, request, now)


def _held(found: Record | None, request: LockRequest, now: Moment) -> Decision:
    what = f"the lock of {request.service}"
    mine = Record(request.service, request.owner, request.token, request.ttl, now.wall, now)
    if found is None:
        return Decision(mine, f"take {what}", changed=True)
    if found.token == request.token:
        return Decision(dataclasses.replace(mine, since=found.since), f"refresh {what}")
    if found.stale(now):
        how = f"not refreshed for {found.age(now):.0f} s"
    elif _ended(found.token, request):
        how = "whose process is gone"
    elif request.force:
        how = "by force"
    else:
        raise Held(_busy(found, now), lock=found.describe(now))
    return Decision(mine, f"take over {what} from {found.owner}, {how}", changed=True, taken_over=found)


def _ended(token: str, request: LockRequest) -> bool:
    """Whether I(token) belongs to a run of our controller that is not alive."""
    theirs, ours = _RUN.match(token), _RUN.match(request.token)
    if request.alive is None or theirs is None or ours is None or theirs["controller"] != ours["controller"]:
        return False
    # I(alive) is from the start of our run: one that began later, and took the lock while we waited, is not in it.
    return theirs["run"] not in request.alive and int(theirs["start"]) <= int(ours["start"])


def _refreshed(found: Record | None, request: LockRequest, now: Moment) -> Decision:
    if found is None:
        raise Lost(f"The lock of {request.service} is lost: it was released by force. This rollout stops here.")
    if found.token != request.token:
        raise Lost(
            f"The lock of {request.service} is lost: {found.owner} took it over. This rollout stops here.",
            lock=found.describe(now),
        )
    return Decision(
        dataclasses.replace(found, ttl=request.ttl, refreshed=now), f"refresh the lock of {request.service}"
    )


def _released(found: Record | None, request: LockRequest, now: Moment) -> Decision:
    """The lock of another run stays and is not a failure: a rollout that ends releases all it may have taken."""
    if found is None:
        return Decision(None)
    if found.token == request.token:
        return Decision(None, f"release the lock of {request.service}", changed=True)
    if request.force:
        return Decision(None, f"release the lock of {request.service} that {found.owner} held", True, taken_over=found)
    return Decision(found)


_DECISIONS: dict[str, t.Callable[[Record | None, LockRequest, Moment], Decision]] = {
    "held": _held,
    "refreshed": _refreshed,
    "released": _released,
}


def _busy(found: Record, now: Moment) -> str:
    seen = found.describe(now)
    return (
        f"{found.owner} has been rolling out {found.service} since {seen['since']} and refreshed the lock "
        f"{seen['age']:.0f} s ago; after {found.ttl:.0f} s without a refresh it counts as dead. Let it end (raise "
        "timeout to wait), or, if you know that it is gone, release the lock with force."
    )
