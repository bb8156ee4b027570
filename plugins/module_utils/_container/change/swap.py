# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: it may change without notice.
"""Replace a container and keep what ran before until the new one is healthy: one run of the module."""

from __future__ import annotations

import contextlib
import typing as t
from dataclasses import asdict, replace

from ansible_collections.zero.downtime.plugins.module_utils._clock import Clock
from ansible_collections.zero.downtime.plugins.module_utils._container.change import plan, result
from ansible_collections.zero.downtime.plugins.module_utils._container.change.decide import Decision, Image
from ansible_collections.zero.downtime.plugins.module_utils._container.change.intent import Intent
from ansible_collections.zero.downtime.plugins.module_utils._container.change.journal import Store
from ansible_collections.zero.downtime.plugins.module_utils._container.change.observe import Observer
from ansible_collections.zero.downtime.plugins.module_utils._container.change.request import Request
from ansible_collections.zero.downtime.plugins.module_utils._container.change.run import Run
from ansible_collections.zero.downtime.plugins.module_utils._container.change.signals import uninterrupted
from ansible_collections.zero.downtime.plugins.module_utils._container.change.steps import Steps
from ansible_collections.zero.downtime.plugins.module_utils._container.change.undo import SwapFailed, Undo
from ansible_collections.zero.downtime.plugins.module_utils._container.description import registry
from ansible_collections.zero.downtime.plugins.module_utils._container.engine.client import Engine, EngineError
from ansible_collections.zero.downtime.plugins.module_utils._errors import ZeroDowntimeError
from ansible_collections.zero.downtime.plugins.module_utils._redact.text import redact


class ImageMoved(ZeroDowntimeError):
    """The tag came to mean another image before the container was created from it."""


class Swap:
    """Observes, changes, and undoes where that fails."""

    def __init__(self, request: Request, engine: Engine, store: Store, clock: Clock) -> None:
        self._request = request
        self._engine = engine
        self._store = store
        self._clock = clock
        self._run = Run(request, engine, store, clock)
        self._result = self._run.result
        self._observer = Observer(self._run)
        self._undo = Undo(self._run)

    def run(self) -> dict[str, t.Any]:
        """The module's result. Raises ZeroDowntimeError with the same keys as details."""
        start = self._clock.monotonic()
        try:
            if self._request.check_mode or self._request.prepare:
                self._observer.preview()
            else:
                with self._store.locked(self._request.lock_timeout, self._clock):
                    self._recover()
                    self._change()
            self._observer.describe()
        except ZeroDowntimeError as error:
            with contextlib.suppress(ZeroDowntimeError):
                self._observer.describe()
            self._result.elapsed = round(self._clock.monotonic() - start, 3)
            error.message = redact(error.message, self._run.private)
            # The report is our own words, and what reads it knows them: MODE=running must not hide container.state.
            error.details = {**asdict(self._result), **redact(error.details, self._run.private)}
            raise
        self._result.elapsed = round(self._clock.monotonic() - start, 3)
        return asdict(self._result)

    def _change(self) -> None:
        decision = self._observer.decide(self._observer.facts(self._store.history()))
        self._result.swap_needed = decision.intent is not None
        if decision.intent is not None:
            self._carry_out(replace(decision.intent, owner=self._request.owner, began=self._clock.wall()), decision)
        elif self._run.unproven is not None:
            self._prove(self._run.unproven)

    def _carry_out(self, intent: Intent, decision: Decision) -> None:
        intent = replace(intent, before=tuple(self._undo.revivable(aside) for aside in intent.before))
        steps = self._run.steps(decision.spec)
        with uninterrupted():
            if intent.done:
                self._store.write(intent)
            else:
                intent = self._forward(intent, decision, steps)
            self._finish(intent, steps)

    def _forward(self, intent: Intent, decision: Decision, steps: Steps) -> Intent:
        """Returns the intent with I(done) set, or raises SwapFailed with everything put back."""
        try:
            for step in plan.forward(intent):
                intent = replace(intent, step=step.text)
                self._store.write(intent)
                steps.take(step)
                self._run.did(step.text)
                if step.do == "create" and intent.new is not None:
                    warnings = redact(self._engine.warnings, self._run.private)
                    self._result.warnings += [f"{step.text}: {warning}" for warning in warnings]
                    intent = replace(intent, new=replace(intent.new, id=steps.ids[plan.NEW]))
                    self._check_image(intent, decision.image)
            self._check_running(intent)
            intent = replace(intent, done=True)
            self._store.write(intent)
        except Exception as error:  # whatever it was, what ran before has to come back
            self._undo.put_back(replace(intent, done=False), steps, error)
        return intent

    def _check_image(self, intent: Intent, image: Image) -> None:
        made = self._engine.inspect_container(intent.new.id) if intent.new else None
        if made and made["Image"] != image.id:
            raise ImageMoved(
                f"{image.ref} meant {registry.brief(image.id)} and now means {registry.brief(made['Image'])}: "
                "it was pulled meanwhile. Run the task again."
            )

    def _check_running(self, intent: Intent) -> None:
        """An engine that restarted after the health check stopped the container, which had no restart policy yet."""
        new = self._run.new_one(intent)
        if new is None or not new.running:
            raise EngineError(f"{intent.name} was healthy and does not run any more: did the engine restart?")

    def _finish(self, intent: Intent, steps: Steps) -> None:
        """From here on the new container is the one that counts: what goes wrong is finished by the next run."""
        self._run.remember(intent, "done")
        for step in plan.finish(intent, self._run.known):
            try:
                steps.take(step)
                self._run.did(step.text)
                if step.do == "remove" and intent.what != "absent":
                    self._prune_image(step.value)
            except ZeroDowntimeError as error:
                if intent.what == "absent" or step.do != "remove":
                    raise
                self._result.warnings.append(f"{step.text}: {error.message}")
        self._store.close_change()

    def _prove(self, intent: Intent) -> None:
        """Finish the swap whose new container stays, as there is nothing to go back to."""
        steps, step = self._run.steps(), plan.prove(intent)
        with uninterrupted():
            try:
                steps.take(step)
            except ZeroDowntimeError as error:
                raise SwapFailed(
                    f"{self._result.recovered}\nthen failed while {result.doing(intent, step.text)}\n{error.message}",
                    **self._run.evidence(intent),
                ) from error
            self._run.did(step.text)
            self._finish(replace(intent, done=True), steps)

    def _prune_image(self, image_id: str) -> None:
        """Only one that a registry has: any other could not be had again."""
        found = self._engine.inspect_image(image_id)
        if found and found.get("RepoDigests") and self._engine.remove_image(image_id):
            self._result.actions.append(f"remove image {image_id}")

    def _recover(self) -> None:
        """Finish or undo what an earlier run left open, whatever this one is asked to do."""
        intent = self._store.open_change()
        if intent is None:
            return
        steps = self._run.steps()
        with uninterrupted():
            if intent.done:
                self._finish(intent, steps)
                outcome = "it is finished now"
            else:
                outcome = self._undo.recover(intent, steps)
        self._result.recovered = f"{result.interrupted(intent)}; {outcome}"
