# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: it may change without notice.
"""What is wrong with the settings of a rollout, all of it at once, before anything is touched; what follows from them.

Types and choices are the argument spec's; here are the values that no type can refuse. Each check yields sentences
that name the variable, its value and what it should be.
"""

from __future__ import annotations

import difflib
import json
import math
import os
import typing as t

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.zero.downtime.plugins.module_utils._container.change import request
from ansible_collections.zero.downtime.plugins.module_utils._container.description import registry
from ansible_collections.zero.downtime.plugins.module_utils._errors import ZeroDowntimeError
from ansible_collections.zero.downtime.plugins.module_utils._haproxy import guard, names
from ansible_collections.zero.downtime.plugins.module_utils._wait.options import HEALTH_OPTIONS, check_options
from ansible_collections.zero.downtime.plugins.plugin_utils._rollout import batches, gate

Settings = t.Mapping[str, t.Any]

_LOCK_TTL = 600  # s

_SECONDS = (
    "rollout_drain_timeout",
    "rollout_ready_timeout",
    "rollout_ramp",
    "rollout_stop_timeout",
    "rollout_bake",
    "rollout_lock_timeout",
    "rollout_lock_ttl",
)

_COUNTS = (
    ("rollout_keep", 0, "versions"),
    ("rollout_max_failures", 0, "hosts"),
    ("rollout_max_lost", 0, "requests"),
    ("rollout_gate_windows", 1, "bakes"),
)
"""Variable, least value, and what is counted."""


_WHOLE = (
    "rollout_slots",
    "rollout_load_balancers",
    "rollout_hooks",
    "rollout_gate",
    "rollout_haproxy_tls",
    "rollout_engine",
)
"""Lists and dicts that the role itself takes apart; others go whole to modules, which read texts as well."""

# Not options: what a playbook asks for, or returns.
_NOT_OPTIONS = {"rollout_maintenance", "rollout_status"}


def unknown(names: t.Iterable[str], options: t.Collection[str]) -> list[str]:
    """A sentence for each of I(names) that is not a variable of the role, with the one that may be meant."""
    found = []
    for name in sorted({*names} - {*options} - _NOT_OPTIONS):
        near = difflib.get_close_matches(name, options, n=1)
        found.append(f"{name} is not a variable of this role" + (f"; did you mean {near[0]}?" if near else ""))
    return found


# An optional question of a survey; container_swap, too, takes an empty one for none.
_MAY_BE_EMPTY = {"rollout_version"}


def is_empty(value: t.Any) -> bool:
    """Null or an empty text: to some tasks not set, to others (C(is defined)) set to something."""
    return value is None or value == ""


def empty(stated: Settings) -> list[str]:
    """What I(stated), as the user gave it, names without a value."""
    hooks = stated.get("rollout_hooks")
    of_hooks = {f"rollout_hooks.{name}": file for name, file in hooks.items()} if isinstance(hooks, dict) else {}
    return [
        f"{name} is empty; state a value, or leave it out"
        for name, value in {**stated, **of_hooks}.items()
        if is_empty(value) and name not in _MAY_BE_EMPTY
    ]


def texts(stated: Settings) -> list[str]:
    """What C(-e key=value) made a text of; I(stated) is as the user gave it, before any conversion."""
    wrong = [key for key in _WHOLE if isinstance(stated.get(key), str)]
    # A module reads more in a text than the role can, which takes the new version's marks out of this one.
    health = stated.get("rollout_health")
    if isinstance(health, str) and not _is_object(health):
        wrong.append("rollout_health")
    return [
        f"{key} is the text {stated[key]!r}; as an extra variable it is given in JSON: -e '{{\"{key}\": ...}}'"
        for key in wrong
    ]


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False


