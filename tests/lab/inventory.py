# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory of a lab: how Ansible reaches its hosts, and nothing about what runs on them."""

from __future__ import annotations

import json
import typing as t

from .host import Host
from .ssh import Keys

SSH = "-o ControlMaster=auto -o ControlPersist=60s -o ServerAliveInterval=3 -o ServerAliveCountMax=3"
"""As inventory.example has it: one connection for all tasks, and none that waits for ever for a host that vanished."""


def render(keys: Keys, groups: t.Mapping[str, t.Sequence[Host]]) -> str:
    """YAML (JSON is a part of it) with the given groups of hosts."""
    children = {
        group: {"hosts": {host.name: {"ansible_host": host.address, **_python(host)} for host in hosts}}
        for group, hosts in groups.items()
    }
    variables = {
        "ansible_user": "root",
        "ansible_ssh_private_key_file": str(keys.login_key),
        "ansible_ssh_common_args": f"-F /dev/null -o UserKnownHostsFile={keys.known_hosts} -o IdentitiesOnly=yes",
        "ansible_ssh_args": SSH,
        "ansible_control_path_dir": str(keys.control),
        "ansible_ssh_pipelining": True,
        "ansible_python_interpreter": "/usr/bin/python3",
    }
    return json.dumps({"all": {"vars": variables, "children": children}}, indent=2) + "\n"


def _python(host: Host) -> dict[str, str]:
    return {"ansible_python_interpreter": host.python} if host.python != "/usr/bin/python3" else {}
