# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a new container failed, in what it left behind, without what is nobody's business. No I/O.

Private to this collection: it may change without notice.
"""

from __future__ import annotations

import typing as t

from ansible_collections.zero.downtime.plugins.module_utils._container import volumes
from ansible_collections.zero.downtime.plugins.module_utils._redact.text import HIDDEN

LOG_LINES = 20
# Shorter values ("1", "info", "8080") are no secrets, and hiding them would leave nothing to read.
SHORTEST_SECRET = 6


def environment(inspect: t.Mapping[str, t.Any] | None) -> dict[str, str]:
    """Of a container, or of an image."""
    entries = ((inspect or {}).get("Config") or {}).get("Env") or []
    return dict(entry.split("=", 1) for entry in entries if "=" in entry)


def private_values(container: t.Mapping[str, t.Any] | None, image: t.Mapping[str, t.Any] | None) -> set[str]:
    """The environment values that somebody gave the container, and the passwords of its volumes.

    Those of its image are no secrets.
    """
    public = environment(image)
    given = {value for name, value in environment(container).items() if public.get(name) != value}
    return given | volumes.secrets_of((container or {}).get("HostConfig") or {})


def redact(value: t.Any, private: t.Collection[str]) -> t.Any:
    """I(value), with lists and dicts in it, where no private value of any length worth hiding is left in a text.

    A value of several lines, a key say, is hidden line by line: that is how logs come.
    """
    if isinstance(value, str):
        lines = {line for each in private for line in (each, *each.splitlines())}
        for secret in sorted((each for each in lines if len(each) >= SHORTEST_SECRET), key=len, reverse=True):
            value = value.replace(secret, HIDDEN)
        return value
    if isinstance(value, (list, tuple)):
        return [redact(each, private) for each in value]
    if isinstance(value, dict):
        return {key: redact(each, private) for key, each in value.items()}
    return value


def of(container: t.Mapping[str, t.Any] | None, log: str) -> dict[str, t.Any]:
    """The facts of a failure. I(container) is its C(inspect), None when there is none to ask."""
    state = (container or {}).get("State") or {}
    started = not str(state.get("StartedAt") or "0001").startswith("0001")
    over = started and not state.get("Running")
    return {
        "exit_code": state.get("ExitCode") if over else None,
        "oom_killed": bool(state.get("OOMKilled")),
        "health_log": [
            str(entry.get("Output") or "").strip() for entry in (state.get("Health") or {}).get("Log") or []
        ],
        "last_log": log.splitlines()[-LOG_LINES:],
    }
