# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: it may change without notice.
"""What is there and what is to be done: the containers of a service, the image asked for. Changes no container."""

from __future__ import annotations

import typing as t
from dataclasses import replace

from ansible_collections.zero.downtime.plugins.module_utils._container.change import decide, plan, result
from ansible_collections.zero.downtime.plugins.module_utils._container.change.decide import Decision, Image, Situation
from ansible_collections.zero.downtime.plugins.module_utils._container.change.intent import ContainerRef, Intent
from ansible_collections.zero.downtime.plugins.module_utils._container.change.request import BadRequest, Request
from ansible_collections.zero.downtime.plugins.module_utils._container.change.run import Run
from ansible_collections.zero.downtime.plugins.module_utils._container.description import registry
from ansible_collections.zero.downtime.plugins.module_utils._container.engine import shared_namespaces
from ansible_collections.zero.downtime.plugins.module_utils._container.engine.service_containers import (
    Facts,
    Inspect,
    arrange,
    find,
    slot_in_use,
    slot_of,
)
from ansible_collections.zero.downtime.plugins.module_utils._errors import ZeroDowntimeError
from ansible_collections.zero.downtime.plugins.module_utils._redact.values import of_container


class ImageMissing(ZeroDowntimeError):
    """The image is not on this host, and the task forbids to pull it."""


class Observer:
    """Reads the host and the registry for one run. In check mode that is all that happens."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._request = run.request
        self._engine = run.engine
        self._store = run.store
        self._result = run.result

    def preview(self) -> None:
        """What check mode and I(prepare) report."""
        request = self._request
        unfinished = self._store.open_change()
        facts = self.facts(self._store.history())
        if unfinished is not None:
            self._result.recovered = f"{result.named(unfinished)} was interrupted and is going to be dealt with first"
            facts = self._foreseen(unfinished, facts)
        decision = self.decide(facts)
        self._result.swap_needed = unfinished is not None or decision.intent is not None
        if request.prepare:
            return  # pulling is all it did
        self._result.changed = self._result.changed or self._result.swap_needed
        if decision.intent is not None:
            known = {each.id: each for each in map(ContainerRef.of, facts.all)}
            steps = plan.forward(decision.intent) + plan.finish(decision.intent, known.get)
            self._result.actions += [step.text for step in steps]

    def _foreseen(self, intent: Intent, facts: Facts) -> Facts:
        """I(facts) as they are going to be once I(intent), which was interrupted, has been dealt with."""
        new = self._run.new_one(intent)
        if intent.done or (new is not None and plan.lost(intent, self._run.known)):
            return facts
        self._run.undone = intent.what == "swap"
        request, last = self._request, intent.replaces.id if intent.replaces else ""
        left = plan.undone(intent, new, facts.all)
        return arrange(left, request.name, request.slots, last, facts.taken)

    def facts(self, history: t.Sequence[t.Mapping[str, t.Any]]) -> Facts:
        # What only stops or removes others, as "retire" does, names no container.
        done = (entry["container"]["id"] for entry in reversed(history) if entry["result"] == "done")
        return find(self._engine, self._request.name, self._request.slots, next(filter(None, done), ""))

    def decide(self, facts: Facts) -> Decision:
        self._request.check_health_files()
        request = self._resolved()
        if facts.elsewhere:
            raise BadRequest(
                f"{request.name} is on this host as {facts.elsewhere}, in a slot that this task does not name: "
                "it would be left there, beside another one. State the slots it was started with, or call it by the "
                f"service's own name first: docker rename {facts.elsewhere} {request.name}"
            )
        current = facts.current
        running_image = self._engine.inspect_image(current["Image"]) if current else None
        self._run.private |= of_container(current, running_image)
        situation = Situation(
            request, facts, self._engine.api_version, running_image, self._policies(), self._run.undone
        )
        decision = self._for_state(situation)
        self._describe_change(decision, current)
        self._result.diff = result.diff(current, running_image, decision)
        return decision

    def _for_state(self, situation: Situation) -> Decision:
        if situation.request.state == "absent":
            return decide.absent(situation)
        if situation.request.state == "retired":
            return decide.retired(situation)
        if situation.request.state == "previous":
            images = {each["Image"]: self._engine.inspect_image(each["Image"]) for each in situation.facts.earlier}
            return decide.previous(situation, images)
        return decide.present(situation, self._image(situation.current, situation.running_image))

    def _describe_change(self, decision: Decision, current: Inspect | None) -> None:
        """Its image and its slot."""
        request = self._request
        self._result.image_id = decision.image.id
        self._result.image = decision.image.pinned if decision.image.ref else ""
        self._result.digest = decision.image.digest
        self._result.slot = slot_of(request.name, request.slots, current)
        self._result.slot_before = slot_in_use(request.name, request.slots, current)
        if decision.intent is not None and decision.intent.new is not None:
            homes = {f"{request.name}-{port}": port for port in request.slots}
            self._result.slot = homes.get(decision.intent.name, self._result.slot)

    def _resolved(self) -> Request:
        return replace(self._request, stated=shared_namespaces.by_id(self._request.stated or {}, self._engine))

    def _image(self, current: Inspect | None, running_image: Inspect | None) -> Image:
        """The wanted image, pulled where the task lets it; in check mode the registry is only asked."""
        request = self._request
        if request.image is None:
            if current is None:
                raise BadRequest(f"{request.name} does not run here yet, so the task has to state which image to run")
            return self._same_image(current, running_image)
        reference = registry.parse(request.image)
        ask = reference.request if reference else request.image
        local = self._engine.inspect_image(ask)
        fixed = reference is None or bool(reference.digest)
        if local is not None and (request.pull != "always" or fixed):
            return Image(request.image, local, registry.digest(request.image, local))
        if reference is None or request.pull == "never":
            raise ImageMissing(f"Image {request.image} is not on this host, and it is not to be pulled.")
        if request.check_mode:
            digest = reference.digest or self._engine.resolve(ask)
            known = self._engine.inspect_image(f"{reference.repository}@{digest}")
            if local is None or known is None or local["Id"] != known["Id"]:
                self._result.changed = True
                self._result.actions.append(f"pull {ask}")
            return Image(request.image, known, digest)
        self._engine.pull(ask)
        pulled = self._engine.inspect_image(ask)
        if pulled is None:
            raise ImageMissing(f"Image {request.image} was pulled and yet is not on this host: did something prune it?")
        if local is None or local["Id"] != pulled["Id"]:
            self._result.changed = True
            self._result.actions.append(f"pull {ask}")
        return Image(request.image, pulled, registry.digest(request.image, pulled))

    def _same_image(self, current: Inspect, running_image: Inspect | None) -> Image:
        """The very image that runs, by its name where that still means it."""
        ref = current["Config"]["Image"]
        named = self._engine.inspect_image(ref)
        found = running_image or {"Id": current["Image"]}
        digest = registry.digest(ref, found)
        return Image(ref if named and named["Id"] == current["Image"] else current["Image"], found, digest)

    def _policies(self) -> dict[str, t.Mapping[str, t.Any]]:
        return {each["id"]: each["policy"] for entry in self._store.history() for each in entry["aside"]}

    def describe(self) -> None:
        """The container that counts now, the one a rollback would bring, and how it came to that."""
        history = self._store.history()
        facts = self.facts(history)
        self._result.history = result.recent(history)
        self._result.container = result.container(self._request.name, facts.current)
        if facts.earlier:
            kept = facts.earlier[0]
            self._result.previous = result.previous(kept, self._engine.inspect_image(kept["Image"]))
