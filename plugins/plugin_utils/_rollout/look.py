# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the hosts and the load balancers said before the rollout, as plain facts; refused where it can't be rolled.

Private to this collection: it may change without notice.
"""

from __future__ import annotations

import dataclasses
import itertools
import typing as t

from ansible_collections.zero.downtime.plugins.module_utils._errors import ZeroDowntimeError
from ansible_collections.zero.downtime.plugins.module_utils._haproxy import guard


class Refused(ZeroDowntimeError):
    """The rollout can't be done as asked; nothing has been touched."""


@dataclasses.dataclass(frozen=True)
class Host:
    """One host as it was found: what it shall run, whether that is due, and whether HAProxy sends requests to it.

    I(lines) are its servers in haproxy.cfg: one, or with slots one for each, and the one of the layout without slots
    where it is still there.
    """

    name: str
    lines: tuple[str, ...]
    image: str  # pinned: repository@digest, or the image's id where no registry is involved
    swap_needed: bool
    serving: bool  # on every load balancer
    slots: tuple[int, ...] = ()
    hooked: bool = False  # something of the user's own comes before its turn

    @property
    def side_by_side(self) -> bool:
        return bool(self.slots)

    @property
    def makes_way(self) -> bool:
        """Its old container goes before the new one comes, out of rotation."""
        return bool(self.image) and not self.side_by_side

    @property
    def former(self) -> str:
        """Its server of the layout without slots, where it is in slots and that one is still there; else empty."""
        return self.lines[-1] if len(self.lines) > len(self.slots) > 0 else ""

    @property
    def up_to_date(self) -> bool:
        return self.serving and not self.swap_needed


@dataclasses.dataclass(frozen=True)
class Process:
    """One HAProxy process: which servers it knows, which of them can serve now, and which are backups.

    Backups take turns like all others, but no share is counted of them: they serve only while no other one does.
    """

    name: str
    servers: frozenset[str]
    serving: frozenset[str]
    backups: frozenset[str] = frozenset()

    @property
    def known(self) -> frozenset[str]:
        return self.servers | self.backups

    def hosts(self, slots: t.Iterable[int]) -> int:
        """How many have a server here, whatever lines they have of it."""
        return len({host_of(line, slots) for line in self.servers})

    def needed(self, min_healthy: t.Any) -> int:
        return guard.needed(len(self.servers), str(min_healthy))

    def spare(self, min_healthy: t.Any, ours: t.Collection[str]) -> int:
        """How many servers the guard lets out together when all of I(ours) serve, and of the others those that do."""
        there = self.serving | set(ours)
        return guard.spare(len(self.servers & there), len(self.backups & there), self.needed(min_healthy))

    def enough_without(self, leaving: t.AbstractSet[str], min_healthy: t.Any) -> bool:
        there = self.serving - leaving
        return guard.that_count(len(self.servers & there), len(self.backups & there)) >= self.needed(min_healthy)

    def stuck(self, min_healthy: t.Any) -> set[str]:
        """The servers that the guard never lets out, though all others serve."""
        active, backups, least = len(self.servers), len(self.backups), self.needed(min_healthy)
        return {
            *(self.servers if guard.that_count(active - 1, backups) < least else ()),
            *(self.backups if guard.that_count(active, backups - 1) < least else ()),
        }


def processes(results: t.Sequence[t.Mapping[str, t.Any]]) -> list[Process]:
    """From the results of a loop of M(zero.downtime.haproxy_server_info) over the load balancers."""
    return [
        Process(
            name=f"{result['balancer']} ({process['socket']})",
            servers=frozenset(row["server"] for row in process["servers"] if not row["backup"]),
            serving=frozenset(row["server"] for row in process["servers"] if _serves(row)),
            backups=frozenset(row["server"] for row in process["servers"] if row["backup"]),
        )
        for result in results
        for process in result["processes"]
    ]


def _serves(row: t.Mapping[str, t.Any]) -> bool:
    """A weight of 0 is one that a turn puts right, unless it is that of haproxy.cfg."""
    return row["state"] == "ready" and row["up"] and (row["weight"] > 0 or row["configured_weight"] == 0)


def hosts(said: t.Mapping[str, t.Mapping[str, t.Any]], balancers: t.Sequence[Process]) -> list[Host]:
    """I(said): each host's C(server), C(slots) and C(look), the result of container_swap with C(prepare).

    And its C(backend) and C(load_balancers), which have to be the same for all.
    """
    _refuse_two_sites(said)
    _refuse_slots_for_some(said)
    found = [
        Host(
            name=name,
            lines=lines(each["server"], each.get("slots") or [], balancers),
            # A service that is no container says nothing of what it runs: it always takes its turn.
            image=each["look"].get("image", ""),
            swap_needed=each["look"].get("swap_needed", True),
            serving=all(
                process.serving & set(lines(each["server"], each.get("slots") or [], balancers))
                for process in balancers
            ),
            slots=tuple(each.get("slots") or ()),
            hooked=bool(each.get("hooked")),
        )
        for name, each in said.items()
    ]
    _refuse_two_of_a_server(found)
    _refuse_unknown_servers(found, balancers)
    _refuse_former_servers_at_some(found, balancers)
    return found


