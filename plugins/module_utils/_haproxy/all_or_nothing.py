# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: it may change without notice.
"""The same change on several HAProxies: on all of them or on none."""

from __future__ import annotations

from ansible_collections.zero.downtime.plugins.module_utils._clock import Clock, Deadline
from ansible_collections.zero.downtime.plugins.module_utils._errors import ZeroDowntimeError
from ansible_collections.zero.downtime.plugins.module_utils._haproxy import commands
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.desired import Desired
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.drain import empty, leave, settle
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.restore import goal_weight, relocate, restore
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.stats import ServerFacts
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.target import Steps, Target
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.transport import patiently

# A poll costs HAProxy 0.3 ms; a pause costs a rollout half its length on average for each wait.
_PAUSE = 0.05
_PAUSE_LATER = 0.2
_LATER = 5.0


def run(targets: list[Target], desired: Desired, clock: Clock) -> None:
    """Bring all of I(targets) to the I(desired) state. On a failure, put back those that were changed, and raise it."""
    deadline = Deadline(desired.timeout, clock)
    try:
        if desired.state == "ready":
            _advance_all([restore(target, desired, deadline) for target in targets], clock)
            return
        # One by one, in the same order everywhere: of two runs of which only one may drain, one gets all HAProxies.
        for target in sorted(targets, key=lambda target: target.runtime.socket):
            _advance_all([leave(target, desired, deadline)], clock)
        for phase in (empty, settle, _finish):
            _advance_all([phase(target, desired, deadline) for target in targets], clock)
    except ZeroDowntimeError as error:
        raise _with_failures(error, put_back(targets)) from error
    except BaseException:
        put_back(targets)
        raise


def put_back(targets: list[Target]) -> list[str]:
    """Undo what was done to I(targets); returns what could not be undone."""
    failures = []
    for target in targets:
        if not target.touched:
            continue
        try:
            target.now = patiently(target.read, target.clock)
            _put_back(target)
        except ZeroDowntimeError as error:
            failures.append(f"{target} could not be put back: {error.message}")
    return failures


def _finish(target: Target, desired: Desired, deadline: Deadline) -> Steps:
    """Change what is safe to change only when nothing is in flight."""
    relocate(target, desired)
    if desired.weight is not None:
        weight = goal_weight(target.now, desired)
        target.change(commands.weigh(target.now, weight))
    target.keep()
    yield from ()


def _put_back(target: Target) -> None:
    before = target.before
    if (target.now.address, target.now.port) != (before.address, before.port):
        if target.now.state != "maint":
            target.change(commands.maintain(target.now))
        moved_from = target.now.port
        target.change(commands.move(target.now, before.address, before.port))
        target.change(commands.move_check(target.now, moved_from))
    target.change(commands.weigh(target.now, before.weight))
    target.change(_state_back(before, target.now, health_known=target.health_known))
    if before.agent_enabled:
        target.change(commands.wake_agent(target.now))
    target.keep()


def _state_back(before: ServerFacts, now: ServerFacts, *, health_known: bool) -> commands.Commands:
    check_back = commands.unprotect(now) if before.check_enabled else ()
    if before.state == now.state:
        return check_back
    if before.state == "ready":
        return commands.resume(now, before) if health_known else commands.ready(now)
    if before.state == "maint":
        return commands.maintain(now)
    return (*commands.drain(now, protect=False), *check_back)


def _advance_all(flows: list[Steps], clock: Clock) -> None:
    """Advance I(flows) side by side until the last one has ended."""
    started = clock.monotonic()
    while True:
        flows = [flow for flow in flows if _goes_on(flow)]
        if not flows:
            return
        clock.sleep(_PAUSE if clock.monotonic() - started < _LATER else _PAUSE_LATER)


def _goes_on(flow: Steps) -> bool:
    """Advance I(flow) by one step; False when it has ended."""
    try:
        next(flow)
    except StopIteration:
        return False
    return True


def _with_failures(error: ZeroDowntimeError, failures: list[str]) -> ZeroDowntimeError:
    if not failures:
        return error
    return type(error)("; ".join([error.message, *failures]), **error.details)
