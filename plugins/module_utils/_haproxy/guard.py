# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: it may change without notice.
"""May this server be drained? Pure arithmetic over what HAProxy reports of its backend."""

from __future__ import annotations

import dataclasses
import math
import re
import typing as t

from ansible_collections.zero.downtime.plugins.module_utils._haproxy.names import BadValue
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.stats import BackendFacts, ServerFacts
from ansible_collections.zero.downtime.plugins.module_utils._words import count

# A message names so many servers of hundreds.
_NAMED = 10


def needed(total: int, min_healthy: str) -> int:
    """How many of I(total) servers must go on serving.

    I(min_healthy) is a number (C(2)) or a share (C(80%), C(0.8)). A share always lets one server out, or else nothing
    could ever be rolled out, and always keeps one. 0, in any spelling, accepts an interruption.
    """
    match = re.match(r"(\d+(?:\.\d+)?)(%?)\Z", min_healthy)
    if not match:
        raise BadValue(
            f"min_healthy {min_healthy!r} is neither a number of servers nor a share such as 80% or 0.8",
            option="min_healthy",
        )
    number = float(match.group(1))
    if number == 0:
        return 0
    if not match.group(2) and "." not in match.group(1):
        return int(number)
    share = number / 100 if match.group(2) else number
    if share > 1:
        raise BadValue(f"min_healthy {min_healthy!r} is more than all servers", option="min_healthy")
    # 5 * (1 - 0.8) is 0.9999999999999998, and one of five is meant.
    allowed = max(1, math.floor(round(total * (1 - share), 9)))
    return max(1, total - allowed)


Servers = t.TypeVar("Servers")


def that_count(active: Servers, backups: Servers) -> Servers:
    """The active servers, or the backup servers where no active one serves, as HAProxy does it."""
    return active or backups


def spare(active: int, backups: int, must_serve: int) -> int:
    """How many servers the guard lets out one after the other, in any order, of a backend in which all serve."""
    out = 0
    while out < active + backups and _fewest_left(active, backups, out + 1) >= must_serve:
        out += 1
    return out


def _fewest_left(active: int, backups: int, leaving: int) -> int:
    """How many servers count when I(leaving) have left, whichever those are."""
    left = []
    for active_leaving in range(leaving + 1):
        backups_leaving = leaving - active_leaving
        if active_leaving <= active and backups_leaving <= backups:
            left.append(that_count(active - active_leaving, backups - backups_leaving))
    return min(left)


@dataclasses.dataclass(frozen=True)
class Quorum:
    """A backend without one of its servers: how many others must serve, which do, and why the rest do not."""

    needed: int
    serving: tuple[str, ...]
    out: tuple[str, ...]

    @property
    def enough(self) -> bool:
        return len(self.serving) >= self.needed

    def __str__(self) -> str:
        others = "no other server can serve"
        if self.serving:
            others = f"only {count('other server', len(self.serving))} can serve ({_some(self.serving)})"
        rest = f". Not serving: {_some(self.out)}" if self.out else ""
        return f"{others}, min_healthy needs {self.needed}{rest}"


def quorum(backend: BackendFacts, server: str, min_healthy: str) -> Quorum:
    others = [each for each in backend.servers if each.server != server]
    serve = [each for each in others if each.serves]
    serving = that_count([each for each in serve if not each.backup], [each for each in serve if each.backup])
    return Quorum(
        needed=needed(sum(not each.backup for each in backend.servers), min_healthy),
        serving=tuple(each.server for each in serving),
        out=tuple(f"{each.server} ({_why(each)})" for each in others if not each.serves),
    )


def _some(names: t.Sequence[str]) -> str:
    return ", ".join([*names[:_NAMED], *(["..."] if len(names) > _NAMED else [])])


def _why(facts: ServerFacts) -> str:
    if facts.state != "ready":
        return facts.state
    if facts.up:
        return "weight 0"
    last_check = f"{facts.check_status} {facts.check_text}".strip()
    # Up again only after I(rise) checks that pass.
    still_down = not last_check or facts.check_status.endswith("OK")
    return f"down {last_check}".strip() if still_down else last_check
