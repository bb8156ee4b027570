# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: it may change without notice.
"""Back to what ran before, where the new container failed or an earlier run was interrupted."""

from __future__ import annotations

import contextlib
import typing as t
from dataclasses import replace

from ansible_collections.zero.downtime.plugins.module_utils._clock import Deadline
from ansible_collections.zero.downtime.plugins.module_utils._container.change import plan, result
from ansible_collections.zero.downtime.plugins.module_utils._container.change.intent import (
    ContainerRef,
    Intent,
    SetAside,
)
from ansible_collections.zero.downtime.plugins.module_utils._container.change.run import Run
from ansible_collections.zero.downtime.plugins.module_utils._container.change.steps import Steps
from ansible_collections.zero.downtime.plugins.module_utils._container.description import carry_over, registry
from ansible_collections.zero.downtime.plugins.module_utils._container.engine.client import (
    EngineError,
    EngineUnreachable,
)
from ansible_collections.zero.downtime.plugins.module_utils._errors import ZeroDowntimeError

# An engine that restarts in the middle of a swap is back well within this, s.
PATIENCE = 60.0
PAUSE = 0.5  # s


class SwapFailed(ZeroDowntimeError):
    """The new container failed. Details: those of Result, with the evidence it left."""


class Undo:
    """Puts back what one run, or the one before it, has changed."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._engine = run.engine
        self._result = run.result

    def put_back(self, intent: Intent, steps: Steps, cause: Exception) -> t.NoReturn:
        reason = cause.message if isinstance(cause, ZeroDowntimeError) else repr(cause)
        lines = [f"{result.named(intent)} failed while {result.doing(intent, intent.step)}", reason]
        found = self._run.evidence(intent)
        try:
            lines.append(self._undo(intent, steps))
        except ZeroDowntimeError as error:
            lines += [
                f"putting back what ran before failed too: {error.message}",
                "the journal is kept: run the task again, it goes on from there",
            ]
        raise SwapFailed("\n".join(lines), **found) from cause

    def _undo(self, intent: Intent, steps: Steps) -> str:
        """Put everything back, and return how that went. Waits for an engine that restarts meanwhile."""
        deadline = Deadline(PATIENCE, self._run.clock)
        while True:
            try:
                outcome = self._undo_once(intent, steps)
                break
            except EngineUnreachable:
                if deadline.expired:
                    raise
                deadline.pause(PAUSE)
        if self._run.unproven is None:
            with contextlib.suppress(ZeroDowntimeError):  # a full disk must not turn an undone swap into an open one
                self._run.remember(intent, "undone")
            self._run.store.close_change()
        return outcome

    def _undo_once(self, intent: Intent, steps: Steps) -> str:
        new = self._run.new_one(intent)
        taken = self._name_is_taken(intent, new, steps)
        lost = plan.lost(intent, self._run.known)
        if new is not None and lost and not taken:
            return self._keep(intent, new, lost, steps)
        todo = plan.undo(intent, new, lambda ident: self._run.known(steps.ids.get(ident, ident)), name_taken=taken)
        for step in todo:
            try:
                steps.take(step)
            except EngineUnreachable:
                raise
            except EngineError as error:
                if step.do not in plan.REMOVING:
                    raise
                self._result.warnings.append(f"{step.text}: {error.message}")
                break
            self._run.did(step.text)
        if taken:
            return f"another container has taken the name {intent.name} meanwhile: it was left alone"
        return self._what_runs_again(intent, steps)

    def _name_is_taken(self, intent: Intent, new: ContainerRef | None, steps: Steps) -> bool:
        """By a container that was made by hand meanwhile.

        The copy of an --rm container is ours: an earlier undo got this far. I(steps) learn its id.
        """
        holder = self._run.known(intent.name)
        if holder is None or holder.id in {*(aside.container.id for aside in intent.before), new.id if new else ""}:
            return False
        revived = [
            aside.container.id
            for aside in intent.before
            if aside.revive and self._run.known(aside.container.id) is None
        ]
        steps.ids.update(dict.fromkeys(revived, holder.id))
        return not revived

    def _what_runs_again(self, intent: Intent, steps: Steps) -> str:
        """In words. The result learns whether it is all that ran before."""
        was = [aside.container for aside in intent.before if aside.container.running]
        if not was:
            beside = intent.replaces
            if beside is not None and steps.runs(beside.id):
                return f"{result.images([beside])} still runs"
            return "nothing ran before, and nothing runs now"
        gone = [each for each in was if self._run.known(steps.ids.get(each.id, each.id)) is None]
        if gone:
            return f"{result.listed(gone)} {_is(gone)} gone: removed meanwhile"
        if all(steps.runs(each.id) for each in was):
            self._result.rolled_back = True
            return f"{result.images(was)} {_is(was)} back"
        return f"put back, but not running, see its log: {result.listed(was)}"

    def _keep(self, intent: Intent, new: ContainerRef, lost: t.Sequence[ContainerRef], steps: Steps) -> str:
        """To stop the new one as well would leave no service, and no settings to carry over.

        The journal stays open until it is proven or replaced.
        """
        for step in plan.keep(intent, new):
            steps.take(step)
            self._run.did(step.text)
        self._run.unproven = replace(intent, new=new)
        outcome = (
            f"{result.listed(lost)} {_is(lost)} gone: removed meanwhile. "
            f"So {intent.name} stays, with {registry.brief(new.image)}"
        )
        self._result.warnings.append(outcome)
        return outcome

    def recover(self, intent: Intent, steps: Steps) -> str:
        """Undo what an earlier run left open, and return how that went."""
        outcome = self._undo(intent, steps)
        self._run.undone = intent.what == "swap" and self._run.unproven is None
        self._result.rolled_back = False  # of an earlier run, not of this one
        return outcome

    def revivable(self, aside: SetAside) -> SetAside:
        if not aside.container.auto_remove:
            return aside
        found = self._engine.inspect_container(aside.container.id)
        image = self._engine.inspect_image(aside.container.image_id)
        spec = carry_over.compose(
            image=aside.container.image_id,
            stated={},
            running=found,
            running_image=image,
            new_image=image,
            api_version=self._engine.api_version,
        )
        return replace(aside, revive={"body": spec.body, "networks": [list(each) for each in spec.networks]})


def _is(containers: t.Sequence[ContainerRef]) -> str:
    return "is" if len(containers) == 1 else "are"
