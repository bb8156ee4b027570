# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every contestant finds and must leave behind: a service on three hosts, all of them serving."""

from __future__ import annotations

import http.client
import typing as t

from lab import AppHost, Balancer, Fleet, load
from lab.namespaces import wait_until

SERVICE = "hello"
"""Name of the container and of the backend."""

PORT = 8080
STOP_TIMEOUT = 10
VERSIONS = ("v1", "v2")

CLIENTS, PATH = 16, "/hello?sleep=0.1"
"""Traffic while each deploys: connections that are kept alive, each with one request after the other, of 0.1 s."""

ENGINE_SETTINGS: dict[str, t.Any] = {
    "ExposedPorts": {f"{PORT}/tcp": {}},
    "HostConfig": {
        "PortBindings": {f"{PORT}/tcp": [{"HostIp": "", "HostPort": str(PORT)}]},
        "RestartPolicy": {"Name": "unless-stopped"},
    },
}
"""For POST /containers/create; one_port.yml and recipe.playbook say the same in their words."""


def image(fleet: Fleet, version: str) -> str:
    return f"{fleet.registry_address}/{SERVICE}:{version}"


def traffic(fleet: Fleet) -> load.Load:
    return load.start(fleet.balancers[0].url(PATH), CLIENTS)


def prepare(fleet: Fleet) -> None:
    """The last of C(VERSIONS) everywhere, by hand, and the images of all: no contestant has to download one."""
    for host in fleet.hosts:
        for version in VERSIONS:
            host.docker("pull", "--quiet", image(fleet, version))
        host.docker("rm", "--force", SERVICE)
        publish = ["--publish", f"{PORT}:{PORT}", "--restart", "unless-stopped"]
        host.docker("run", "--detach", "--name", SERVICE, *publish, image(fleet, VERSIONS[-1]))
    verify(fleet, VERSIONS[-1])


def verify(fleet: Fleet, version: str) -> None:
    """Every host runs C(version) and every balancer sends requests to it; waits for HAProxy's checks."""
    wait_until(lambda: all(answer(host, "/hello") == version for host in fleet.hosts), f"{version} on every host")
    pairs = [(balancer, host.name) for balancer in fleet.balancers for host in fleet.hosts]
    wait_until(lambda: all(serves(*pair) for pair in pairs), "every balancer to send to every host")


def answer(host: AppHost, path: str) -> str | None:
    """The version that answers C(path) with 200 right now."""
    connection = http.client.HTTPConnection(host.address, PORT, timeout=2)
    try:
        connection.request("GET", path)
        said = connection.getresponse()
        return said.getheader("X-Version") if said.status == 200 else None
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def serves(balancer: Balancer, server: str) -> bool:
    """Neither drained nor in maintenance, and up: columns of C(show servers state), by HAProxy's management guide."""
    _version, names, *lines = balancer.runtime(f"show servers state {SERVICE}").strip().splitlines()
    columns = names.lstrip("# ").split()
    states = [dict(zip(columns, line.split())) for line in lines]
    state = next(state for state in states if state["srv_name"] == server)
    return int(state["srv_admin_state"]) == 0 and int(state["srv_op_state"]) in (1, 2)
