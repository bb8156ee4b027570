# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: it may change without notice.
"""The hosts and the load balancers as they were found before a rollout.

The only reader of the shapes that M(zero.downtime.container_swap) and M(zero.downtime.haproxy_server_info) return.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.zero.downtime.plugins.module_utils._haproxy import guard

Result = t.Mapping[str, t.Any]


@dataclasses.dataclass(frozen=True)
class Host:
    """One host: what it is to run, whether that is due, whether HAProxy sends requests to it, and what its user wants.

    I(lines) are its servers in haproxy.cfg: one, or with slots one for each, and the one of the layout without slots
    where it is still there.
    """

    name: str
    lines: tuple[str, ...]
    image: str  # pinned: repository@digest, or the image's id where no registry is involved
    swap_needed: bool
    serving: bool  # on every load balancer
    server: str = ""  # rollout_server, which is also its name in the layout without slots
    balancers: tuple[str, ...] = ()
    slots: tuple[int, ...] = ()
    idle_line: str = ""  # of the slot where the new container is going to start, if nothing serves there
    to_previous: bool = False
    own_tasks: bool = False
    before_host: bool = False
    verifies: bool = False

    @property
    def side_by_side(self) -> bool:
        return bool(self.slots)

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
        """How many have a server here, however many lines each has."""
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


def processes(results: t.Iterable[Result]) -> list[Process]:
    """From the results of a loop over the load balancers; one that failed has no process."""
    return [
        Process(
            name=f"{result['balancer']} ({process['socket']})",
            servers=frozenset(row["server"] for row in process["servers"] if not row["backup"]),
            serving=frozenset(row["server"] for row in process["servers"] if _serves(row)),
            backups=frozenset(row["server"] for row in process["servers"] if row["backup"]),
        )
        for result in results
        for process in result.get("processes", ())
    ]


def hosts(found: t.Mapping[str, Result], balancers: t.Sequence[Process]) -> list[Host]:
    """I(found): by host what rollout_settings returned of it, and in C(look) what container_swap did."""
    return [_host(name, each, balancers) for name, each in found.items()]


def lines(server: str, slots: t.Sequence[int], balancers: t.Sequence[Process]) -> tuple[str, ...]:
    found = tuple(f"{server}-{port}" for port in slots) or (server,)
    former = server not in found and any(server in process.known for process in balancers)
    return (*found, server) if former else found


def host_of(line: str, slots: t.Iterable[int]) -> str:
    """The server of the layout without slots, from any of a host's lines."""
    server, _dash, port = line.rpartition("-")
    return server if port in map(str, slots) else line


def lines_that_serve(results: t.Sequence[Result], server: str, slots: t.Sequence[int]) -> list[str]:
    """Those of a host's lines that are up and not in maintenance on any load balancer; all of them where none is.

    Any of these may have requests, whatever the host runs: after a rollout that was broken off it may be the older one
    of two that serves, or both.
    """
    found = lines(server, slots, processes(results))
    rows = (row for result in results for process in result["processes"] for row in process["servers"])
    # One that drains, or has no weight, still gets the requests that a cookie leads to it.
    busy = {row["server"] for row in rows if row["state"] != "maint" and row["up"]}
    return [line for line in found if line in busy] or list(found)


def _host(name: str, each: Result, balancers: t.Sequence[Process]) -> Host:
    slots = tuple(each.get("slots") or ())
    own = lines(each["server"], slots, balancers)
    look = each.get("look") or {}
    return Host(
        name=name,
        lines=own,
        # A service that is not a container says nothing about what it runs: its host always takes its turn.
        image=look.get("image", ""),
        swap_needed=look.get("swap_needed", True),
        serving=all(process.serving & set(own) for process in balancers),
        server=each["server"],
        balancers=tuple(each.get("load_balancers") or ()),
        slots=slots,
        idle_line=_idle_line(each["server"], look) if slots else "",
        to_previous=bool(each.get("to_previous")),
        own_tasks=bool(each.get("own_tasks")),
        before_host=bool(each.get("before_host")),
        verifies=bool(each.get("verifies")),
    )


def _idle_line(server: str, look: Result) -> str:
    """Where a rollout was broken off, the new version may run in the slot already, and be the one that serves."""
    slot = look.get("slot")
    if slot is None or not look["swap_needed"]:
        return ""
    runs_there = slot == look["slot_before"] and look["container"]["state"] == "running"
    return "" if runs_there else f"{server}-{slot}"


def _serves(row: Result) -> bool:
    """A weight of 0 is one that a turn puts right, unless it is that of haproxy.cfg."""
    return row["state"] == "ready" and row["up"] and (row["weight"] > 0 or row["configured_weight"] == 0)
