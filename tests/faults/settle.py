# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Making a site fit for the next trial, after one that failed too."""

from __future__ import annotations

from lab import Fleet, Host

from .harm import AHEAD, LAYERS, SSH_PACKETS, STATE_DIR

PYTHON_IN_TIME = "/usr/local/bin/python-in-time"
"""A Python whose time of day is the machine's plus the seconds in the file AHEAD, if there is one.

Not libfaketime: without faking the monotonic clock too, every sleep of Python 3.11 fails under its version 0.9.10.
"""

_WRAPPER = """#!/bin/sh
PYTHONPATH=/usr/local/lib/in-time exec /usr/bin/python3 "$@"
"""
_CUSTOM = f"""import time

real = time.time


def shifted():
    try:
        with open("{AHEAD}") as ahead:
            return real() + float(ahead.read())
    except OSError:
        return real()


time.time = shifted
"""


def install_time_wrapper(host: Host) -> None:
    host.write("/usr/local/lib/in-time/sitecustomize.py", _CUSTOM)
    host.write(PYTHON_IN_TIME, _WRAPPER)
    host.run(["chmod", "755", PYTHON_IN_TIME])


def from_nothing(fleet: Fleet) -> None:
    """Everything on and connected, no container, no journal, no lock."""
    for host in fleet.all_hosts:
        if host.is_on:
            host.mend_network()
            for chain, _port in SSH_PACKETS:
                host.run(["iptables", "--flush", chain])
            host.run(["umount", "--lazy", STATE_DIR, LAYERS], check=False)
            host.run(["rm", "-f", AHEAD])
    for balancer in fleet.balancers:
        balancer.machine.signal("CONT", "haproxy")
    fleet.power_on()
    for host in fleet.hosts:
        containers = host.docker("ps", "--all", "--quiet").stdout.split()
        if containers:
            host.docker("rm", "--force", *containers)
    for host in [*fleet.hosts, *fleet.balancers]:
        host.run(["rm", "-rf", STATE_DIR])
