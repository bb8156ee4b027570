# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: it may change without notice.
"""Restore a server: requests come once HAProxy's own check has passed afresh, not before."""

from __future__ import annotations

from ansible_collections.zero.downtime.plugins.module_utils._clock import Deadline
from ansible_collections.zero.downtime.plugins.module_utils._haproxy import commands
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.desired import Desired
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.replies import HAProxyError
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.stats import ServerFacts, another_process
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.target import Interfered, Steps, Target

_RAMP_STEPS = 10


class NotUp(HAProxyError):
    """The check did not pass in time."""


class InUse(HAProxyError):
    """The address of a server that may hold connections is not changed."""


def restore(target: Target, desired: Desired, deadline: Deadline) -> Steps:
    """Put it into rotation, up by a fresh check, at its address and weight."""
    relocate(target, desired)
    facts = target.now
    if facts.state != "ready" and not facts.has_check and not facts.tracks:
        target.journal.warn(
            f"{target} has no check in haproxy.cfg, so it comes back unverified: HAProxy sends it requests whether the "
            "service answers or not. Add 'check' to it"
        )
    goal = goal_weight(facts, desired)
    start, *ramp = ramp_weights(facts.weight if facts.state == "ready" else 0, goal) if desired.ramp else [goal]
    lines = (*commands.weigh(facts, start), *commands.ready(facts))
    target.change(lines)
    # Before the wait as well: if this run is killed in it, a reload has the server wait for its check, by this file.
    target.keep()
    waiting = desired.wait and not target.rehearsal
    if waiting:
        yield from _until_up(target, deadline)
        target.keep()
    for weight in ramp:
        if waiting:
            step = Deadline(desired.ramp / len(ramp), target.clock)
            while not step.expired:
                yield
        target.change(commands.weigh(target.now, weight))
    # Not before: an agent may set weights of its own.
    target.change(commands.wake_agent(target.now))
    target.keep()


def relocate(target: Target, desired: Desired) -> None:
    """Change the address of a server in maintenance to the desired one.

    HAProxy 2.6 takes connections in flight back into the pool under the new address: requests went on to the old one
    for more than a second after such a change.
    """
    facts = target.now
    address, port = desired.address or facts.address, desired.port or facts.port
    lines = commands.move(facts, address, port)
    if lines and facts.state != "maint":
        raise InUse(
            f"{target} is in state {facts.state} at {facts.address}:{facts.port}; it moves to {address}:{port} "
            "only in maintenance: use state maint first",
            socket=target.runtime.socket,
        )
    target.change(lines)
    target.change(commands.move_check(target.now, facts.port))


def goal_weight(facts: ServerFacts, desired: Desired) -> int:
    """Never 0 unless asked for: a weight of 0 that was left behind would survive 'ready', and no request would come."""
    if desired.weight is not None:
        return desired.weight(facts.configured_weight)
    if desired.ramp:
        # A run that was killed on its way up leaves a weight that was never meant to stay.
        return max(facts.weight, facts.configured_weight)
    return facts.weight or facts.configured_weight


def ramp_weights(current: int, goal: int) -> list[int]:
    """The weights on the way up, goal included, none twice; the goal alone when there is no way up."""
    if goal <= current:
        return [goal]
    rise = goal - current
    steps = min(_RAMP_STEPS, rise)
    return [current + rise * step // steps for step in range(1, steps + 1)]


def _until_up(target: Target, deadline: Deadline) -> Steps:
    latest = target.now
    while True:
        facts = target.poll()
        if facts is not None and another_process(latest, facts):
            # The new one may have it as haproxy.cfg does, 'disabled' perhaps.
            target.change(commands.ready(facts))
            facts = target.now
        latest = facts or latest
        if facts is not None and facts.state != "ready":
            raise Interfered(
                f"{target} was set to {facts.state} while it was being restored; two tools manage this server",
                socket=target.runtime.socket,
            )
        if facts is not None and facts.up and (facts.fresh_check_passed or not facts.check_enabled):
            return
        if deadline.expired:
            raise _not_up(target, facts, deadline)
        yield


def _not_up(target: Target, facts: ServerFacts | None, deadline: Deadline) -> NotUp:
    if facts is None:
        return NotUp(
            f"HAProxy at {target.runtime.socket} is still away after {deadline.elapsed:.1f} s, so whether "
            f"{target.name} is up is not known"
        )
    last_check = f"{facts.check_status} {facts.check_text}".strip()
    return NotUp(
        f"{target} did not pass HAProxy's check within {deadline.elapsed:.1f} s: the last one reported "
        f"{last_check or 'nothing yet'}, health {facts.check_health} of {facts.rise + facts.fall - 1}; check the "
        f"service at {facts.address}:{facts.port}, or raise the timeout",
        check=facts.check(),
    )