def problems(settings: Settings, *, inventory: t.Container[str]) -> list[str]:
    """Everything that is wrong with I(settings): C(rollout_*) variables as the role sees them on one host.

    I(inventory) holds the names of all hosts. An empty list means that nothing is.
    """
    found: list[str] = []
    for check in (
        _names,
        _what,
        _seconds,
        _counts,
        _min_healthy,
        _batches,
        _health,
        _gate,
        _slots,
        _balancers,
        _undoable,
    ):
        found.extend(check(settings, inventory))
    return found


def doubts(settings: Settings, *, at_once: bool = False) -> list[str]:
    """Settings that are valid but probably not what was meant. I(at_once): it is the role in a play of the user's."""
    found: list[str] = []
    if settings.get("rollout_slots") and not settings.get("rollout_haproxy_state_file"):
        found.append(
            "rollout_haproxy_state_file is not set: a reload of HAProxy forgets which slot is idle, and sends requests "
            "there until its check fails"
        )
    turn = longest_turn(settings)
    if settings.get("rollout_lock") and lock_ttl(settings) < turn:
        found.append(
            f"rollout_lock_ttl is {settings['rollout_lock_ttl']}, and the timeouts of a turn add up to {turn:g} s: one "
            "that takes longer than the lock lasts may lose it to another rollout"
        )
    on_failure = settings.get("rollout_on_failure") or "pause"
    if at_once and on_failure != "pause":
        found.append(
            f"rollout_on_failure is {on_failure}, which only the collection's playbooks do: the role in a play of your "
            "own stops at the host that fails, and the others keep what they run"
        )
    elif settings.get("rollout_update_tasks") and on_failure == "rollback":
        found.append(
            "rollout_on_failure is rollback, and what rollout_update_tasks did only you can put back: the rollout "
            "stops at the host that fails"
        )
    return found


def of_host(settings: Settings) -> dict[str, t.Any]:
    """What the plan has to know of a host, beside what is found there."""
    hooks = settings.get("rollout_hooks") or {}
    return {
        "server": settings["rollout_server"],
        "slots": settings.get("rollout_slots") or [],
        "load_balancers": settings.get("rollout_load_balancers") or [],
        "backend": settings["rollout_backend"],
        "to_previous": bool(settings.get("rollout_back")),
        "own_tasks": bool(settings.get("rollout_update_tasks")),
        "before_host": bool(hooks.get("before_host")),
        "verifies": bool(settings.get("rollout_bake") or hooks.get("after_host")),
    }


def report_path(stated: str | None) -> str:
    """The report's whole path, from where the run was started; empty for none.

    Ansible's own modules take one from the folder of the playbook, which for C(zero.downtime.deploy) is that of the
    installed collection.
    """
    return os.path.abspath(stated) if stated else ""


def report_problems(stated: str | None) -> t.Iterator[str]:
    """Whether the report can be written: at the end it would be too late."""
    if not stated:
        return
    folder = os.path.dirname(report_path(stated))
    if os.path.isdir(stated):
        yield f"rollout_report is {stated}, which is a folder; name a file in it"
    elif not (os.path.isdir(folder) and os.access(folder, os.W_OK | os.X_OK)):
        yield f"rollout_report is {stated}, and the controller has no folder {folder} that you may write to"


def longest_turn(settings: Settings) -> float:
    """Seconds; the modules' defaults where a timeout is not stated. A server leaves its balancers one by one.

    The next host may leave in the same turn.
    """
    health = (settings.get("rollout_health") or {}).get("timeout")
    stop = settings.get("rollout_stop_timeout")
    drain, ready, ramp = (settings.get(f"rollout_{name}") or 0 for name in ("drain_timeout", "ready_timeout", "ramp"))
    balancers = len(settings.get("rollout_load_balancers") or [])
    at_balancers = (drain + ready + ramp) * balancers + (drain if balancers == 1 else 0)
    return at_balancers + (10 if stop is None else max(stop, 0)) + float(60 if health is None else health)


