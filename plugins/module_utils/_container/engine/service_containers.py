# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: it may change without notice.
"""Which containers belong to a service, and what their names mean. Reads the engine, and changes nothing.

A service C(web) runs as C(web), or with slots as C(web-8081) and C(web-8082); what is kept for a rollback is
C(web-previous-1), C(web-previous-2) and so on, the highest being the latest.
"""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass, replace

Inspect = t.Mapping[str, t.Any]


class ReadOnlyEngine(t.Protocol):
    """The part of an Engine that only reads."""

    def inspect_container(self, name: str) -> dict[str, t.Any] | None:
        """What the engine knows of it; None if there is none."""

    def container_names(self, prefix: str) -> dict[str, str]:
        """Name to id of all whose name begins with I(prefix)."""


@dataclass(frozen=True)
class Facts:
    """The containers of one service as they are now, each as its C(inspect).

    I(current) is what serves or should; I(beside) are others that run, only with slots; I(kept) do not run, latest
    first. I(taken) are all names that begin like the service's. I(elsewhere) is the name of the container that came
    last, where no other is current and that one is in a slot the task does not name; else empty.
    """

    current: Inspect | None
    beside: tuple[Inspect, ...]
    kept: tuple[Inspect, ...]
    taken: frozenset[str]
    elsewhere: str = ""

    @property
    def earlier(self) -> tuple[Inspect, ...]:
        """What can be gone back to, the first unless a version is named: what ran before may run still."""
        return (*self.beside, *self.kept)

    @property
    def all(self) -> tuple[Inspect, ...]:
        return (*([self.current] if self.current else []), *self.earlier)


def find(engine: ReadOnlyEngine, service: str, slots: t.Sequence[int] = (), last: str = "") -> Facts:
    """I(last): id of the container that came last according to the history. Of two that run, it is the current one."""
    names = engine.container_names(service)
    ours = (ident for name, ident in names.items() if name in _homes(service, slots) or number_of(service, name))
    found = [each for each in map(engine.inspect_container, ours) if each is not None]
    facts = arrange(found, service, slots, last, frozenset(names))
    if facts.current is not None:
        return facts
    in_slot = re.compile(re.escape(service) + r"-[0-9]+")
    elsewhere = (name for name, ident in names.items() if ident == last and in_slot.fullmatch(name))
    return replace(facts, elsewhere=next(elsewhere, ""))


def arrange(
    containers: t.Iterable[Inspect], service: str, slots: t.Sequence[int], last: str, taken: frozenset[str]
) -> Facts:
    """As find() does, for I(containers)."""
    ours = list(containers)
    settled = [each for each in ours if _name(each) in _homes(service, slots)]
    current = max(settled, key=lambda each: (_running(each), each["Id"] == last, _age(each)), default=None)
    others = [each for each in settled if each is not current]
    aside = [each for each in ours if each not in settled]
    aside.sort(key=lambda each: -(number_of(service, _name(each)) or 0))
    return Facts(
        current,
        tuple(each for each in others if _running(each)),
        tuple(each for each in [*others, *aside] if not _running(each)),
        taken,
    )


def number_of(service: str, name: str) -> int | None:
    """Of a kept container; None where I(name) is not the name of one."""
    match = re.fullmatch(re.escape(service) + r"-previous-([1-9][0-9]*)", name)
    return int(match[1]) if match else None


def names_aside(service: str, taken: t.Collection[str]) -> t.Iterator[str]:
    """Names for containers to be kept, each later than all that are taken."""
    number = max((number_of(service, name) or 0 for name in taken), default=0)
    while True:
        number += 1
        yield f"{service}-previous-{number}"


def name_beside(service: str, taken: t.Collection[str]) -> str:
    """For a new container until it takes over."""
    name, number = f"{service}-next", 1
    while name in taken:
        number += 1
        name = f"{service}-next-{number}"
    return name


def slot_of(service: str, slots: t.Sequence[int], container: Inspect | None) -> int | None:
    """The slot that I(container) is in; None without slots, or for one of the layout with one port."""
    name = _name(container) if container else ""
    return next((port for port in slots if name == f"{service}-{port}"), None)


def slot_in_use(service: str, slots: t.Sequence[int], current: Inspect | None) -> int | None:
    """The slot that I(current) is in, or whose port it publishes without being in one; None for neither."""
    return next((port for port in slots if port in _used(service, slots, current)), None)


def free_slot(service: str, slots: t.Sequence[int], current: Inspect | None) -> int | None:
    """The slot for the next container: not the current one's, and not one whose port the current one publishes."""
    return next((port for port in slots if port not in _used(service, slots, current)), None)


def _used(service: str, slots: t.Sequence[int], current: Inspect | None) -> set[int]:
    own = slot_of(service, slots, current)
    return {port for port in slots if port == own or publishes(current, port)}


def publishes(container: Inspect | None, port: int) -> bool:
    bindings = ((container or {}).get("HostConfig") or {}).get("PortBindings") or {}
    return any(entry.get("HostPort") == str(port) for entries in bindings.values() for entry in entries or [])


def _homes(service: str, slots: t.Sequence[int]) -> list[str]:
    return [f"{service}-{port}" for port in slots] + [service]


def _name(container: Inspect) -> str:
    return str(container["Name"].lstrip("/"))


def _running(container: Inspect) -> bool:
    return bool(container["State"]["Running"])


def _age(container: Inspect) -> str:
    """Sorts by when it started; the engine writes UTC with the largest unit first."""
    return str(container["State"].get("StartedAt") or "")
