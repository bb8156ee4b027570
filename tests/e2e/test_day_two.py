# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Day two: everything anew, one host out and in, back to an earlier version. What status.yml tells is held against
the site after every test: Site.scenario."""

from __future__ import annotations

import pytest
from lab.namespaces import wait_until
from site_under_test import NEVER_HEALTHY


@pytest.mark.thorough
def test_status_names_the_drift(site):
    assert site.deploy("hello:v2", "--limit", "app2").rc == 0
    run = site.play("zero.downtime.status")
    assert "drift: v1@" in run.output
    assert "on app1, app3; v2@" in run.output


@pytest.mark.thorough
def test_status_of_a_load_balancer_that_is_down_is_told_beside_the_rest(site):
    balancer = site.fleet.balancers[0]
    balancer.stop()
    try:
        run = site.play("zero.downtime.status")
    finally:
        balancer.start()
    assert run.rc == 0, run.output
    assert '"lb1: ' in run.output
    assert "/run/haproxy/admin.sock" in run.output
    for host in site.fleet.hosts:
        assert f'"{host.name}  ' in run.output
    wait_until(lambda: len(site.serving()) == 3, "the first checks after the start")


def test_restart_makes_every_container_anew_from_the_same_image(site):
    before = {host.name: host.inspect("hello") for host in site.fleet.hosts}
    with site.traffic() as traffic:
        run = site.play("zero.downtime.restart", rollout_container={"env": {"NEW": "yes"}})
    assert run.rc == 0, run.output
    traffic.assert_nothing_lost()
    for host in site.fleet.hosts:
        after = host.inspect("hello")
        assert after["Id"] != before[host.name]["Id"]
        assert after["Image"] == before[host.name]["Image"]
        assert after["Config"]["Env"] == before[host.name]["Config"]["Env"]


def test_maintenance_takes_a_host_out_and_in_and_never_the_last_ones(site):
    out = site.play("zero.downtime.maintenance", "--limit", "app2", rollout_maintenance="out")
    assert out.rc == 0, out.output
    assert site.serving() == {"app1", "app3"}
    more = site.play("zero.downtime.maintenance", "--limit", "app3", rollout_maintenance="out", rollout_drain_timeout=2)
    assert more.rc != 0
    assert site.serving() == {"app1", "app3"}
    nowhere = site.play("zero.downtime.maintenance", rollout_maintenance="out", rollout_load_balancers=[])
    assert nowhere.rc != 0
    assert "rollout_load_balancers is []" in nowhere.output
    back = site.play("zero.downtime.maintenance", "--limit", "app2", rollout_maintenance="in")
    assert back.rc == 0, back.output
    assert site.serving() == {"app1", "app2", "app3"}


def test_rollback_goes_to_the_version_before_with_its_environment_and_hooks(site, hooks):
    colour = {"published_ports": ["8080:8080"], "env": {"COLOUR": "blue"}}
    assert site.deploy("hello:v2", rollout_container={**colour, "env": {"COLOUR": "green"}}).rc == 0
    assert site.deploy("hello:v3", rollout_container=colour).rc == 0
    with site.traffic() as traffic:
        run = site.play("zero.downtime.rollback", rollout_hooks=hooks("before_host", "after_host"))
    assert run.rc == 0, run.output
    for host in ("app1", "app2", "app3"):
        assert run.output.index(f"<<before_host {host}>>") < run.output.index(f"<<after_host {host}>>")
    traffic.assert_nothing_lost()
    assert set(site.versions().values()) == {"v2"}
    for host in site.fleet.hosts:
        assert "COLOUR=green" in host.inspect("hello")["Config"]["Env"]


@pytest.mark.thorough
def test_rollback_to_a_named_version_leaves_alone_who_runs_it(site):
    assert site.deploy("hello:v2", "--limit", "app1,app2").rc == 0
    run = site.play("zero.downtime.rollback", rollout_version="v1")
    assert run.rc == 0, run.output
    assert set(site.versions().values()) == {"v1"}
    assert "app3: up to date; runs hello:" in run.output


def test_a_rollback_that_fails_stops_with_every_host_in_rotation(site):
    assert site.deploy("hello:v2").rc == 0
    with site.traffic() as traffic:
        run = site.play("zero.downtime.rollback", **NEVER_HEALTHY)
    assert run.rc != 0
    traffic.assert_nothing_lost()
    assert "app1: failed; runs hello:" in run.output
    assert "app2: not touched; runs hello:" in run.output
    assert set(site.versions().values()) == {"v2"}
    assert site.serving() == {"app1", "app2", "app3"}


def test_rollback_to_what_is_not_kept_touches_nothing(site):
    before = site.containers()
    run = site.play("zero.downtime.rollback", rollout_version="v77")
    assert run.rc != 0
    assert "v77" in run.output
    assert site.containers() == before
