# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a task failed, in words for people, from what it registered.

Private to this collection: it may change without notice.
"""

from __future__ import annotations

import typing as t

Result = t.Mapping[str, t.Any]


def reason(result: Result) -> str:
    """The messages of what failed in I(result), a task's registered result; each led by the loop's item, if any."""
    parts = [result] if "results" not in result else [part for part in result["results"] if _failed(part)]
    return "; ".join(_words(part) for part in parts) or str(result.get("msg", "no reason was given"))


def _failed(result: Result) -> bool:
    return bool(result.get("failed") or result.get("unreachable"))


def _words(result: Result) -> str:
    item = result.get(result.get("ansible_loop_var", ""), "")
    item = " ".join(map(str, item)) if isinstance(item, (list, tuple)) else item
    lead = f"{item}: " if item else ""
    away = "unreachable, " if result.get("unreachable") else ""
    return f"{lead}{away}{result.get('msg', 'no reason was given')}"
