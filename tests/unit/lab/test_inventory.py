# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import ipaddress
import json
from pathlib import Path

from lab import inventory
from lab.host import Host
from lab.namespaces import Machine
from lab.network import Switch
from lab.ssh import Keys


def test_ansible_learns_addresses_keys_and_pythons(tmp_path: Path) -> None:
    keys = Keys(tmp_path / "ssh")
    switch = Switch(Machine(tmp_path / "switch"), "zd", ipaddress.IPv4Network("10.200.0.0/24"))
    first, last, balancer = (
        Host(tmp_path / name, switch, keys, n) for name, n in [("app1", 11), ("app2", 12), ("lb1", 101)]
    )
    last.python = "/opt/python"

    made = json.loads(inventory.render(keys, {"app": [first, last], "load_balancers": [balancer]}))["all"]

    assert made["children"]["app"]["hosts"] == {
        "app1": {"ansible_host": "10.200.0.11"},
        "app2": {"ansible_host": "10.200.0.12", "ansible_python_interpreter": "/opt/python"},
    }
    assert made["children"]["load_balancers"]["hosts"] == {"lb1": {"ansible_host": "10.200.0.101"}}
    assert made["vars"]["ansible_ssh_private_key_file"] == f"{tmp_path}/ssh/login_key"
    assert f"UserKnownHostsFile={tmp_path}/ssh/known_hosts" in made["vars"]["ansible_ssh_common_args"]
