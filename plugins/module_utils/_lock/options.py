# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: it may change without notice.
"""The options that every module with a lock has (documented in C(zero.downtime._lock)), and the request they make."""

from __future__ import annotations

import typing as t

from ansible_collections.zero.downtime.plugins.module_utils._lock.decide import LockRequest

LOCK_OPTIONS: dict[str, t.Any] = {
    "service": {"type": "str", "required": True},
    "token": {"type": "str", "no_log": False},  # it keeps mistakes out, not people: those have force
    "owner": {"type": "str"},
    "ttl": {"type": "float", "default": 900},
    "timeout": {"type": "float", "default": 0},
    "alive": {"type": "list", "elements": "str"},
    "state_dir": {"type": "path", "default": "/var/lib/zero_downtime"},
}


def lock_request(params: t.Mapping[str, t.Any], state: str, *, force: bool = False) -> LockRequest:
    """From the values of LOCK_OPTIONS."""
    return LockRequest(
        service=params["service"],
        state=state,
        token=params["token"] or "",
        owner=params["owner"] or "",
        ttl=params["ttl"],
        force=force,
        alive=None if params["alive"] is None else tuple(params["alive"]),
    )
