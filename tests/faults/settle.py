# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Making a site fit for the next trial, after one that failed too."""

from __future__ import annotations

from lab import Fleet, Host

from .harm import FAKETIME, LAYERS, STATE_DIR

LIBFAKETIME = "/usr/lib/*/faketime/libfaketime.so.1"
PYTHON_IN_TIME = "/usr/local/bin/python-in-time"
"""A Python whose wall clock is the machine's plus what the file FAKETIME says at each look, if there is one."""

_WRAPPER = f"""#!/bin/sh
export LD_PRELOAD=$(echo {LIBFAKETIME}) FAKETIME_TIMESTAMP_FILE={FAKETIME}
export FAKETIME_NO_CACHE=1 FAKETIME_DONT_FAKE_MONOTONIC=1
exec /usr/bin/python3 "$@"
"""


def install_time_wrapper(host: Host) -> None:
    host.write(PYTHON_IN_TIME, _WRAPPER)
    host.run(["chmod", "755", PYTHON_IN_TIME])


def from_nothing(fleet: Fleet) -> None:
    """Everything on and connected, no container, no journal, no lock."""
    for host in fleet.all_hosts:
        if host.is_on:
            host.mend_network()
            host.run(["iptables", "-F", "INPUT"])
            host.run(["umount", "--lazy", STATE_DIR, LAYERS], check=False)
            host.run(["rm", "-f", FAKETIME])
    for balancer in fleet.balancers:
        balancer.machine.signal("CONT", "haproxy")
    fleet.power_on()
    for host in fleet.hosts:
        containers = host.docker("ps", "--all", "--quiet").stdout.split()
        if containers:
            host.docker("rm", "--force", *containers)
    for host in [*fleet.hosts, *fleet.balancers]:
        host.run(["rm", "-rf", STATE_DIR])
