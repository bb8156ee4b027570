# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An engine that does not listen where Docker does."""

from __future__ import annotations

import pytest
import status_table


@pytest.fixture
def elsewhere(site):
    """The engine of app1, on another socket as long as the test lasts."""
    usual = site.fleet.hosts[0].docker_socket
    moved = usual.with_name("engine.sock")
    usual.rename(moved)
    yield {"rollout_engine": {"docker_host": "unix:///run/engine.sock"}}
    moved.rename(usual)


def test_deploy_status_and_rollback_find_it(site, elsewhere):
    def runs():
        told, _below = status_table.read(site.play("zero.downtime.status", "--limit", "app1", **elsewhere).said)
        return told["app1"][0]

    lost = site.deploy("hello:v2", "--limit", "app1")
    assert "Cannot reach the container engine at unix:///var/run/docker.sock" in lost.output
    deploy = site.deploy("hello:v2", "--limit", "app1", **elsewhere)
    assert deploy.rc == 0, deploy.output
    assert runs() == "v2"
    rollback = site.play("zero.downtime.rollback", "--limit", "app1", **elsewhere)
    assert rollback.rc == 0, rollback.output
    assert runs() == "v1"