def lines(server: str, slots: t.Sequence[int], balancers: t.Sequence[Process]) -> tuple[str, ...]:
    found = tuple(f"{server}-{port}" for port in slots) or (server,)
    former = server not in found and any(server in process.known for process in balancers)
    return (*found, server) if former else found


def host_of(line: str, slots: t.Iterable[int]) -> str:
    """The server of the layout without slots, from any of I(lines)."""
    server, _dash, port = line.rpartition("-")
    return server if port in map(str, slots) else line


def refuse_too_many_at_once(todo: t.Sequence[Host], balancers: t.Sequence[Process], min_healthy: t.Any) -> None:
    """All of I(todo) go in step: one that the guard holds back would wait for the very mates that wait for it."""
    for process in balancers:
        leaving = _leaving(todo, process)
        if len(leaving) > 1 and not process.enough_without(leaving, min_healthy):
            raise Refused(
                f"{process.name} can't spare {', '.join(sorted(leaving))} together with rollout_min_healthy "
                f"{min_healthy!r}. State serial: {max(1, process.spare(min_healthy, ()))} on the play"
            )


def refuse_nothing_to_spare(todo: t.Sequence[Host], balancers: t.Sequence[Process], min_healthy: t.Any) -> None:
    """The guard would refuse the drain as well, but only after the lock, the pull and a wait."""
    for process in balancers:
        stuck = sorted(_leaving(todo, process) & process.stuck(min_healthy))
        if stuck:
            backups = f" and {len(process.backups)} backup(s)" if process.backups else ""
            raise Refused(
                f"{process.name} has {len(process.servers)} server(s){backups} in this backend and rollout_min_healthy "
                f"{min_healthy!r} wants {process.needed(min_healthy)} of them serving, so {', '.join(stuck)} can't be "
                "taken out. Lower rollout_min_healthy; 0 accepts an interruption"
            )


def _leaving(todo: t.Sequence[Host], process: Process) -> frozenset[str]:
    """The servers that I(todo) take out of rotation: nobody takes out what does not serve."""
    return process.serving.intersection(line for host in todo if not host.side_by_side for line in host.lines)


def _refuse_two_sites(said: t.Mapping[str, t.Mapping[str, t.Any]]) -> None:
    """The lock, the first look and the ledger are of the load balancers that the first host names."""
    for key in ("load_balancers", "backend"):
        found: dict[str, list[str]] = {}
        for name, each in said.items():
            found.setdefault(str(each.get(key)), []).append(name)
        if len(found) > 1:
            stated = "; ".join(f"{value} of {', '.join(names[:3])}" for value, names in found.items())
            raise Refused(
                f"rollout_{key} differs between hosts: {stated}. Roll them out one after the other, by rollout_hosts "
                "or --limit"
            )


def _refuse_slots_for_some(said: t.Mapping[str, t.Mapping[str, t.Any]]) -> None:
    """How many hosts may be out, and which lines stand for one host, is reckoned in one way for all."""
    with_slots = [name for name, each in said.items() if each.get("slots")]
    without = [name for name in said if name not in with_slots]
    if with_slots and without:
        raise Refused(
            f"rollout_slots is set for {', '.join(with_slots)} and not for {', '.join(without)}. Set it for all, which "
            "moves each host into its slots in its turn; or roll out only those that have it, by --limit"
        )


def _refuse_two_of_a_server(found: t.Sequence[Host]) -> None:
    owners: dict[str, list[str]] = {}
    for host in found:
        for line in host.lines:
            owners.setdefault(line, []).append(host.name)
    for server, names in owners.items():
        if len(names) > 1:
            raise Refused(
                f"{' and '.join(names)} have the same server {server!r} in HAProxy; set rollout_server for each host"
            )


def _refuse_unknown_servers(found: t.Sequence[Host], balancers: t.Sequence[Process]) -> None:
    for process in balancers:
        unknown = [
            f"{line!r} ({host.name})"
            for host in found
            for line in host.lines
            if line != host.former and line not in process.known
        ]
        if unknown:
            raise Refused(
                f"{process.name} has no server {', '.join(unknown)} in this backend; it has "
                f"{', '.join(sorted(process.known)) or 'none'}. Add it to haproxy.cfg, or set rollout_server"
            )


def _refuse_former_servers_at_some(found: t.Sequence[Host], balancers: t.Sequence[Process]) -> None:
    """A turn takes its host's former server out everywhere. One that is out of use shall go rather than come back."""
    gone = {process: [host for host in found if host.former not in {"", *process.known}] for process in balancers}
    pairs = list(itertools.permutations(balancers, 2))
    for process, other in pairs:
        serving = [f"{host.former!r} ({host.name})" for host in gone[process] if host.former in other.serving]
        if serving:
            raise Refused(
                f"{process.name} has no server {', '.join(serving)}, of the layout without slots. Put it back until a "
                f"deploy has moved the host into its slots: {other.name} still sends requests to it"
            )
    for process, other in pairs:
        left = [f"{host.former!r} ({host.name})" for host in gone[process] if host.former in other.known]
        if left:
            raise Refused(
                f"{other.name} still has {', '.join(left)}, of the layout without slots, and {process.name} has not. "
                "Remove it from haproxy.cfg there too"
            )
