# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: it may change without notice.
"""Where a container can be reached from its own host, so that a health check needs to know its path only."""

from __future__ import annotations

import typing as t

from ansible_collections.zero.downtime.plugins.module_utils._container.description import networks
from ansible_collections.zero.downtime.plugins.module_utils._errors import ZeroDowntimeError

# Published on every address of the host: asked on loopback.
_EVERYWHERE = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104


class NoPort(ZeroDowntimeError):
    """The container publishes nothing that could be asked."""


def url(inspect: t.Mapping[str, t.Any], path: str, container_port: int | None = None) -> str:
    """The URL of I(path) on the host port that I(container_port), or the first port published, is published on.

    I(inspect) is of the container once it has started: a random host port is not known before.
    """
    if (inspect["HostConfig"].get("NetworkMode") or "") == "host":
        port = container_port or min(tcp(inspect["Config"].get("ExposedPorts") or {}), default=None)
        if port is None:
            raise NoPort("health.path: the container is in its host's network; state container_port, where it listens")
        return f"http://127.0.0.1:{port}{path}"
    ports = inspect["NetworkSettings"].get("Ports") or {}
    bound = _published(ports, container_port)[0]
    stated = bound["HostIp"]
    address = _EVERYWHERE.get(stated) or (f"[{stated}]" if ":" in stated else stated)
    return f"http://{address}:{bound['HostPort']}{path}"


def check(host: t.Mapping[str, t.Any], container_port: int | None = None) -> None:
    """Refuse a HostConfig of which it is clear already that url() will find no port. Raises NoPort."""
    mode = host.get("NetworkMode") or ""
    if mode == "host" or (host.get("PublishAllPorts") and not networks.is_special(mode)):
        return  # which ports the image exposes is seen once it runs
    _published({} if networks.is_special(mode) else host.get("PortBindings") or {}, container_port)


def tcp(ports: t.Mapping[str, t.Any]) -> dict[int, t.Any]:
    """C(8080/tcp) and the like by their numbers; what names no protocol means TCP."""
    numbers = ((port.partition("/"), value) for port, value in ports.items())
    return {int(number): value for (number, _slash, protocol), value in numbers if protocol in ("", "tcp")}


def _published(ports: t.Mapping[str, t.Any], container_port: int | None) -> t.Any:
    """Where I(container_port), or the first port, is published."""
    published = tcp({port: bound for port, bound in ports.items() if bound})
    port = container_port or min(published, default=None)
    if port not in published:
        wanted = f"port {container_port}" if container_port else "any port"
        raise NoPort(f"health.path: the container does not publish {wanted} on its host; state health.url instead")
    return published[port]