def lock_ttl(settings: Settings) -> int:
    """Seconds. By default as long as a turn may take, and no shorter than most pulls."""
    stated = settings.get("rollout_lock_ttl")
    return max(_LOCK_TTL, math.ceil(longest_turn(settings))) if stated is None else int(stated)


def _names(settings: Settings, _inventory: t.Container[str]) -> t.Iterator[str]:
    service = settings["rollout_service"]
    if not request.NAME.fullmatch(service):
        yield (
            f"rollout_service is {service!r}; it is two or more letters, digits, '_', '.' and '-', the first a letter "
            "or a digit"
        )
    for key in ("rollout_backend", "rollout_server"):
        if settings.get("rollout_load_balancers"):
            yield from _said_by(names.name, key, settings.get(key) or "")


def _what(settings: Settings, _inventory: t.Container[str]) -> t.Iterator[str]:
    image = settings.get("rollout_image")
    if settings.get("rollout_update_tasks") or settings.get("rollout_restart") or settings.get("rollout_back"):
        return
    if not image:
        yield "rollout_image is not set; name the image to roll out, or a task file in rollout_update_tasks"
    else:
        yield from (f"rollout_image: {said}" for said in _said_by(registry.parse, image))
    stated = settings.get("rollout_container") or {}
    for key, variable in (("image", "rollout_image"), ("name", "rollout_service"), ("health", "rollout_health")):
        if key in stated:
            yield f"rollout_container holds {key!r}; that is {variable}"


def _seconds(settings: Settings, _inventory: t.Container[str]) -> t.Iterator[str]:
    for key in _SECONDS:
        value = settings.get(key)
        if value is not None and value < 0:
            yield f"{key} is {value}; a time is 0 seconds or more"
    ttl = lock_ttl(settings)
    if ttl == 0:
        yield "rollout_lock_ttl is 0; a lock that is stale at once keeps no other rollout away"
    bake = settings.get("rollout_bake") or 0
    if settings.get("rollout_lock") and 0 < ttl <= bake:
        yield f"rollout_bake is {bake}; it must be shorter than rollout_lock_ttl ({ttl}), or the lock goes stale"


def _min_healthy(settings: Settings, _inventory: t.Container[str]) -> t.Iterator[str]:
    # Of how many servers does not matter here.
    yield from (f"rollout_{said}" for said in _said_by(guard.needed, 1, str(settings["rollout_min_healthy"])))


def _batches(settings: Settings, _inventory: t.Container[str]) -> t.Iterator[str]:
    stated = settings.get("rollout_batches")
    if stated is None:
        return
    yield from _said_by(batches.sizes, stated, 1)


def _health(settings: Settings, _inventory: t.Container[str]) -> t.Iterator[str]:
    stated = dict(settings.get("rollout_health") or {})
    if not stated:
        return
    own_tasks = bool(settings.get("rollout_update_tasks"))
    path = stated.pop("path", None)
    if path is not None:
        wrong = _wrong_path(path, stated, port_is_known=not own_tasks or bool(settings.get("rollout_port")))
        if wrong:
            yield f"rollout_health: path is {path!r}{wrong}"
            return
        stated["url"] = f"http://127.0.0.1{path}"
    validated = ArgumentSpecValidator(HEALTH_OPTIONS).validate(stated)
    if validated.error_messages:
        yield from (f"rollout_health: {text}" for text in validated.error_messages)
        return
    asked = validated.validated_parameters
    if not own_tasks:
        # It is always looked at, so it alone is something to wait for.
        asked["container"] = settings["rollout_service"]
    elif asked["container"]:
        yield (
            f"rollout_health: container is {asked['container']!r} beside rollout_update_tasks, whose service is not a "
            "container; state path, url or tcp"
        )
        return
    yield from (f"rollout_health: {text}" for text in _said_by(check_options, asked))


