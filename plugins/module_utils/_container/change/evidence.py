# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: it may change without notice.
"""Why a new container failed, from what it left behind. No I/O."""

from __future__ import annotations

import typing as t

LOG_LINES = 20


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
