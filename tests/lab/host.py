# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host of the fleet: a machine with an address and sshd, that can lose its power or its network."""

from __future__ import annotations

import socket
import subprocess
import typing as t
from pathlib import Path

from .namespaces import Machine, clear, wait_until
from .network import Switch
from .ssh import AUTHORIZED_KEYS, HOST_KEY, Keys, sshd_options


class Host:
    """Subclasses say in C(start_services) what runs here, and in C(verify) when it does."""

    def __init__(self, home: Path, switch: Switch, keys: Keys, last: int) -> None:
        self.machine = Machine(home)
        self.switch = switch
        self.keys = keys
        self.last = last
        self.address = switch.address(last)
        self.python = "/usr/bin/python3"
        """What Ansible runs modules with here."""

    @property
    def name(self) -> str:
        return self.machine.name

    @property
    def home(self) -> Path:
        return self.machine.home

    @property
    def is_on(self) -> bool:
        return self.machine.pid is not None

    def power_on(self) -> None:
        """Boot: as after a power cut, the disks are as they were, /run and /tmp are empty. If on, start what is not."""
        if not self.is_on:
            for name in ("run", "tmp"):
                (self.home / name).mkdir(parents=True, exist_ok=True)
                clear(self.home / name)
            self.machine.start()
            self.switch.plug(self.machine, self.last)
        if not self.machine.runs("sshd"):
            self.start_sshd()
        self.start_services()

    def power_off(self) -> None:
        """Everything on this host stops in mid-instruction; its peers get no FIN."""
        self.machine.stop()

    def discard(self) -> None:
        """Power off for good: its disks go as well."""
        self.power_off()
        clear(self.home)
        self.home.rmdir()

    def cut_network(self) -> None:
        self.switch.cut(self.name)

    def mend_network(self) -> None:
        self.switch.mend(self.name)

    def start_services(self) -> None:
        """Those that do not run."""

    def verify(self) -> None:
        """Wait until everything that belongs on this host answers; LabError if it does not."""
        wait_until(lambda: answers(self.address, 22), f"sshd of {self.name}, see {self.log('sshd')}")

    def start_sshd(self) -> None:
        self.write(HOST_KEY, self.keys.host_key.read_text())
        self.write(AUTHORIZED_KEYS, self.keys.login_key.with_suffix(".pub").read_text())
        self.run(["chmod", "600", HOST_KEY])
        self.run(["mkdir", "-p", "/run/sshd"])
        self.spawn("sshd", ["/usr/sbin/sshd", "-D", "-e", "-f", "/dev/null", *sshd_options(self.address)])

    def run(self, argv: t.Sequence[str], **options: t.Any) -> subprocess.CompletedProcess[str]:
        """Run a program on this host; like subprocess.run with text, captured and checked (LabError)."""
        return self.machine.run(argv, **options)

    def spawn(self, name: str, argv: t.Sequence[str]) -> None:
        self.machine.spawn(argv, self.log(name))

    def write(self, path: str, text: str) -> None:
        """Put a file on this host, its folder included."""
        self.machine.write(path, text)

    def log(self, name: str) -> Path:
        """Where a service of this host writes what it says; survives a power cut."""
        return self.home / f"{name}.log"


def answers(address: str, port: int) -> bool:
    """Whether something accepts TCP connections there."""
    try:
        socket.create_connection((address, port), timeout=1).close()
    except OSError:
        return False
    return True
