# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: it may change without notice.
"""What is to be done: from what is asked for and what is there to one Intent, or to nothing. No I/O."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field, replace

from ansible_collections.zero.downtime.plugins.module_utils._container.change import slot_port
from ansible_collections.zero.downtime.plugins.module_utils._container.change.intent import (
    NO_RESTART,
    ContainerRef,
    Intent,
    SetAside,
)
from ansible_collections.zero.downtime.plugins.module_utils._container.change.request import BadRequest, Request
from ansible_collections.zero.downtime.plugins.module_utils._container.description import (
    carry_over,
    compare,
    networks,
    registry,
    values,
)
from ansible_collections.zero.downtime.plugins.module_utils._container.description.spec import Spec, parse
from ansible_collections.zero.downtime.plugins.module_utils._container.engine.service_containers import (
    Facts,
    Inspect,
    free_slot,
    name_beside,
    names_aside,
    publishes,
    slot_of,
)
from ansible_collections.zero.downtime.plugins.module_utils._errors import ZeroDowntimeError


class NothingKept(ZeroDowntimeError):
    """There is no earlier version to go back to."""


class NotServing(ZeroDowntimeError):
    """The container that counts does not run as it should, so what runs beside it is still needed."""


@dataclass(frozen=True)
class Image:
    """An image. I(inspect) is None while only its registry has it; then I(digest) identifies it."""

    ref: str
    inspect: Inspect | None = None
    digest: str = ""

    @property
    def id(self) -> str:
        return str(self.inspect["Id"]) if self.inspect else ""

    @property
    def pinned(self) -> str:
        if self.inspect:
            return registry.pinned(self.ref, self.inspect)
        reference = registry.parse(self.ref)
        return reference.pin(self.digest) if reference else self.ref


NO_IMAGE = Image("")


@dataclass(frozen=True)
class Situation:
    """All that a decision needs.

    I(policies): container id to the restart policy it had before it was put aside. I(undone): whether what ran before
    is back already, as an interrupted swap was undone.
    """

    request: Request
    facts: Facts
    api_version: str
    running_image: Inspect | None = None
    policies: t.Mapping[str, t.Mapping[str, t.Any]] = field(default_factory=dict)
    undone: bool = False

    @property
    def current(self) -> Inspect | None:
        return self.facts.current

    @property
    def side_by_side(self) -> bool:
        return self.request.strategy == "start_first"


@dataclass(frozen=True)
class Decision:
    """I(intent) is None when all is as asked for. I(diff): setting to its value before and after, secrets and all."""

    intent: Intent | None
    image: Image
    spec: Spec | None = None
    diff: t.Mapping[str, tuple[t.Any, t.Any]] = field(default_factory=dict)


def present(situation: Situation, image: Image) -> Decision:
    request, current = situation.request, situation.current
    spec = _compose(situation, image, free_slot(request.name, request.slots, current))
    if current is None:
        return _made(situation, image, spec, {})
    here = slot_of(request.name, request.slots, current)
    same_place = spec if here is None else _compose(situation, image, here)
    diff = compare.differences(
        spec=same_place, running=current, running_image=situation.running_image, new_image=image.inspect
    )
    moves = situation.side_by_side and here is None
    if request.force or moves or diff or image.id != current["Image"]:
        return _made(situation, image, spec, diff)
    return Decision(_as_it_is(situation), image)


def previous(situation: Situation, kept_images: t.Mapping[str, Inspect | None]) -> Decision:
    """I(kept_images): image id to its C(inspect), for each container that is kept."""
    request, current = situation.request, situation.current
    if current and _is_back(situation, current):
        return Decision(_as_it_is(situation), _image_of(current, situation.running_image))
    kept = _choose(situation, kept_images)
    found = kept_images.get(kept["Image"])
    image = _image_of(kept, found)
    slot = slot_of(request.name, request.slots, kept)
    policy = _policy_back(situation, ContainerRef.of(kept))
    if not situation.side_by_side or (slot is not None and not publishes(current, slot)):
        return Decision(_swap(situation, image, policy=policy, new=ContainerRef.of(kept)), image)
    # Its own port is taken, so the two cannot run side by side: the same container again, in the free slot.
    again = replace(situation, facts=replace(situation.facts, current=kept), running_image=found)
    again = replace(again, request=replace(request, stated={}, carry_over=True))
    spec = _compose(again, replace(image, ref=kept["Image"]), free_slot(request.name, request.slots, current))
    return Decision(_swap(situation, image, policy=policy), image, spec)


def retired(situation: Situation) -> Decision:
    """What runs beside the container that counts stops. How that one was made is not compared: it serves."""
    current = situation.current
    if not situation.side_by_side:
        raise BadRequest("state=retired stops what runs in the other slot: it needs strategy=start_first")
    if current is None:
        return Decision(None, NO_IMAGE)
    image = _image_of(current, situation.running_image)
    beside = situation.facts.beside
    if not beside:
        return Decision(None, image)
    name, state = current["Name"].lstrip("/"), current["State"]["Status"]
    if state != "running":
        raise NotServing(f"{name} is {state}, so what runs beside it was left alone: {_names(beside)}.")
    return Decision(_retirement(situation, ContainerRef.of(current)), image)


def absent(situation: Situation) -> Decision:
    if not situation.facts.all:
        return Decision(None, NO_IMAGE)
    everything = tuple(ContainerRef.of(each) for each in situation.facts.all)
    return Decision(Intent(what="absent", service=situation.request.name, remove=everything, done=True), NO_IMAGE)


def _as_it_is(situation: Situation) -> Intent | None:
    """The right container is there: it may have to be started, and its predecessor to be stopped."""
    request, facts = situation.request, situation.facts
    if facts.current is None:
        return None
    known = ContainerRef.of(facts.current)
    if not known.running or facts.current["State"].get("Paused"):
        new = replace(known, running=False)  # one that is paused answers no request either
        return Intent(
            what="start", service=request.name, name=known.name, new=new, policy=known.policy, image=known.image
        )
    return _retirement(situation, known) if request.retire and facts.beside else None


def _retirement(situation: Situation, current: ContainerRef) -> Intent:
    beside = situation.facts.beside
    return Intent(
        what="retire",
        service=situation.request.name,
        name=current.name,
        after=_retire(situation, beside),
        remove=_beyond_keep(situation, beside, None),
        done=True,
    )


def _made(situation: Situation, image: Image, spec: Spec, diff: compare.Differences) -> Decision:
    """I(spec) is what the new container is to be. Raises BadRequest where it could not run beside another one."""
    fixed = {name: networks.fixed_addresses(endpoint) for name, endpoint in parse(spec).endpoints.items()}
    for name, addresses in fixed.items():
        if situation.side_by_side and addresses:
            raise BadRequest(
                f"in slots old and new run side by side, and both would be {' and '.join(addresses)} on the network "
                f"{name}: state networks without fixed addresses, or mac_address as an empty string"
            )
    return Decision(_swap(situation, image, policy=_policy_of(spec)), image, spec, diff)


def _swap(
    situation: Situation, image: Image, *, policy: t.Mapping[str, t.Any], new: ContainerRef | None = None
) -> Intent:
    """I(new) is a kept container that takes over, None for one to be created."""
    request, facts = situation.request, situation.facts
    intent = Intent(
        what="swap" if new is None else "previous",
        service=request.name,
        new=new or ContainerRef(id="", name=name_beside(request.name, facts.taken)),
        created=new is None,
        policy=dict(policy),
        replaces=ContainerRef.of(facts.current) if facts.current else None,
        image=image.pinned,
        digest=image.digest or (registry.digest(image.ref, image.inspect) if image.inspect else ""),
    )
    if situation.side_by_side:
        return _beside(situation, intent, new)
    name = next(names_aside(request.name, facts.taken))
    before = (SetAside(ContainerRef.of(facts.current), name),) if facts.current else ()
    replaced = [facts.current] if facts.current else []
    return replace(intent, name=request.name, before=before, remove=_beyond_keep(situation, replaced, new))


def _beside(situation: Situation, intent: Intent, new: ContainerRef | None) -> Intent:
    request, facts = situation.request, situation.facts
    slot = free_slot(request.name, request.slots, facts.current)
    if new is None and slot is None and facts.current:
        name, (first, second) = facts.current["Name"].lstrip("/"), request.slots
        raise BadRequest(
            f"{name} publishes both {first} and {second}, so neither slot is free for another container: "
            "state slots of which it publishes one at most"
        )
    name = new.name if new else f"{request.name}-{slot}"
    occupants = [
        each for each in facts.earlier if each["Name"].lstrip("/") == name and (not new or each["Id"] != new.id)
    ]
    asides = names_aside(request.name, facts.taken)
    before = tuple(SetAside(ContainerRef.of(each), next(asides)) for each in occupants)
    running = [
        each
        for each in ([facts.current] if facts.current else []) + list(facts.beside)
        if each not in occupants and not (new and each["Id"] == new.id)
    ]
    retired = running if request.retire else []
    return replace(
        intent,
        name=name,
        before=before,
        after=_retire(situation, retired, asides),
        remove=_beyond_keep(situation, retired, new),
    )


def _retire(
    situation: Situation, containers: t.Iterable[Inspect], asides: t.Iterator[str] | None = None
) -> tuple[SetAside, ...]:
    """In a slot a container keeps its name, and can come back beside its successor."""
    request = situation.request
    asides = asides or names_aside(request.name, situation.facts.taken)
    known = (ContainerRef.of(each) for each in containers)
    homes = [f"{request.name}-{port}" for port in request.slots]
    return tuple(SetAside(each, each.name if each.name in homes else next(asides)) for each in known)


def _beyond_keep(
    situation: Situation, put_aside: t.Iterable[Inspect], new: ContainerRef | None
) -> tuple[ContainerRef, ...]:
    """Those of the kept containers, latest first, that are too many."""
    kept = [ContainerRef.of(each) for each in (*put_aside, *situation.facts.kept)]
    kept = [each for each in kept if not each.auto_remove and (new is None or each.id != new.id)]
    return tuple(kept[situation.request.keep :])


def _compose(situation: Situation, image: Image, slot: int | None) -> Spec:
    request = situation.request
    stated = dict(request.stated or {})
    port = None if slot is None else request.container_port or _port(situation, image)
    if port is not None:
        stated["published_ports"] = [f"{address}{slot}:{port}" for address in _addresses(situation, port)]
    return carry_over.compose(
        image=image.ref,
        stated=stated,
        running=situation.current,
        running_image=situation.running_image,
        new_image=image.inspect,
        api_version=situation.api_version,
        carry_over=request.carry_over,
    )


def _port(situation: Situation, image: Image) -> int | None:
    published, carried = _bindings(situation)
    exposed = None if image.inspect is None else (image.inspect.get("Config") or {}).get("ExposedPorts") or {}
    return slot_port.find(published=published, carried=carried, exposed=exposed)


def _addresses(situation: Situation, port: int) -> list[str]:
    """Those of the host on which the container's port is to be published, each as it stands before the host port."""
    published, carried = (each.get(f"{port}/tcp") for each in _bindings(situation))
    found = dict.fromkeys(each.get("HostIp") or "" for each in published or carried or [{}])
    return [f"[{each}]:" if ":" in each else f"{each}:" if each else "" for each in found]


