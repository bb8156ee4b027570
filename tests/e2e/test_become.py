# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who logs in is not root, but may become it: on the hosts and load balancers alone, not on the controller."""

from __future__ import annotations

import json

import pytest
from site_under_test import V2

LOGIN = "deployer"
SU = "/opt/hosts/su"
"""Known to the hosts alone: whatever asks for it on the controller fails."""
TRUSTING = "auth sufficient pam_permit.so\naccount sufficient pam_permit.so\nsession sufficient pam_permit.so\n"


@pytest.fixture
def become(fleet, monkeypatch):
    """The arguments for it. Files and users of a host are its own."""
    monkeypatch.setenv("ANSIBLE_BECOME_ALLOW_SAME_USER", "true")  # or it becomes root nowhere that it is already
    hosts = [*fleet.hosts, *fleet.balancers]
    before = {host: host.run(["cat", "/etc/pam.d/su"]).stdout for host in hosts}
    for host in hosts:
        # Without a password of any kind, sshd takes it for locked.
        host.run(["useradd", "--create-home", "--shell", "/bin/sh", "--password", "*", LOGIN])
        host.write("/etc/pam.d/su", TRUSTING)
        host.run(["sh", "-c", f"mkdir /opt/hosts && ln -s $(command -v su) {SU}"])
    yield ["-b", *("-e", f"ansible_user={LOGIN}", "-e", "ansible_become_method=su", "-e", f"ansible_become_exe={SU}")]
    for host in hosts:
        host.run(["rm", "-r", "/opt/hosts"])
        host.write("/etc/pam.d/su", before[host])
        host.run(["userdel", "--force", "--remove", LOGIN])


def test_a_rollout_as_somebody_who_becomes_root(site, become, tmp_path):
    report = tmp_path / "report.json"
    with site.traffic() as traffic:
        run = site.deploy("hello:v2", *become, rollout_report=str(report))
    assert run.rc == 0, run.output
    traffic.assert_nothing_lost()
    assert site.versions() == V2
    assert json.loads(report.read_text())["ledger"]["lost"] == 0
