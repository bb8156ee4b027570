# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab's network: one bridge in a namespace of its own, a port for each host and one for this machine.

The machine's own network only gets the interface C(zd-<lab>). The bridge being elsewhere, no firewall or bridge setting
of the machine (a Docker engine sets FORWARD to DROP) touches the lab's traffic, and none has to be changed.
"""

from __future__ import annotations

import ipaddress
import json
import subprocess
import typing as t

from .errors import LabError
from .namespaces import Machine, wait_until

CONTROLLER = 254
"""Last octet of this machine's address in a lab."""


def ip(*argv: str) -> str:
    done = subprocess.run(["ip", *argv], text=True, capture_output=True, check=False)
    if done.returncode:
        raise LabError(f"ip {' '.join(argv)} failed: {done.stderr.strip()}")
    return done.stdout


def taken() -> list[ipaddress.IPv4Network]:
    """Every IPv4 network this machine has a route to, or an address in."""
    routes = [route["dst"] for route in json.loads(ip("-json", "-4", "route", "show", "table", "all"))]
    return [ipaddress.IPv4Network(route, strict=False) for route in routes if route != "default"]


def free_subnet(used: t.Collection[ipaddress.IPv4Network]) -> ipaddress.IPv4Network:
    """The first /24 of 10.200.0.0/13 that overlaps nothing C(used)."""
    for candidate in ipaddress.IPv4Network("10.200.0.0/13").subnets(new_prefix=24):
        if not any(candidate.overlaps(network) for network in used):
            return candidate
    raise LabError("No free network among 10.200.0.0/13: end labs that are no longer used (tests/lab down --name ...).")


class Switch:
    """The bridge and its ports."""

    def __init__(self, machine: Machine, lab: str, subnet: ipaddress.IPv4Network) -> None:
        self.machine = machine
        self.interface = f"zd-{lab}"
        self.subnet = subnet

    def address(self, last: int) -> str:
        return str(self.subnet[last])

    def start(self) -> None:
        if self.machine.pid is None:
            self.machine.start()
            self._batch("link add bridge type bridge", "link set bridge up", "link set lo up")
        if not self._has_interface():
            ip(
                "link",
                "add",
                self.interface,
                "type",
                "veth",
                "peer",
                "name",
                "controller",
                "netns",
                str(self.machine.pid),
            )
            self._batch("link set controller master bridge", "link set controller up")
            ip("address", "add", f"{self.address(CONTROLLER)}/{self.subnet.prefixlen}", "dev", self.interface)
            ip("link", "set", self.interface, "up")

    def stop(self) -> None:
        self.machine.stop()
        # The kernel takes a namespace's interfaces apart in the background.
        wait_until(lambda: not self._has_interface(), f"the end of the interface {self.interface}")

    def plug(self, host: Machine, last: int) -> None:
        """Give a started host its eth0, with the address whose last octet is C(last)."""
        # A machine keeps its MAC over a reboot; a new one would go unheard until its peers' ARP entries expire.
        mac = "02:00:" + ipaddress.ip_address(self.address(last)).packed.hex(":")
        ends = ["name", host.name, "netns", str(self.machine.pid), "type", "veth"]
        ip("link", "add", *ends, "peer", "name", "eth0", "address", mac, "netns", str(host.pid))
        self._batch(f"link set {host.name} master bridge", f"link set {host.name} up")
        address = f"{self.address(last)}/{self.subnet.prefixlen}"
        commands = ["link set lo up", f"address add {address} dev eth0", "link set eth0 up"]
        host.run(["ip", "-batch", "-"], input="\n".join(commands))

    def cut(self, name: str) -> None:
        """Pull the plug: packets vanish, no FIN, no RST."""
        self._batch(f"link set {name} down")

    def mend(self, name: str) -> None:
        self._batch(f"link set {name} up")

    def _batch(self, *commands: str) -> None:
        self.machine.run(["ip", "-batch", "-"], input="\n".join(commands))

    def _has_interface(self) -> bool:
        return subprocess.run(["ip", "link", "show", self.interface], capture_output=True, check=False).returncode == 0