def _bindings(situation: Situation) -> tuple[t.Mapping[str, t.Any], t.Mapping[str, t.Any]]:
    """What the task publishes, and what is carried over."""
    request = situation.request
    published = values.port_bindings("published_ports", (request.stated or {}).get("published_ports") or [])
    running = situation.current if request.carry_over else None
    carried = ((running or {}).get("HostConfig") or {}).get("PortBindings") or {}
    return published, {port: bindings for port, bindings in carried.items() if bindings}


def _policy_of(spec: Spec) -> t.Mapping[str, t.Any]:
    host: t.Mapping[str, t.Any] = spec.body.get("HostConfig") or {}
    return host.get("RestartPolicy") or NO_RESTART


def _policy_back(situation: Situation, kept: ContainerRef) -> t.Mapping[str, t.Any]:
    """What I(kept) had before it was put aside; it still has it if it never was put aside, which no history shows."""
    if kept.restarts:
        return kept.policy
    if kept.id in situation.policies:
        return situation.policies[kept.id]
    return ContainerRef.of(situation.current).policy if situation.current and not kept.running else kept.policy


def _image_of(container: Inspect, found: Inspect | None) -> Image:
    """I(found) is the image; None where the engine has only its container left."""
    ref = container["Config"]["Image"]
    return Image(ref, found or {"Id": container["Image"]}, registry.digest(ref, found or {}))


