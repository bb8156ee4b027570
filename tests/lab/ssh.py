# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys of a lab: one for its hosts, one for who logs in; a known_hosts of its own."""

from __future__ import annotations

import subprocess
from pathlib import Path

from .network import Switch

HOST_KEY = "/etc/ssh/lab_host_key"
AUTHORIZED_KEYS = "/etc/ssh/lab_authorized_keys"


class Keys:
    """Files under C(<lab>/ssh): two keys, C(known_hosts), and C(control/) for the sockets of ControlPersist."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.host_key = home / "host_key"
        self.login_key = home / "login_key"
        self.known_hosts = home / "known_hosts"
        self.control = home / "control"

    def make(self, switch: Switch) -> None:
        self.control.mkdir(parents=True, exist_ok=True)
        for key in (self.host_key, self.login_key):
            if not key.exists():
                command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "lab", "-f", str(key)]
                subprocess.run(command, check=True, capture_output=True)
        pattern = switch.address(0).rpartition(".")[0] + ".*"
        self.known_hosts.write_text(f"{pattern} {self.host_key.with_suffix('.pub').read_text()}")

    def close_connections(self) -> None:
        """End the masters that ControlPersist keeps on this machine."""
        for socket in self.control.glob("*"):
            subprocess.run(
                ["ssh", "-O", "exit", "-o", f"ControlPath={socket}", "lab"],
                capture_output=True,
                timeout=10,
                check=False,
            )


def sshd_options(address: str) -> list[str]:
    """Words for sshd on a host, in place of the distribution's configuration."""
    options = {
        "ListenAddress": address,
        "HostKey": HOST_KEY,
        "AuthorizedKeysFile": AUTHORIZED_KEYS,
        "PermitRootLogin": "prohibit-password",
        "PasswordAuthentication": "no",
        "UsePAM": "no",
        "UseDNS": "no",
        "StrictModes": "no",
        "MaxStartups": "200",
        "PidFile": "none",
        "Subsystem": "sftp internal-sftp",
    }
    return [word for name, value in options.items() for word in ("-o", f"{name}={value}")]
