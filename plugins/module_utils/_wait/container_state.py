# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: it may change without notice.
"""Judging a container by what the engine reports of it. No I/O."""

from __future__ import annotations

import typing as t

from ansible_collections.zero.downtime.plugins.module_utils._wait.verdict import Never, NotYet, Pass, Verdict

Inspect = t.Mapping[str, t.Any]
"""A container as the Docker Engine API returns it: GET /containers/{id}/json."""

# A container that is `restarting` has exited: its restart policy is what brings it back. `stopped` is Podman's.
_OVER = {
    "exited": "exited with code",
    "dead": "is dead, with exit code",
    "removing": "is being removed, with exit code",
    "restarting": "is restarting after exit code",
    "stopped": "stopped with code",
}

# Docker's defaults where a HEALTHCHECK leaves a duration out, s.
_CHECK_INTERVAL = _CHECK_TIMEOUT = 30.0
_CHECK_RETRIES = 3


def facts_of(inspect: Inspect | None) -> dict[str, t.Any]:
    """The part of an inspection that shows why a container does or does not serve; empty where there is none."""
    if inspect is None:
        return {}
    state = inspect.get("State") or {}
    health = state.get("Health") or {}
    log = health.get("Log") or []
    return {
        "name": str(inspect.get("Name") or "").lstrip("/"),
        "id": inspect.get("Id") or "",
        "status": state.get("Status") or "unknown",
        "health": health.get("Status") or "none",
        "health_log": str(log[-1].get("Output") or "").strip() if log else "",
        "started_at": state.get("StartedAt") or "",
        "restart_count": inspect.get("RestartCount") or 0,
        "exit_code": state.get("ExitCode") or 0,
        "oom_killed": bool(state.get("OOMKilled")),
        "error": state.get("Error") or "",
    }


def judge(now: Inspect | None, first: Inspect | None) -> Verdict:
    """Judge a container by what it is I(now) and what it was when the wait began (I(first))."""
    if now is None:
        return Never("was removed") if first else NotYet("does not exist")
    seen, before = facts_of(now), facts_of(first)
    hopeless = _starved(seen, before, now) or _over(seen) or (_replaced(seen, before) if before else "")
    if hopeless:
        return Never(hopeless)
    if seen["status"] != "running":
        return NotYet(f"is {seen['status']}")
    output = f": {seen['health_log']}" if seen["health_log"] else ""
    if seen["health"] == "unhealthy":
        return Never(f"failed its HEALTHCHECK{output}")
    if seen["health"] in ("none", "healthy"):
        return Pass("is running" if seen["health"] == "none" else "is running and healthy")
    return NotYet(f"is running, but its HEALTHCHECK has not passed yet{output}")


def _starved(seen: t.Mapping[str, t.Any], before: t.Mapping[str, t.Any], now: Inspect) -> str:
    """While it runs, C(OOMKilled) may be old: Docker before 24.0 keeps it from the end of one life to the next one.

    (SetStopped and SetRestarting in moby's container/state.go store it, and SetRunning did not clear it.)
    """
    in_its_first_life = str((now.get("State") or {}).get("FinishedAt") or "0001").startswith("0001")
    was_fine_before = bool(before) and not before["oom_killed"]
    if not seen["oom_killed"] or not (seen["status"] in _OVER or in_its_first_life or was_fine_before):
        return ""
    return f"ran out of memory: it or a process in it was killed ({seen['status']}, exit code {seen['exit_code']})"


def _over(seen: t.Mapping[str, t.Any]) -> str:
    if seen["status"] not in _OVER:
        return ""
    error = f": {seen['error']}" if seen["error"] else ""
    return f"{_OVER[seen['status']]} {seen['exit_code']}{error}"


def _replaced(seen: t.Mapping[str, t.Any], before: t.Mapping[str, t.Any]) -> str:
    if seen["id"] != before["id"]:
        return f"was replaced by another one of its name: {seen['id'][:12]} instead of {before['id'][:12]}"
    restarted = before["status"] == "running" and seen["started_at"] != before["started_at"]
    if restarted or seen["restart_count"] > before["restart_count"]:
        return f"restarted during the wait (restart count {seen['restart_count']}, exit code {seen['exit_code']})"
    return ""


def healthcheck_seconds(inspect: Inspect | None) -> float | None:
    """How long a container's HEALTHCHECK may take to become healthy or unhealthy; C(None) where it has none."""
    check = ((inspect or {}).get("Config") or {}).get("Healthcheck") or {}
    if (check.get("Test") or ["NONE"])[0] == "NONE":
        return None
    start, interval, limit = (float(check.get(key) or 0) / 1e9 for key in ("StartPeriod", "Interval", "Timeout"))
    retries = check.get("Retries") or _CHECK_RETRIES
    return start + retries * ((interval or _CHECK_INTERVAL) + (limit or _CHECK_TIMEOUT))
