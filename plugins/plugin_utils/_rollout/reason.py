# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: it may change without notice.
"""Why a task failed, in words for people, from what it registered."""

from __future__ import annotations

import typing as t

Result = t.Mapping[str, t.Any]

FAILED = {
    "drain": "was not drained",
    "close_slot": "has no closed slot for the new version",
    "swap": "was not swapped",
    "hand_over": "was not restored",
    "restore": "was not restored",
    "restore_next": "could not restore the next host",
    "previous": "was not put back",
    "retire": "still runs both versions",
    "own_health": "is not healthy",
    "bake": "did not prove the new version",
}
"""What a failed stage leaves undone, by the name of its file, which leads the names of its tasks."""


def reason(result: Result, host: str = "", task: str = "") -> str:
    """The messages of what failed in I(result), a task's registered result; each led by the loop's item, if any.

    Led by what it means for I(host), where I(task), the name of the task, belongs to a stage.
    """
    parts = [result] if "results" not in result else [part for part in result["results"] if _failed(part)]
    words = "; ".join(_words(part) for part in parts) or str(result.get("msg", "no reason was given"))
    stage = task.rpartition(" : ")[2].rpartition(" | ")[0].rpartition(" | ")[2]
    return f"{host} {FAILED[stage]}: {words}" if host and stage in FAILED else words


def _failed(result: Result) -> bool:
    return bool(result.get("failed") or result.get("unreachable"))


def _words(result: Result) -> str:
    item = result.get(result.get("ansible_loop_var", ""), "")
    item = " ".join(map(str, item)) if isinstance(item, (list, tuple)) else item
    lead = f"{item}: " if item else ""
    unreachable = "unreachable, " if result.get("unreachable") else ""
    return f"{lead}{unreachable}{result.get('msg', 'no reason was given')}"
