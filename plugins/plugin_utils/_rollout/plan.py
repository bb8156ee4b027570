# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From what was found to a rollout: one image, who takes a turn, in which order, how many at once.

Private to this collection: it may change without notice.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.zero.downtime.plugins.plugin_utils._rollout import batches
from ansible_collections.zero.downtime.plugins.plugin_utils._rollout.look import (
    Host,
    Process,
    Refused,
    refuse_nothing_to_spare,
    refuse_too_many_at_once,
)


@dataclasses.dataclass(frozen=True)
class Plan:
    """A rollout to be done. I(hosts) are in the order of their turns; I(turns) are the sizes C(serial) takes.

    I(most_out): how many hosts may be out at once; I(needed): how many must serve; I(lines): each host's servers;
    I(followers): by the name of a host, the one that may leave as soon as that one is back.
    """

    image: str
    hosts: list[str]
    up_to_date: list[str]
    turns: list[int]
    most_out: int
    needed: int
    lines: dict[str, list[str]]
    followers: dict[str, str]

    def as_dict(self) -> dict[str, t.Any]:
        return dataclasses.asdict(self)


def make(
    hosts: t.Sequence[Host],
    balancers: t.Sequence[Process],
    *,
    stages: t.Sequence[t.Any] | None,
    min_healthy: t.Any,
    forks: int,
    one_image: bool = True,
    at_once: bool = False,
) -> Plan:
    """The plan for I(hosts), which are all hosts of the rollout in the order of the inventory.

    Ansible works on I(forks) hosts at a time: of a larger batch some would be out only to wait for their mates.
    Without I(one_image) each host gets an image of its own: the one it runs, in a restart. With I(at_once) they are
    one batch of somebody's own play, which takes no turns.
    """
    # A host that does not serve has nothing to lose, and mends the service first (newrelic/centurion#51).
    todo = sorted((host for host in hosts if not host.up_to_date), key=lambda host: host.serving)
    refuse_nothing_to_spare(todo, balancers, min_healthy)
    if at_once:
        refuse_too_many_at_once(todo, balancers, min_healthy)
    limit = min(_most_out(hosts, balancers, min_healthy), forks)
    # The first one is the canary of the others.
    sizes = batches.stages([1, limit] if stages is None else stages, len(todo))
    # Where the new version starts beside the old one, nobody goes out: a batch may be as large as it is stated.
    side_by_side = any(host.side_by_side for host in todo)
    turns = batches.turns(sizes, forks if side_by_side else limit)
    return Plan(
        image=_one_image(hosts) if one_image else "",
        hosts=[host.name for host in todo],
        up_to_date=[host.name for host in hosts if host.up_to_date],
        turns=turns,
        most_out=limit,
        needed=batches.must_serve(_counted(hosts, balancers), min_healthy),
        lines={host.name: list(host.lines) for host in hosts},
        followers={} if at_once else _followers(todo, turns),
    )


def _followers(todo: t.Sequence[Host], turns: t.Sequence[int]) -> dict[str, str]:
    """Who does not serve has nothing to leave; and somebody may keep it out, and shall find it so if its turn fails."""
    pairs = [(todo[first], todo[second]) for first, second in batches.in_a_row(turns)]
    return {
        host.name: follower.name
        for host, follower in pairs
        if host.makes_way and follower.makes_way and follower.serving and not follower.hooked
    }


def _most_out(hosts: t.Sequence[Host], balancers: t.Sequence[Process], min_healthy: t.Any) -> int:
    """A share of all hosts, but never more than the guard of each load balancer lets out of what it counts itself."""
    ours = {line for host in hosts for line in host.lines}
    spare = (process.spare(min_healthy, ours) for process in balancers)
    return max(1, min([batches.may_be_out(len(hosts), min_healthy), *spare]))


def _counted(hosts: t.Sequence[Host], balancers: t.Sequence[Process]) -> int:
    """Of how many hosts a share is taken: of all that HAProxy has, whatever the limit of this run, but its backups."""
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
            f"The hosts would not all get the same image: {said}. In a deploy its tag moved just now: run "
            "again; or the hosts ask different registries, or hold different images under one name: name the image by "
            "its digest. In a rollback, name the version in rollout_version"
        )
    return next(iter(found))
