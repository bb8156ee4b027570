# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.zero.downtime.plugins.module_utils._container.description import probe_url


def container(ports=None, *, mode="bridge", exposed=None):
    return {
        "HostConfig": {"NetworkMode": mode},
        "Config": {"ExposedPorts": exposed},
        "NetworkSettings": {"Ports": ports},
    }


def bound(port, address="0.0.0.0"):
    return [{"HostIp": address, "HostPort": str(port)}]


@pytest.mark.parametrize(
    ("inspect", "container_port", "url"),
    [
        (container({"8080/tcp": bound(18080)}), None, "http://127.0.0.1:18080/ping"),
        (container({"8080/tcp": bound(8080, "192.0.2.7")}), None, "http://192.0.2.7:8080/ping"),
        (container({"8080/tcp": bound(8080, "2001:db8::7")}), None, "http://[2001:db8::7]:8080/ping"),
        (container({"8080/tcp": bound(8080, "::")}), None, "http://[::1]:8080/ping"),
        (container({"9000/tcp": bound(1), "80/tcp": bound(2), "53/udp": bound(3)}), None, "http://127.0.0.1:2/ping"),
        (container({"9000/tcp": bound(1), "80/tcp": bound(2)}), 9000, "http://127.0.0.1:1/ping"),
        (container({"80/tcp": None, "8080/tcp": bound(5)}), None, "http://127.0.0.1:5/ping"),
        (container(mode="host", exposed={"8080/tcp": {}}), None, "http://127.0.0.1:8080/ping"),
        (container(mode="host"), 9000, "http://127.0.0.1:9000/ping"),
    ],
)
def test_the_url_of_a_path(inspect, container_port, url):
    assert probe_url.url(inspect, "/ping", container_port) == url


@pytest.mark.parametrize(
    ("inspect", "container_port"),
    [
        (container(), None),
        (container({"80/tcp": None}), None),
        (container({"53/udp": bound(53)}), None),
        (container({"80/tcp": bound(80)}), 8080),
        (container(mode="host"), None),
    ],
)
def test_a_container_that_can_not_be_asked_is_said_to_be_one(inspect, container_port):
    with pytest.raises(probe_url.NoPort, match=r"health\.path"):
        probe_url.url(inspect, "/ping", container_port)


def host_config(*ports, mode="front", **more):
    return {"NetworkMode": mode, "PortBindings": {port: [{"HostIp": "", "HostPort": ""}] for port in ports}, **more}


@pytest.mark.parametrize(
    ("host", "container_port"),
    [
        (host_config("8080/tcp"), None),
        (host_config("8080"), None),
        (host_config("80/tcp", "8080/tcp"), 8080),
        (host_config("53/udp", "80/tcp"), None),
        (host_config(PublishAllPorts=True), None),
        (host_config(PublishAllPorts=True), 8080),
        (host_config(mode="host"), None),
        (host_config(mode="host"), 8080),
    ],
)
def test_a_container_that_may_be_asked_is_let_through(host, container_port):
    probe_url.check(host, container_port)


@pytest.mark.parametrize(
    ("host", "container_port"),
    [
        ({}, None),
        (host_config(), None),
        (host_config("53/udp"), None),
        (host_config("80/tcp"), 8080),
        (host_config("8080/udp"), 8080),
        ({"PortBindings": {"80/tcp": []}}, None),
        (host_config(mode="none"), 80),
        (host_config("80/tcp", mode="container:db"), 80),
    ],
)
def test_a_container_that_will_publish_nothing_to_ask_is_found_before_it_is_made(host, container_port):
    with pytest.raises(probe_url.NoPort, match=r"health\.path"):
        probe_url.check(host, container_port)
