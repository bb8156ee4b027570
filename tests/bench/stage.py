# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every contestant finds and must leave behind: a service on all hosts, all of them serving."""

from __future__ import annotations

import http.client
import typing as t

from lab import AppHost, Balancer, Fleet, load
from lab.namespaces import wait_until
from lab.watch import serving

from .scenarios import CHECK_INTERVAL, Scenario, Service

CONTAINER_PORT = 8080
STOP_TIMEOUT = 10
VERSIONS = ("v1", "v2")
CLIENTS = 16
"""Connections that are kept alive, each with one request after the other, while each contestant deploys."""

ENGINE_SETTINGS: dict[str, t.Any] = {
    "ExposedPorts": {f"{CONTAINER_PORT}/tcp": {}},
    "HostConfig": {
        "PortBindings": {f"{CONTAINER_PORT}/tcp": [{"HostIp": "", "HostPort": str(CONTAINER_PORT)}]},
        "RestartPolicy": {"Name": "unless-stopped"},
    },
}
"""For POST /containers/create; one_port.yml and recipe.playbook say the same in their words."""


def image(fleet: Fleet, version: str) -> str:
    return f"{fleet.registry_address}/hello:{version}"


def traffic(fleet: Fleet, scenario: Scenario) -> load.Load:
    url = fleet.balancers[0].url(f"/hello?sleep={scenario.request}", scenario.service.front)
    return load.start(url, CLIENTS)


def prepare(fleet: Fleet, service: Service) -> None:
    """The last of C(VERSIONS) everywhere, by hand, and the images of all: no contestant has to download one."""
    for balancer in fleet.balancers:
        balancer.check_interval = CHECK_INTERVAL
        balancer.stop()
        balancer.start_services()
    port = service.ports[0]
    for host in fleet.hosts:
        for version in VERSIONS:
            host.docker("pull", "--quiet", image(fleet, version))
        publish = ["--publish", f"{port}:{CONTAINER_PORT}", "--restart", "unless-stopped"]
        host.docker("run", "--detach", "--name", service.container(port), *publish, image(fleet, VERSIONS[-1]))
    verify(fleet, service, VERSIONS[-1])


def verify(fleet: Fleet, service: Service, version: str) -> None:
    """Every host runs C(version) and no other, and every balancer sends requests to it; waits for HAProxy's checks."""

    def runs_alone(host: AppHost) -> bool:
        return {answer(host, port, "/hello") for port in service.ports} - {None} == {version}

    def reached(balancer: Balancer) -> bool:
        now = serving(balancer, service.backend)
        return all(now.intersection(service.servers(host.name)) for host in fleet.hosts)

    wait_until(lambda: all(map(runs_alone, fleet.hosts)), f"{version} on every host")
    wait_until(lambda: all(map(reached, fleet.balancers)), "every balancer to send to every host")


def answer(host: AppHost, port: int, path: str) -> str | None:
    """The version that answers C(path) with 200 right now."""
    connection = http.client.HTTPConnection(host.address, port, timeout=2)
    try:
        connection.request("GET", path)
        said = connection.getresponse()
        return said.getheader("X-Version") if said.status == 200 else None
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
