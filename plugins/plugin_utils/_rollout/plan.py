# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: it may change without notice.
"""From what was found to a rollout: one image, who takes a turn, when, how many at once, and what each of them does."""

from __future__ import annotations

import dataclasses
import itertools
import typing as t

from ansible_collections.zero.downtime.plugins.plugin_utils._rollout import batches, turn
from ansible_collections.zero.downtime.plugins.plugin_utils._rollout.observed import Host, Process
from ansible_collections.zero.downtime.plugins.plugin_utils._rollout.preflight import (
    Refused,
    refuse_nothing_to_spare,
    refuse_too_many_at_once,
)
from ansible_collections.zero.downtime.plugins.plugin_utils._rollout.turn import Turn


@dataclasses.dataclass(frozen=True)
class Plan:
    """A rollout to be done. I(hosts) are in the order of their turns; I(batches) are the sizes C(serial) takes.

    I(most_out): how many hosts may be out at once. I(turns): by host, for those of I(hosts).
    """

    image: str
    hosts: list[str]
    up_to_date: list[str]
    batches: list[int]
    most_out: int
    lines: dict[str, list[str]]
    turns: dict[str, Turn]

    def as_dict(self) -> dict[str, t.Any]:
        return dataclasses.asdict(self)


def make(
    hosts: t.Sequence[Host],
    balancers: t.Sequence[Process],
    *,
    stated_batches: t.Sequence[t.Any] | None,
    min_healthy: t.Any,
    forks: int,
    one_image: bool = True,
    at_once: bool = False,
    check_mode: bool = False,
) -> Plan:
    """The plan for I(hosts), which are all hosts of the rollout in the order of the inventory.

    Ansible works on I(forks) hosts at a time: in a larger batch some would be out only to wait for their mates.
    Without I(one_image) each host gets its own image, the one it runs: a restart. With I(at_once) they are one batch
    of a play of the user's.
    """
    # A host that does not serve has nothing to lose, and mends the service first (newrelic/centurion#51).
    todo = sorted((host for host in hosts if not host.up_to_date), key=lambda host: host.serving)
    refuse_nothing_to_spare(todo, balancers, min_healthy)
    if at_once:
        refuse_too_many_at_once(todo, balancers, min_healthy)
    limit = min(_most_out(hosts, balancers, min_healthy), forks)
    # The first one is the canary of the others.
    sizes = batches.sizes([1, limit] if stated_batches is None else stated_batches, len(todo))
    # Where the new version starts beside the old one, no host goes out: a batch may be as large as it is stated.
    side_by_side = any(host.side_by_side for host in todo)
    serial = batches.limited(sizes, forks if side_by_side else limit)
    image = _one_image(hosts) if one_image else ""
    # With slots the guard can't take a share of the servers it sees: half of them are idle.
    least = batches.must_serve(_counted(hosts, balancers), min_healthy) if side_by_side else min_healthy
    turns = [_turn(host, image, least, check_mode) for host in todo]
    return Plan(
        image=image,
        hosts=[host.name for host in todo],
        up_to_date=[host.name for host in hosts if host.up_to_date],
        batches=serial,
        most_out=limit,
        lines={host.name: list(host.lines) for host in hosts},
        turns=_by_host(turn.batch(turns)) if at_once else _in_batches(_handing_over(todo, turns, serial), serial),
    )


def _turn(host: Host, image: str, min_healthy: t.Any, check_mode: bool) -> Turn:
    return Turn(
        host=host.name,
        server=host.server or host.name,
        lines=host.lines,
        balancers=host.balancers,
        image=image,
        min_healthy=min_healthy,
        to_previous=host.to_previous,
        own_tasks=host.own_tasks,
        side_by_side=host.side_by_side,
        check_mode=check_mode,
        before_host=host.before_host,
        verifies=host.verifies,
        idle_line=host.idle_line,
    )


def _handing_over(todo: t.Sequence[Host], turns: t.Sequence[Turn], serial: t.Sequence[int]) -> list[Turn]:
    """I(turns), where the next host is drained in the visit that restores the one before."""
    found = list(turns)
    for first, second in batches.in_a_row(serial):
        if _hands_over(found[first], found[second], todo[second].serving):
            found[first] = dataclasses.replace(
                found[first], next_host=found[second].host, next_server=found[second].server
            )
            found[second] = dataclasses.replace(found[second], previous_host=found[first].host)
    return found


def _hands_over(one: Turn, following: Turn, serving: bool) -> bool:
    """Nothing comes between their turns, and there is one load balancer to visit.

    A host that does not serve has nothing to drain; and an operator who keeps it out finds it so if its turn fails.
    """
    simple = one.stops_first and following.stops_first and serving and not one.check_mode
    return simple and len(one.balancers) == 1 and not (one.verifies or following.before_host)


def _in_batches(turns: t.Sequence[Turn], serial: t.Sequence[int]) -> dict[str, Turn]:
    each = iter(turns)
    return _by_host(found for size in serial for found in turn.batch(list(itertools.islice(each, size))))


def _by_host(turns: t.Iterable[Turn]) -> dict[str, Turn]:
    return {each.host: each for each in turns}


def _most_out(hosts: t.Sequence[Host], balancers: t.Sequence[Process], min_healthy: t.Any) -> int:
    """A share of all hosts, but never more than the guard of each load balancer lets out of what it counts itself."""
    ours = {line for host in hosts for line in host.lines}
    spare = (process.spare(min_healthy, ours) for process in balancers)
    return max(1, min([batches.may_be_out(len(hosts), min_healthy), *spare]))


def _counted(hosts: t.Sequence[Host], balancers: t.Sequence[Process]) -> int:
    """Of how many hosts a share is taken: all that HAProxy has, whatever the limit of this run, but its backups."""
    slots = {port for host in hosts for port in host.slots}
    return max((process.hosts(slots) for process in balancers), default=0) or len(hosts)


def _one_image(hosts: t.Sequence[Host]) -> str:
    """The tag is resolved on every host at the same time; it must not have moved in between."""
    found: dict[str, list[str]] = {}
    for host in hosts:
        found.setdefault(host.image, []).append(host.name)
    if len(found) > 1:
        said = "; ".join(f"{image} on {', '.join(names)}" for image, names in sorted(found.items()))
        raise Refused(
            f"The hosts would not all get the same image: {said}. In a deploy its tag moved just now: run again. Or "
            "the hosts ask different registries, or hold different images under one name: name the image by its "
            "digest. In a rollback, name the version in rollout_version"
        )
    return next(iter(found))
