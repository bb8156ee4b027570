# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: it may change without notice.
"""Which commands bring a server from its state to another one."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.zero.downtime.plugins.module_utils._haproxy.stats import ENABLED, ServerFacts

Commands = t.Tuple[str, ...]

_CONFIG_DISABLED = 0x04
_ADMIN_STATES = {"ready": 0x00, "drain": 0x08, "maint": 0x01}


def drain(facts: ServerFacts, *, protect: bool) -> Commands:
    """No new requests except those of persistent clients.

    I(protect): a check that fails while the last requests finish would cut them where haproxy.cfg says 'on-marked-down
    shutdown-sessions', so it pauses until then.
    """
    name = _name(facts)
    return (
        *_silence_agent(facts),
        *([f"disable health {name}"] if protect and facts.check_enabled and facts.state == "ready" else []),
        f"set server {name} state drain",
        # Out of maintenance it would count as up, for persistent clients, before any check ran.
        *([f"set server {name} health down"] if facts.state == "maint" and _checked(facts) else []),
    )


def maintain(facts: ServerFacts) -> Commands:
    """No requests at all, and idle connections closed. Checks pause by themselves here."""
    return (*_silence_agent(facts), f"set server {_name(facts)} state maint", *unprotect(facts))


def stay_out(facts: ServerFacts) -> Commands:
    """An agent that answers 'ready' would undo drain and maint within its interval."""
    return _silence_agent(facts)


def unprotect(facts: ServerFacts) -> Commands:
    """A server whose check stays off is up for ever."""
    return (f"enable health {_name(facts)}",) if facts.has_check and not facts.check_enabled else ()


def ready(facts: ServerFacts) -> Commands:
    """Back into rotation; where there is a check, HAProxy lets requests in when it has passed I(rise) times.

    The order matters: with 'ready' alone it counts as up before any check ran; on leaving maintenance 'health down' is
    forgotten, so it must come after 'drain'; and after 'ready' it would come a moment too late.
    """
    name = _name(facts)
    if facts.state == "ready":
        return unprotect(facts)
    if not _checked(facts):
        return (f"set server {name} state ready",)
    return (
        *unprotect(facts),
        f"set server {name} state drain",
        f"set server {name} health down",
        f"set server {name} state ready",
    )


def resume(facts: ServerFacts, before: ServerFacts) -> Commands:
    """Ready as I(before), at once: for a server whose health HAProxy still knows. Nothing in flight is cut."""
    return (
        *(unprotect(facts) if before.check_enabled else ()),
        f"set server {_name(facts)} state ready",
        *(wake_agent(facts) if before.agent_enabled else ()),
    )


def wake_agent(facts: ServerFacts) -> Commands:
    return (f"enable agent {_name(facts)}",) if facts.has_agent and not facts.agent_enabled else ()


def weigh(facts: ServerFacts, weight: int) -> Commands:
    if facts.weight == weight:
        return ()
    # 100% is the one spelling that static algorithms (static-rr, source, ...) take as well.
    value = "100%" if weight == facts.configured_weight else weight
    return (f"set server {_name(facts)} weight {value}",)


def move(facts: ServerFacts, address: str, port: int) -> Commands:
    if (facts.address, facts.port) == (address, port):
        return ()
    return (f"set server {_name(facts)} addr {address} port {port}",)


def move_check(facts: ServerFacts, old_port: int) -> Commands:
    """Move the check as well: one with its own port does not follow the server."""
    if facts.check_port != old_port or facts.port == old_port:
        return ()
    return (f"set server {_name(facts)} check-port {facts.port}",)


def shut_sessions(facts: ServerFacts) -> Commands:
    return (f"shutdown sessions server {_name(facts)}",)


def effect(facts: ServerFacts, lines: Commands) -> ServerFacts:
    """The server after I(lines), as far as they set something: what check mode shows and a read-back expects."""
    for line in lines:
        facts = _effect(facts, line.split())
    return facts


def settings(facts: ServerFacts) -> dict[str, t.Any]:
    """What commands set, without what changes by itself."""
    names = ("state", "weight", "address", "port", "check_port", "check_enabled", "agent_enabled")
    return {name: getattr(facts, name) for name in names}


def _effect(facts: ServerFacts, words: list[str]) -> ServerFacts:
    verb, what = words[:2]
    if verb in ("enable", "disable"):
        field = {"health": "check_state", "agent": "agent_state"}[what]
        bits = getattr(facts, field) & ~ENABLED
        return dataclasses.replace(facts, **{field: bits | ENABLED if verb == "enable" else bits})
    attribute, value = words[3:5] if verb == "set" else ("", "")
    if attribute == "state":
        return dataclasses.replace(facts, admin_state=facts.admin_state & _CONFIG_DISABLED | _ADMIN_STATES[value])
    if attribute == "weight":
        return dataclasses.replace(facts, weight=facts.configured_weight if value == "100%" else int(value))
    if attribute == "addr":
        return dataclasses.replace(facts, address=value, port=int(words[6]))
    if attribute == "check-port":
        return dataclasses.replace(facts, check_port=int(value))
    return facts


def _silence_agent(facts: ServerFacts) -> Commands:
    return (f"disable agent {_name(facts)}",) if facts.agent_enabled else ()


def _checked(facts: ServerFacts) -> bool:
    """On a server without a check 'health down' would last for ever, and a tracking one refuses it."""
    return facts.has_check and not facts.tracks


def _name(facts: ServerFacts) -> str:
    return f"{facts.backend}/{facts.server}"
