# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: it may change without notice.
"""How a change of a service is reported: the module's result, an entry of the history, their words. No I/O."""

from __future__ import annotations

import typing as t
from dataclasses import asdict, dataclass, field
from datetime import datetime, timezone

from ansible_collections.zero.downtime.plugins.module_utils._container.change.decide import Decision
from ansible_collections.zero.downtime.plugins.module_utils._container.change.intent import ContainerRef, Intent
from ansible_collections.zero.downtime.plugins.module_utils._container.description import compare, registry
from ansible_collections.zero.downtime.plugins.module_utils._container.engine.service_containers import Inspect
from ansible_collections.zero.downtime.plugins.module_utils._errors import ZeroDowntimeError

# How many entries of the history the module returns, and which of their keys: the others are for undoing.
HISTORY_RETURNED = 10
RETURNED_KEYS = ("when", "who", "what", "image", "digest", "seconds", "result")
# What the first word of a step becomes after "while".
_GERUNDS = {
    "create": "creating",
    "rename": "renaming",
    "set": "setting",
    "start": "starting",
    "stop": "stopping",
    "wait": "waiting",
}


@dataclass
class Result:
    """What the module returns, whatever happens: the same keys always."""

    changed: bool = False
    actions: list[str] = field(default_factory=list)
    elapsed: float = 0.0
    swap_needed: bool = False
    image: str = ""
    image_id: str = ""
    digest: str = ""
    container: dict[str, t.Any] = field(default_factory=dict)
    previous: dict[str, t.Any] | None = None
    slot: int | None = None
    slot_before: int | None = None
    rolled_back: bool = False
    recovered: str = ""
    history: list[dict[str, t.Any]] = field(default_factory=list)
    exit_code: int | None = None
    oom_killed: bool = False
    health_log: list[str] = field(default_factory=list)
    last_log: list[str] = field(default_factory=list)
    diff: dict[str, dict[str, t.Any]] = field(default_factory=lambda: {"before": {}, "after": {}})
    warnings: list[str] = field(default_factory=list)


def failure(error: ZeroDowntimeError) -> dict[str, t.Any]:
    """The same keys for every failure, also for one that came before there was anything to report."""
    return {**asdict(Result()), **error.details}


def container(service: str, found: Inspect | None) -> dict[str, t.Any]:
    if found is None:
        return {"name": service, "id": "", "state": "absent", "started_at": ""}
    return {
        "name": found["Name"].lstrip("/"),
        "id": found["Id"],
        "state": found["State"]["Status"],
        "started_at": found["State"]["StartedAt"],
    }


def previous(kept: Inspect, image: Inspect | None) -> dict[str, t.Any]:
    ref = kept["Config"]["Image"]
    return {
        "name": kept["Name"].lstrip("/"),
        "image": registry.pinned(ref, image) if image else ref,
        "digest": registry.digest(ref, image) if image else "",
    }


def diff(current: Inspect | None, running_image: Inspect | None, decision: Decision) -> dict[str, dict[str, t.Any]]:
    before: dict[str, t.Any] = {}
    after: dict[str, t.Any] = {}
    if decision.intent is None:
        return {"before": before, "after": after}
    if current is not None:
        ref = current["Config"]["Image"]
        before = {
            "image": registry.pinned(ref, running_image) if running_image else current["Image"],
            "digest": registry.digest(ref, running_image) if running_image else "",
            "state": current["State"]["Status"],
        }
    if decision.intent.what == "absent":
        return {"before": before, "after": {"state": "absent"}}
    if decision.image.ref:
        after = {"image": decision.image.pinned, "digest": decision.image.digest, "state": "running"}
    for setting, (old, new) in compare.redacted(decision.diff).items():
        before[setting], after[setting] = old, new
    return {"before": before, "after": after}


def entry(intent: Intent, new: ContainerRef | None, result: str, now: float) -> dict[str, t.Any]:
    """Of the history. I(result): C(done) or C(undone); I(now): seconds since the epoch."""
    return {
        "began": intent.began,
        "when": datetime.fromtimestamp(intent.began, timezone.utc).isoformat(timespec="seconds"),
        "who": intent.owner,
        "what": intent.what,
        "result": result,
        "seconds": round(max(0.0, now - intent.began), 3),
        "image": intent.image,
        "digest": intent.digest,
        "container": {"id": new.id, "name": new.name} if new else {"id": "", "name": ""},
        "previous": intent.replaces and {"image": intent.replaces.image, "image_id": intent.replaces.image_id},
        # The "no" of one that was aside already is ours, not its own.
        "aside": [
            {"id": aside.container.id, "policy": dict(aside.container.policy)}
            for aside in (*intent.before, *intent.after)
            if aside.container.running or aside.container.restarts
        ],
    }


def recent(history: t.Sequence[t.Mapping[str, t.Any]]) -> list[dict[str, t.Any]]:
    """The last entries of I(history), the latest first."""
    return [{key: each[key] for key in RETURNED_KEYS} for each in reversed(history[-HISTORY_RETURNED:])]


def named(intent: Intent) -> str:
    words = {
        "swap": "swap to {image}",
        "previous": "return to {image}",
        "start": "start of {service} ({image})",
        "retire": "stop of the predecessor of {service}",
        "absent": "removal of {service}",
    }
    return words[intent.what].format(service=intent.service, image=registry.brief(intent.image) if intent.image else "")


def doing(intent: Intent, step: str) -> str:
    """I(step), such as C(start web), after "while": C(starting web)."""
    verb, _blank, rest = step.partition(" ")
    words = f"{_GERUNDS.get(verb, verb)} {rest}"
    return words.replace(intent.image, registry.brief(intent.image)) if intent.image else words


def interrupted(intent: Intent) -> str:
    step = f" while {doing(intent, intent.step)}" if intent.step and not intent.done else ""
    return f"{named(intent)} was interrupted{step}"


def listed(containers: t.Iterable[ContainerRef]) -> str:
    return " and ".join(f"container {each.name} of {registry.brief(each.image)}" for each in containers)


def images(containers: t.Iterable[ContainerRef]) -> str:
    return " and ".join(registry.brief(each.image) for each in containers)
