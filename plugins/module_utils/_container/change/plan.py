# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: it may change without notice.
"""Which steps make, undo or finish a change, in order. No I/O.

The engine is the truth: what is to be undone or finished is computed from the containers that are there, not from the
steps that were taken. So it does not matter where a swap was killed, nor whether its undoing was killed too.
"""

from __future__ import annotations

import math
import typing as t
from dataclasses import dataclass, replace

from ansible_collections.zero.downtime.plugins.module_utils._container.change.intent import (
    NO_RESTART,
    ContainerRef,
    Intent,
    SetAside,
)
from ansible_collections.zero.downtime.plugins.module_utils._container.engine.service_containers import Inspect

LAST_WORDS = 10  # s, for a container that failed to end: what ran before waits for it
REMOVING = ("remove", "gone")  # the steps of undo() that come last, when what ran before is back
NEW = ""  # stands for the id that the step "create" is going to give

View = t.Callable[[str], t.Optional[ContainerRef]]
"""What a container, by its id, is at this moment; None when it is gone."""


@dataclass(frozen=True)
class Step:
    """One call of the engine. I(do) names it, I(container) is an id, I(text) is for people."""

    do: str
    container: str
    value: t.Any
    text: str


def forward(intent: Intent) -> list[Step]:
    """Up to the point of no return. The first step cannot hurt: the new container is made beside the old one.

    It starts without a restart policy and gets its own only when it is healthy. So a crash at boot is seen as one, and
    an engine that restarts meanwhile does not bring up what has not been checked.
    """
    steps: list[Step] = []
    new = intent.new
    if new is None:
        return steps
    if intent.created:
        steps.append(Step("create", NEW, new.name, f"create {new.name} from {intent.image}"))
    for aside in intent.before:
        steps += _put_aside(aside.container, aside.name)
    if new.name != intent.name:
        steps.append(_rename(new, intent.name))
    steps.append(Step("start", new.id, None, f"start {intent.name}"))
    steps.append(prove(intent))
    if (intent.policy.get("Name") or "no") != (new.policy.get("Name") or "no"):
        steps.append(_policy(new.id, intent.name, intent.policy))
    return steps


def lost(intent: Intent, now: View) -> tuple[ContainerRef, ...]:
    """What the service ran before, where nothing of it is left to be put back; else nothing."""
    others = (aside.container for aside in (*intent.before, *intent.after) if aside.container.running)
    was = {each.id: each for each in (intent.replaces, *others) if each is not None}
    left = any(now(ident) for ident in was) or any(aside.revive for aside in intent.before)
    return () if left else tuple(was.values())


def keep(intent: Intent, new: ContainerRef) -> list[Step]:
    """Let I(new) take over as it is, because what it replaces is lost. Whether it is healthy is not known yet."""
    return _as_it_was(new, replace(new, name=intent.name, policy=intent.policy))


def prove(intent: Intent) -> Step:
    return Step("healthy", intent.new.id if intent.new else NEW, intent.name, f"wait until {intent.name} is healthy")


def undo(intent: Intent, new: ContainerRef | None, now: View, *, name_taken: bool = False) -> list[Step]:
    """Back to what there was. I(new) is the new container as it is at this moment.

    It makes room and is removed last, so that an engine that cannot remove it does not keep away what ran before.
    With I(name_taken) a container of the service's name was made by hand meanwhile: that one counts, and what ran
    before stays aside.
    """
    steps: list[Step] = []
    remove: list[Step] = []
    was = intent.new
    if new is not None and was is not None:
        if new.running and not was.running:
            awaited = any(aside.container.running for aside in intent.before)
            steps.append(_stop(new, LAST_WORDS) if awaited else _stop(new))
        if intent.created:
            if new.name != was.name:
                steps.append(_free(new, was.name))
            new = replace(new, name=was.name)
            remove = _remove(new)
        steps += _as_it_was(new, was)
    for aside in () if name_taken else intent.before:
        steps += _put_back(aside, now(aside.container.id))
    return steps + remove


def undone(intent: Intent, new: ContainerRef | None, containers: t.Iterable[Inspect]) -> list[Inspect]:
    """I(containers), each as its C(inspect), as undo() is going to leave them."""
    was = {aside.container.id: aside.container for aside in intent.before}
    if new is not None and intent.new is not None and not intent.created:
        was[new.id] = intent.new
    removed = new.id if new is not None and intent.created else ""
    left = (each for each in containers if each["Id"] != removed)
    return [was[each["Id"]].restored(each) if each["Id"] in was else each for each in left]


def finish(intent: Intent, now: View) -> list[Step]:
    """From the point of no return to the end."""
    steps: list[Step] = []
    for aside in intent.after:
        found = now(aside.container.id)
        if found is not None:
            steps += _put_aside(found, aside.name)
    for each in intent.remove:
        found = now(each.id)
        if found is None:
            continue
        if found.running and intent.what == "absent":
            steps.append(_stop(found))
        elif found.running:
            continue  # it was started by hand: it is in use
        steps += _remove(found)
    return steps


def _put_aside(container: ContainerRef, name: str) -> list[Step]:
    steps: list[Step] = []
    if container.restarts:
        steps.append(_policy(container.id, container.name, NO_RESTART))
    if container.running:
        steps.append(_stop(container))
    if container.auto_remove:
        steps.append(_gone(container))
    elif container.name != name:
        steps.append(_rename(container, name))
    return steps


def _put_back(aside: SetAside, found: ContainerRef | None) -> list[Step]:
    was = aside.container
    steps: list[Step] = []
    if found is not None:
        steps += _as_it_was(found, was)
    elif aside.revive is not None:
        steps.append(Step("revive", was.id, aside, f"create {was.name} again from {was.image}"))
    else:
        return steps  # removed by hand: there is nothing to put back
    if was.running and not (found and found.running):
        steps.append(Step("start", was.id, None, f"start {was.name}"))
    return steps


def _as_it_was(found: ContainerRef, was: ContainerRef) -> list[Step]:
    steps: list[Step] = []
    if found.name != was.name:
        steps.append(_rename(found, was.name))
    if dict(found.policy) != dict(was.policy) and (found.restarts or was.restarts):
        steps.append(_policy(found.id, was.name, was.policy))
    return steps


def _policy(ident: str, name: str, policy: t.Mapping[str, t.Any]) -> Step:
    return Step("policy", ident, policy, f"set the restart policy of {name} to {policy.get('Name') or 'no'}")


def _rename(container: ContainerRef, name: str) -> Step:
    return Step("rename", container.id, name, f"rename {container.name} to {name}")


def _free(container: ContainerRef, name: str) -> Step:
    """As _rename(), of one that the engine may be removing by itself."""
    return replace(_rename(container, name), do="free")


def _stop(container: ContainerRef, at_most: float = math.inf) -> Step:
    """I(at_most): seconds until it is killed, however many more it is to have."""
    return Step("stop", container.id, at_most, f"stop {container.name}")


def _remove(container: ContainerRef) -> list[Step]:
    steps = [Step("remove", container.id, container.image_id, f"remove {container.name}")]
    if container.auto_remove:
        steps.append(_gone(container))  # the engine is at it by itself, and the name is taken until it is done
    return steps


def _gone(container: ContainerRef) -> Step:
    return Step("gone", container.id, None, f"wait until the engine has removed {container.name}")
