# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A change of one service from looking to the end: recover, decide, carry out, undo or finish, and remember.

Private to this collection: it may change without notice.
"""

from __future__ import annotations

import contextlib
import typing as t
from dataclasses import asdict, replace

from ansible_collections.zero.downtime.plugins.module_utils._clock import Clock, Deadline
from ansible_collections.zero.downtime.plugins.module_utils._container import (
    carry,
    decide,
    evidence,
    layout,
    neighbours,
    plan,
    registry,
    report,
)
from ansible_collections.zero.downtime.plugins.module_utils._container.decide import Due, Image, Scene
from ansible_collections.zero.downtime.plugins.module_utils._container.engine import (
    Engine,
    EngineError,
    EngineUnreachable,
)
from ansible_collections.zero.downtime.plugins.module_utils._container.intent import Away, Intent, Known
from ansible_collections.zero.downtime.plugins.module_utils._container.journal import Store
from ansible_collections.zero.downtime.plugins.module_utils._container.layout import Facts, Inspect
from ansible_collections.zero.downtime.plugins.module_utils._container.request import BadRequest, Request
from ansible_collections.zero.downtime.plugins.module_utils._container.shield import uninterrupted
from ansible_collections.zero.downtime.plugins.module_utils._container.steps import Steps
from ansible_collections.zero.downtime.plugins.module_utils._errors import ZeroDowntimeError
from ansible_collections.zero.downtime.plugins.module_utils._redact.text import redact
from ansible_collections.zero.downtime.plugins.module_utils._redact.values import of_container

# An engine that restarts in the middle of a swap is back well within this, s.
PATIENCE = 60.0
PAUSE = 0.5  # s


class SwapFailed(ZeroDowntimeError):
    """The new container did not make it. Details: those of Report, with the evidence it left."""


class ImageMissing(ZeroDowntimeError):
    """The image is not on this host, and the task forbids to pull it."""


class ImageMoved(ZeroDowntimeError):
    """The tag came to mean another image between the look at it and the creation of the container."""


class Swap:
    """One run for one service on one engine."""

    def __init__(self, request: Request, engine: Engine, store: Store, clock: Clock) -> None:
        self._request = request
        self._engine = engine
        self._store = store
        self._clock = clock
        self._report = report.Report()
        self._private: set[str] = set(request.secrets)
        self._undone = False
        self._unproven: Intent | None = None

    def run(self) -> dict[str, t.Any]:
        """The module's result. Raises ZeroDowntimeError with the same keys as details."""
        start = self._clock.monotonic()
        try:
            if self._request.check_mode or self._request.prepare:
                self._look_ahead()
            else:
                with self._store.locked(self._request.lock_timeout, self._clock):
                    self._recover()
                    self._change()
            self._describe()
        except ZeroDowntimeError as error:
            with contextlib.suppress(ZeroDowntimeError):
                self._describe()
            self._report.elapsed = round(self._clock.monotonic() - start, 3)
            error.message = redact(error.message, self._private)
            # The report is our own words, and what reads it knows them: MODE=running must not hide container.state.
            error.details = {**asdict(self._report), **redact(error.details, self._private)}
            raise
        self._report.elapsed = round(self._clock.monotonic() - start, 3)
        return asdict(self._report)

    # Looking

    def _look_ahead(self) -> None:
        request = self._request
        unfinished = self._store.open_change()
        facts = self._facts(self._store.history())
        if unfinished is not None:
            self._report.recovered = f"{report.named(unfinished)} was interrupted and is going to be dealt with first"
            facts = self._foreseen(unfinished, facts)
        due = self._due(facts)
        self._report.swap_needed = unfinished is not None or due.intent is not None
        if request.prepare:
            return  # pulling is all it did
        self._report.changed = self._report.changed or self._report.swap_needed
        if due.intent is not None:
            known = {each.id: each for each in map(Known.of, facts.all)}
            steps = plan.forward(due.intent) + plan.finish(due.intent, known.get)
            self._report.actions += [step.text for step in steps]

    def _foreseen(self, intent: Intent, facts: Facts) -> Facts:
        """I(facts) as they are going to be once I(intent), which was interrupted, has been dealt with."""
        new = self._new_one(intent)
        if intent.done or (new is not None and plan.lost(intent, self._known)):
            return facts
        self._undone = intent.what == "swap"
        request, last = self._request, intent.replaces.id if intent.replaces else ""
        left = plan.undone(intent, new, facts.all)
        return layout.arrange(left, request.name, request.slots, last, facts.taken)

    def _change(self) -> None:
        due = self._due(self._facts(self._store.history()))
        self._report.swap_needed = due.intent is not None
        if due.intent is not None:
            self._carry_out(replace(due.intent, owner=self._request.owner, began=self._clock.wall()), due)
        elif self._unproven is not None:
            self._prove(self._unproven)

    def _facts(self, history: t.Sequence[t.Mapping[str, t.Any]]) -> Facts:
        # What only stops or removes others, as "retire" does, names no container.
        done = (entry["container"]["id"] for entry in reversed(history) if entry["result"] == "done")
        return layout.look(self._engine, self._request.name, self._request.slots, next(filter(None, done), ""))

    def _due(self, facts: Facts) -> Due:
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
        self._private |= of_container(current, running_image)
        scene = Scene(request, facts, self._engine.api_version, running_image, self._policies(), self._undone)
        if request.state == "absent":
            due = decide.absent(scene)
        elif request.state == "retired":
            due = decide.retired(scene)
        elif request.state == "previous":
            images = {each["Image"]: self._engine.inspect_image(each["Image"]) for each in facts.earlier}
            due = decide.previous(scene, images)
        else:
            due = decide.present(scene, self._image(current, running_image))
        self._report.image_id = due.image.id
        self._report.image = due.image.pinned if due.image.ref else ""
        self._report.digest = due.image.digest
        self._report.slot = layout.slot_of(request.name, request.slots, current)
        self._report.slot_before = layout.slot_in_use(request.name, request.slots, current)
        if due.intent is not None and request.slots and due.intent.new is not None:
            self._report.slot = next(
                (port for port in request.slots if due.intent.name.endswith(f"-{port}")), self._report.slot
            )
        self._report.diff = report.diff(current, running_image, due)
        return due

    def _resolved(self) -> Request:
        return replace(self._request, stated=neighbours.by_id(self._request.stated or {}, self._engine))

    def _image(self, current: Inspect | None, running_image: Inspect | None) -> Image:
        """The wanted image, pulled where the task lets it; in check mode the registry is only asked."""
        request = self._request
        if request.image is None:
            if current is None:
                raise BadRequest(f"{request.name} does not run here yet, so the task has to say which image to run")
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
                self._report.changed = True
                self._report.actions.append(f"pull {ask}")
            return Image(request.image, known, digest)
        self._engine.pull(ask)
        pulled = self._engine.inspect_image(ask)
        if pulled is None:
            raise ImageMissing(f"Image {request.image} was pulled and yet is not on this host: did something prune it?")
        if local is None or local["Id"] != pulled["Id"]:
            self._report.changed = True
            self._report.actions.append(f"pull {ask}")
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

    # Changing

    def _carry_out(self, intent: Intent, due: Due) -> None:
        intent = replace(intent, before=tuple(self._revivable(away) for away in intent.before))
        steps = Steps(self._engine, self._clock, self._request, due.spec)
        with uninterrupted():
            if intent.done:
                self._store.write(intent)
            else:
                intent = self._forward(intent, due, steps)
            self._finish(intent, steps)

    def _forward(self, intent: Intent, due: Due, steps: Steps) -> Intent:
        """Returns the intent with I(done) set, or raises SwapFailed with everything put back."""
        try:
            for step in plan.forward(intent):
                intent = replace(intent, step=step.text)
                self._store.write(intent)
                steps.take(step)
                self._did(step.text)
                if step.do == "create" and intent.new is not None:
                    said = redact(self._engine.warnings, self._private)
                    self._report.warnings += [f"{step.text}: {warning}" for warning in said]
                    intent = replace(intent, new=replace(intent.new, id=steps.ids[plan.NEW]))
                    self._check_image(intent, due.image)
            self._check_running(intent)
            intent = replace(intent, done=True)
            self._store.write(intent)
        except Exception as error:  # whatever it was, what ran before has to come back
            self._put_back(replace(intent, done=False), steps, error)
        return intent

    def _check_image(self, intent: Intent, image: Image) -> None:
        made = self._engine.inspect_container(intent.new.id) if intent.new else None
        if made and made["Image"] != image.id:
            raise ImageMoved(
                f"{image.ref} meant {image.id} and now means {made['Image']}: it was pulled meanwhile. "
                "Run the task again."
            )

    def _check_running(self, intent: Intent) -> None:
        """An engine that restarted after the last look took the container along, before it had its restart policy."""
        new = self._new_one(intent)
        if new is None or not new.running:
            raise EngineError(f"{intent.name} was healthy and does not run any more: did the engine restart?")

    def _finish(self, intent: Intent, steps: Steps) -> None:
        """From here on the new container is the one that counts: what goes wrong is finished by the next run."""
        self._remember(intent, "done")
        for step in plan.finish(intent, self._known):
            try:
                steps.take(step)
                self._did(step.text)
                if step.do == "remove" and intent.what != "absent":
                    self._prune_image(step.value)
            except ZeroDowntimeError as error:
                if intent.what == "absent" or step.do != "remove":
                    raise
                self._report.warnings.append(f"{step.text}: {error.message}")
        self._store.close_change()

    def _prove(self, intent: Intent) -> None:
        """Finish the swap whose new container stays, as there is nothing to go back to."""
        steps, step = Steps(self._engine, self._clock, self._request), plan.prove(intent)
        with uninterrupted():
            try:
                steps.take(step)
            except ZeroDowntimeError as error:
                raise SwapFailed(
                    f"{self._report.recovered} Now '{step.text}' failed: {error.message}", **self._evidence(intent)
                ) from error
            self._did(step.text)
            self._finish(replace(intent, done=True), steps)

    def _prune_image(self, image_id: str) -> None:
        """Only one that a registry has: any other could not be had again."""
        found = self._engine.inspect_image(image_id)
        if found and found.get("RepoDigests") and self._engine.remove_image(image_id):
            self._report.actions.append(f"remove image {image_id}")

    def _put_back(self, intent: Intent, steps: Steps, cause: Exception) -> t.NoReturn:
        reason = cause.message if isinstance(cause, ZeroDowntimeError) else repr(cause)
        reason += "" if reason.endswith(".") else "."
        found = self._evidence(intent)
        try:
            outcome = self._undo(intent, steps)
        except ZeroDowntimeError as error:
            raise SwapFailed(
                f"{report.named(intent)} failed at '{intent.step}': {reason} Putting back what ran before failed too: "
                f"{error.message} The journal is kept: run the task again, it goes on from there.",
                **found,
            ) from cause
        raise SwapFailed(f"{report.named(intent)} failed at '{intent.step}': {reason} {outcome}", **found) from cause

    def _undo(self, intent: Intent, steps: Steps) -> str:
        """Put everything back, and say how that went. An engine that restarts meanwhile is waited for."""
        deadline = Deadline(PATIENCE, self._clock)
        while True:
            try:
                outcome = self._undo_once(intent, steps)
                break
            except EngineUnreachable:
                if deadline.expired:
                    raise
                deadline.pause(PAUSE)
        if self._unproven is None:
            with contextlib.suppress(ZeroDowntimeError):  # a full disk must not turn an undone swap into an open one
                self._remember(intent, "undone")
            self._store.close_change()
        return outcome

    def _undo_once(self, intent: Intent, steps: Steps) -> str:
        new = self._new_one(intent)
        taken = self._name_is_taken(intent, new, steps)
        lost = plan.lost(intent, self._known)
        if new is not None and lost and not taken:
            return self._keep(intent, new, lost, steps)
        todo = plan.undo(intent, new, lambda ident: self._known(steps.ids.get(ident, ident)), name_taken=taken)
        for step in todo:
            try:
                steps.take(step)
            except EngineUnreachable:
                raise
            except EngineError as error:
                if step.do not in plan.REMOVING:
                    raise
                self._report.warnings.append(f"{step.text}: {error.message}")
                break
            self._did(step.text)
        if taken:
            return f"Another container has taken the name {intent.name} meanwhile: it was left alone."
        return self._what_runs_again(intent, steps)

    def _name_is_taken(self, intent: Intent, new: Known | None, steps: Steps) -> bool:
        """By a container that somebody else made meanwhile.

        The copy of an --rm container is ours: an earlier undo got this far. I(steps) learn its id.
        """
        holder = self._known(intent.name)
        if holder is None or holder.id in {*(away.container.id for away in intent.before), new.id if new else ""}:
            return False
        revived = [
            away.container.id for away in intent.before if away.revive and self._known(away.container.id) is None
        ]
        steps.ids.update(dict.fromkeys(revived, holder.id))
        return not revived

    def _what_runs_again(self, intent: Intent, steps: Steps) -> str:
        """In words; and the report learns whether it is all that ran before."""
        was = [away.container for away in intent.before if away.container.running]
        if not was:
            beside = intent.replaces
            if beside is not None and steps.runs(beside.id):
                return f"What ran before still runs: {report.listed([beside])}."
            return "Nothing ran before, and nothing runs now."
        gone = [each for each in was if self._known(steps.ids.get(each.id, each.id)) is None]
        if gone:
            return f"What ran before is gone, removed meanwhile: {report.listed(gone)}."
        if all(steps.runs(each.id) for each in was):
            self._report.rolled_back = True
            return f"What ran before is back and runs: {report.listed(was)}."
        return f"What ran before was put back, but does not run: {report.listed(was)}. See its log."

    def _keep(self, intent: Intent, new: Known, lost: t.Sequence[Known], steps: Steps) -> str:
        """To stop the new one as well would leave no service, and no settings to carry over.

        The journal stays open until it is proven or replaced.
        """
        for step in plan.keep(intent, new):
            steps.take(step)
            self._did(step.text)
        self._unproven = replace(intent, new=new)
        outcome = (
            f"What ran before is gone, removed meanwhile: {report.listed(lost)}. So {intent.name} ({new.image}) stays."
        )
        self._report.warnings.append(outcome)
        return outcome

    def _recover(self) -> None:
        """Finish or undo what an earlier run left open, whatever this one is asked to do."""
        intent = self._store.open_change()
        if intent is None:
            return
        steps = Steps(self._engine, self._clock, self._request)
        with uninterrupted():
            if intent.done:
                self._finish(intent, steps)
                outcome = "It is finished now."
            else:
                outcome = self._undo(intent, steps)
                self._undone = intent.what == "swap" and self._unproven is None
                self._report.rolled_back = False  # of an earlier run, not of this one
        self._report.recovered = f"{report.named(intent)} was interrupted{report.where(intent)}. {outcome}"

    # Looking at single containers

    def _known(self, ident: str) -> Known | None:
        found = self._engine.inspect_container(ident)
        return Known.of(found) if found else None

    def _new_one(self, intent: Intent) -> Known | None:
        """Killed between creating it and writing its id down: then its own name is how to know it."""
        return self._known(intent.new.id or intent.new.name) if intent.new else None

    def _revivable(self, away: Away) -> Away:
        if not away.container.auto_remove:
            return away
        found = self._engine.inspect_container(away.container.id)
        image = self._engine.inspect_image(away.container.image_id)
        spec = carry.compose(
            image=away.container.image_id,
            stated={},
            running=found,
            running_image=image,
            new_image=image,
            api_version=self._engine.api_version,
        )
        return replace(away, revive={"body": spec.body, "networks": [list(each) for each in spec.networks]})

    def _evidence(self, intent: Intent) -> dict[str, t.Any]:
        """What the new container says of its end. An engine that is silent must not keep the old one away."""
        container, log = None, ""
        with contextlib.suppress(ZeroDowntimeError):
            new = self._new_one(intent)
            if new is not None:
                container = self._engine.inspect_container(new.id)
                self._private |= of_container(container, self._engine.inspect_image(new.image_id))
                log = self._engine.logs(new.id, evidence.LOG_LINES)
        return evidence.of(container, log)

    # Telling

    def _did(self, action: str) -> None:
        self._report.changed = True
        self._report.actions.append(action)

    def _remember(self, intent: Intent, result: str) -> None:
        self._store.record(report.entry(intent, self._new_one(intent), result, self._clock.wall()))

    def _describe(self) -> None:
        """The container that counts now, the one a rollback would bring, and how it came to that."""
        history = self._store.history()
        facts = self._facts(history)
        self._report.history = report.told(history)
        self._report.container = report.container(self._request.name, facts.current)
        if facts.earlier:
            kept = facts.earlier[0]
            self._report.previous = report.previous(kept, self._engine.inspect_image(kept["Image"]))
