# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: it may change without notice.
"""What the tasks of the role registered on a host: the one place that knows the names of these variables."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.zero.downtime.plugins.plugin_utils._rollout.turn import Done, Turn, handed_over

Variables = t.Mapping[str, t.Any]
"""All variables of a host, as C(hostvars) has them."""

_FIELDS = {field.name for field in dataclasses.fields(Turn)}


_OF_A_TURN = (
    "__rollout_turn",
    "__rollout_failed",
    "__rollout_drained",
    "__rollout_drained_before",
    "__rollout_swapped",
    "__rollout_previous",
    "__rollout_restored",
    "__rollout_handed_over",
    "__rollout_updating",
    "__rollout_look",
)


def stash(host: Variables) -> dict[str, Variables]:
    """By service what its rollout registered on I(host), when that of another one begins there."""
    kept = {name: host[name] for name in _OF_A_TURN if name in host}
    return {**(host.get("__rollout_stash") or {}), host["__rollout_of"]: kept}


def of_service(host: Variables, service: str) -> Variables:
    """I(host) with what the rollout of I(service) registered there, though another one may have begun since."""
    if host.get("__rollout_of") == service:
        return host
    kept: Variables = (host.get("__rollout_stash") or {}).get(service) or {}
    return kept


def turn_of(facts: t.Mapping[str, t.Any]) -> Turn | None:
    """A host's turn as the plan handed it over; None for a host without one."""
    if not facts:
        return None
    # The lists of a template are of a type that only Ansible makes (ansible-core 2.19), and dataclasses make copies.
    plain: dict[str, t.Any] = {name: [*value] if isinstance(value, list) else value for name, value in facts.items()}
    return Turn(**{name: value for name, value in plain.items() if name in _FIELDS})


def turn(host: Variables) -> Turn | None:
    return turn_of(host.get("__rollout_turn") or {})


def done(host: Variables, previous: Variables | None = None) -> Done:
    """I(previous): the host whose visit to the load balancer drains this one."""
    return Done(
        drained=_of(host, "__rollout_drained") or _by_the_turn_before(host, previous),
        swapped=_of(host, "__rollout_swapped"),
        previous=_of(host, "__rollout_previous"),
        restored=_of(host, "__rollout_restored"),
        handed_over=_of(host, "__rollout_handed_over"),
        own_tasks=bool(host.get("__rollout_updating")),
    )


def done_by(host: str, hostvars: t.Mapping[str, Variables], service: str = "") -> Done:
    """What the turn of I(host) has done; in the rollout of I(service), by default in the one under way."""

    def of(name: str) -> Variables:
        return of_service(hostvars[name], service) if service else hostvars[name]

    found = turn(of(host))
    return done(of(host), of(found.previous_host) if found and found.previous_host else None)


def was_found(host: Variables) -> bool:
    return not (host.get("__rollout_look") or {}).get("failed")


def found(host: Variables) -> dict[str, t.Any]:
    """A host's settings, as rollout_settings returned them, and in C(look) what is due there."""
    return {**host["__rollout_settings"]["host"], "look": _of(host, "__rollout_look") or {}}


def why(host: Variables) -> list[str]:
    """The reason of a failure, line by line; empty without one."""
    return [line for reason in host.get("__rollout_failed") or () for line in str(reason).splitlines()]


def before(host: Variables) -> str:
    """The image that the host ran when the rollout began, pinned; empty where that is not known."""
    look = _of(host, "__rollout_look") or {}
    if not look.get("swap_needed", True):
        return str(look.get("image", ""))
    return str(((look.get("diff") or {}).get("before") or {}).get("image") or "")


def drains(host: Variables) -> list[t.Mapping[str, t.Any]]:
    """Every drain that was done in the turn of a host, also that of the next host."""
    found: list[t.Mapping[str, t.Any]] = []
    for name in ("__rollout_drained_before", "__rollout_drained"):
        found += (_of(host, name) or {}).get("results") or ()
    own = turn(host)
    next_one = (_of(host, "__rollout_handed_over") or {}).get("drained")
    if next_one and own:
        found.append({**next_one, "balancer_and_line": [own.balancers[0], own.next_server]})
    return found


def _by_the_turn_before(host: Variables, previous: Variables | None) -> t.Mapping[str, t.Any] | None:
    own = turn(host)
    if previous is None or own is None:
        return None
    return handed_over(_of(previous, "__rollout_handed_over"), (own.balancers[0], own.server))


def _of(host: Variables, name: str) -> t.Mapping[str, t.Any] | None:
    """A stage that did not run, or was skipped, has done nothing."""
    found = host.get(name)
    return found if found and not found.get("skipped") else None
