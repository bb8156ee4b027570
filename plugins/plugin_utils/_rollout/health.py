# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: it may change without notice.
"""C(rollout_health) as the options of a module."""

from __future__ import annotations

import json
import typing as t

from ansible_collections.zero.downtime.plugins.module_utils._wait.probes import kinds


def options(
    stated: str | t.Mapping[str, t.Any], *, any_version: bool = False, port: int | None = None
) -> dict[str, t.Any]:
    """I(stated) may be a text of JSON, as C(-e) gives it. I(any_version): without what tells one version from another.

    I(port): of a service that is not a container; where it answers, nothing else tells.
    """
    found = dict(json.loads(stated) if isinstance(stated, str) else stated)
    if any_version:
        found = kinds.of_any_version(found)
    if port is not None and "path" in found:
        found["url"] = f"http://127.0.0.1:{port}{found.pop('path')}"
    return found
