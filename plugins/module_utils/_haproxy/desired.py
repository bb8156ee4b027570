# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: it may change without notice.
"""The desired state of a server, checked as far as it can be without asking HAProxy."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.zero.downtime.plugins.module_utils._haproxy import guard, names
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.names import BadValue


@dataclasses.dataclass(frozen=True)
class Desired:
    """The options of M(zero.downtime.haproxy_server_state), times in seconds.

    I(weight) is a function of the weight in haproxy.cfg, or None to leave the weight alone.
    """

    backend: str
    server: str
    state: str
    wait: bool = True
    timeout: float = 60.0
    cut: bool = False
    min_healthy: str = "1"
    weight: t.Callable[[int], int] | None = None
    ramp: float = 0.0
    address: str | None = None
    port: int | None = None

    @classmethod
    def of(cls, params: t.Mapping[str, t.Any]) -> Desired:
        """Raises BadValue for what must never reach a socket, or makes no sense."""
        for option in ("timeout", "ramp"):
            if params[option] < 0:
                raise BadValue(f"{option} is {params[option]}: it must not be negative", option=option)
        if params["ramp"] and params["state"] != "ready":
            raise BadValue(f"ramp goes with state 'ready' only, not '{params['state']}'", option="ramp")
        if params["state"] == "drain" and (params["address"] or params["port"]):
            raise BadValue("address and port go with states 'maint' and 'ready': a draining server is in use")
        min_healthy = str(params["min_healthy"]).strip()
        guard.needed(1, min_healthy)
        return cls(
            backend=names.name("backend", params["backend"]),
            server=names.name("server", params["server"]),
            state=params["state"],
            wait=params["wait"],
            timeout=params["timeout"],
            cut=params["on_timeout"] == "cut",
            min_healthy=min_healthy,
            weight=None if params["weight"] is None else names.weight(params["weight"]),
            ramp=params["ramp"],
            address=None if params["address"] is None else names.address(params["address"]),
            port=None if params["port"] is None else names.port(params["port"]),
        )
