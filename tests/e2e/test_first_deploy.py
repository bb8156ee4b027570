# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The very first deploy, onto hosts that run nothing, is the same command."""

from __future__ import annotations

from site_under_test import Site


def test_the_first_deploy_is_the_same_command(fleet, controller):
    site = Site(fleet, controller)
    for host in fleet.hosts:
        for container in host.docker("ps", "-aq").stdout.split():
            host.docker("rm", "-f", container)
    run = site.deploy("hello:v1")
    assert run.rc == 0, run.output
    assert set(site.versions().values()) == {"v1"}
    assert site.serving() == {"app1", "app2", "app3"}
    site.assert_status_is_true()
