# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who runs what since when, what HAProxy makes of it, and how it came to that, as a table.

Private to this collection: it may change without notice.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.zero.downtime.plugins.module_utils._container.description import registry
from ansible_collections.zero.downtime.plugins.module_utils._errors import ZeroDowntimeError

Result = t.Mapping[str, t.Any]


@dataclasses.dataclass(frozen=True)
class Row:
    """One host. I(servers): each of its lines on each load balancer, to its state there.

    I(history): what happened to the service there, the latest first, as container_swap tells it. I(why): of a state
    that is not known, what the host said.
    """

    host: str
    version: str
    digest: str
    since: str
    state: str
    slot: int | None
    servers: dict[str, str]
    history: list[dict[str, t.Any]]
    why: str = ""

    @property
    def what(self) -> str:
        return f"{self.version}@{self.short_digest}" if self.digest else self.version

    @property
    def short_digest(self) -> str:
        """As much of it as people compare."""
        return self.digest[:19]

    @property
    def last(self) -> str:
        """The last change in one line. With slots, that the one before was stopped is the end of it, not another."""
        found = next((entry for entry in self.history if entry["what"] != "retire"), None)
        if found is None:
            return ""
        what = f"{found['what']} {_version(found['image'])}".strip()
        return (
            f"{self.host}: {found['when'][:19]} {found['who']}: {what}, {found['result']} in {found['seconds']:.1f} s"
        )


def row(host: str, look: Result, lines: t.Sequence[str], balancers: t.Sequence[Result]) -> Row:
    """I(look): container_swap in check mode; I(balancers): haproxy_server_info at each, with its C(balancer)."""
    container = look.get("container") or {}
    runs = container.get("state", "unknown")
    known = runs != "unknown" or look.get("host_unreachable")
    return Row(
        host=host,
        version=_version(look.get("image", "")) if runs == "running" else "-",
        digest=look.get("digest", "") if runs == "running" else "",
        since=(container.get("started_at") or "-")[:19],
        state="unreachable" if look.get("host_unreachable") else runs,
        slot=look.get("slot_before"),
        servers={
            f"{result['balancer']}/{server['server']}": f"{server['state']}, {'up' if server['up'] else 'down'}"
            for result in balancers
            for process in result.get("processes", ())
            for server in process["servers"]
            if server["server"] in lines
        },
        history=list(look.get("history") or ()),
        why="" if known else look.get("msg", ""),
    )


def drift(rows: t.Sequence[Row]) -> str:
    """The hosts of each version, where there is more than one; else empty."""
    found: dict[str, list[str]] = {}
    for each in rows:
        found.setdefault(each.what, []).append(each.host)
    if len(found) < 2:
        return ""
    return "drift: " + "; ".join(f"{what} on {', '.join(hosts)}" for what, hosts in sorted(found.items()))


def table(rows: t.Sequence[Row]) -> list[str]:
    """Lines of equal columns; below them the drift, and for each host its last change, or why it is unknown."""
    heads = ("host", "version", "digest", "since (UTC)", "container", "servers")
    cells = [heads]
    cells += [
        (
            each.host,
            each.version,
            each.short_digest or "-",
            each.since,
            f"{each.state}, slot {each.slot}" if each.slot else each.state,
            "; ".join(f"{name}: {state}" for name, state in each.servers.items()) or "-",
        )
        for each in rows
    ]
    widths = [max(map(len, column)) for column in zip(*cells)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in cells]
    below = (f"{each.host}: {each.why}" if each.why else each.last for each in rows)
    return lines + [line for line in (drift(rows), *below) if line]


def unheard(balancers: t.Sequence[Result]) -> list[str]:
    """A line for each load balancer that said nothing, and why."""
    return [f"{each['balancer']}: {each.get('msg', 'no answer')}" for each in balancers if "processes" not in each]


def _version(image: str) -> str:
    try:
        reference = registry.parse(image)
    except ZeroDowntimeError:
        return image
    return (reference.tag or reference.repository) if reference else image[:19]