def _wrong_path(path: t.Any, others: Settings, *, port_is_known: bool) -> str:
    if not str(path).startswith("/") or "url" in others:
        return "; it starts with '/' and stands in the place of url"
    if not port_is_known:
        return (
            " beside rollout_update_tasks, of which no container tells the port; state rollout_port, or url in the "
            "place of path"
        )
    return ""


def _counts(settings: Settings, _inventory: t.Container[str]) -> t.Iterator[str]:
    for key, least, what in _COUNTS:
        value = settings.get(key)
        if value is not None and value < least:
            yield f"{key} is {value}; it is a number of {what} from {least} on"


def _gate(settings: Settings, _inventory: t.Container[str]) -> t.Iterator[str]:
    # The argument spec completes what is stated with None.
    limits = {name: limit for name, limit in (settings.get("rollout_gate") or {}).items() if limit is not None}
    yield from _said_by(gate.check, limits)
    if limits and not settings.get("rollout_bake"):
        yield "rollout_gate needs rollout_bake, the seconds over which it watches"


def _slots(settings: Settings, _inventory: t.Container[str]) -> t.Iterator[str]:
    slots = settings.get("rollout_slots") or []
    if slots and settings.get("rollout_update_tasks"):
        yield (
            f"rollout_slots is {slots} beside rollout_update_tasks, which update what one server of the host stands "
            "for; leave rollout_slots and rollout_strategy out"
        )
        return
    if settings.get("rollout_strategy") == "start_first" and not slots:
        yield "rollout_strategy is start_first, which needs two host ports in rollout_slots"
    if not slots:
        return
    if settings.get("rollout_strategy") != "start_first":
        yield f"rollout_slots is {slots}, where old and new run side by side; state rollout_strategy: start_first"
    if len(slots) != 2 or slots[0] == slots[1] or not all(0 < port < 65536 for port in slots):
        yield f"rollout_slots is {slots}; it is two different host ports, such as [8081, 8082]"
    if not settings.get("rollout_port"):
        yield "rollout_slots needs rollout_port, the port in the container that the slots publish"
    for option in {"published_ports", "ports"} & set(settings.get("rollout_container") or {}):
        yield f"rollout_container holds {option} beside rollout_slots, which publish rollout_port themselves"


def _balancers(settings: Settings, inventory: t.Container[str]) -> t.Iterator[str]:
    balancers = settings.get("rollout_load_balancers") or []
    for name in balancers:
        if name not in inventory:
            yield f"rollout_load_balancers names {name!r}, which is not a host of the inventory"
    if len(set(balancers)) != len(balancers):
        yield f"rollout_load_balancers names a host twice: {', '.join(balancers)}"
    sockets = settings.get("rollout_haproxy_socket") or []
    if settings.get("rollout_haproxy_state_file") and len(sockets) > 1:
        yield f"rollout_haproxy_state_file is of one process, and rollout_haproxy_socket names {', '.join(sockets)}"


def _undoable(settings: Settings, _inventory: t.Container[str]) -> t.Iterator[str]:
    """What is to be put back must be there, and known."""
    own_tasks = settings.get("rollout_update_tasks")
    if settings.get("rollout_back") and own_tasks:
        yield f"rollout_update_tasks is {own_tasks}; what tasks of your own did, only they can roll back"
    # In slots the version before stays beside the new one until that has proved itself.
    if settings.get("rollout_keep") != 0 or settings.get("rollout_slots") or own_tasks:
        return
    if settings.get("rollout_gate") or (settings.get("rollout_hooks") or {}).get("after_host"):
        yield "rollout_keep is 0; rollout_gate and the hook after_host need the version before, to go back to"
    if settings.get("rollout_on_failure") == "rollback":
        yield "rollout_keep is 0; rollout_on_failure: rollback needs the version before"


def _said_by(check: t.Callable[..., t.Any], *values: t.Any) -> t.Iterator[str]:
    """What another part of the collection, which refuses by an exception, says of I(values)."""
    try:
        check(*values)
    except ZeroDowntimeError as error:
        yield error.message