def _is_back(situation: Situation, current: Inspect) -> bool:
    version = situation.request.version
    return _is_version(version, current, situation.running_image) if version else situation.undone


def _names(containers: t.Iterable[Inspect]) -> str:
    return ", ".join(f"{each['Name'].lstrip('/')} ({each['Config']['Image']})" for each in containers)


def _choose(situation: Situation, kept_images: t.Mapping[str, Inspect | None]) -> Inspect:
    service, version, kept = situation.request.name, situation.request.version, situation.facts.earlier
    if not kept:
        raise NothingKept(f"No earlier version of {service} is kept on this host: there is nothing to go back to.")
    for each in kept:
        if not version or _is_version(version, each, kept_images.get(each["Image"])):
            return each
    raise NothingKept(f"No kept version of {service} is {version}; there are: {_names(kept)}.")


def _is_version(version: str, container: Inspect, image: Inspect | None) -> bool:
    """By the container's name, its image as it was stated, that image's tag, digest, pinned reference or id."""
    ref = container["Config"]["Image"]
    reference = registry.parse(ref)
    names = {container["Name"].lstrip("/"), ref, container["Image"]}
    if reference is not None:
        names |= {reference.tag, reference.digest}
    if image is not None:
        names |= {registry.digest(ref, image), registry.pinned(ref, image), *(image.get("RepoTags") or [])}
    return version in names - {""}
