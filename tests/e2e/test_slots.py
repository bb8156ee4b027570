# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Old and new side by side in two slots: the capacity never falls, and the idle slot never gets a request."""

from __future__ import annotations

import dataclasses
import statistics
import time

import pytest
from lab.balancer import CONFIGURATION, configuration
from lab.namespaces import wait_until
from site_under_test import SLOTS, Site


@pytest.fixture
def slots(fleet, controller):
    """Three hosts on v1 in one of two slots."""
    controller = dataclasses.replace(controller, variables=SLOTS)
    yield from Site(fleet, controller, backend="slots", port=81).scenario()


@pytest.fixture
def moving(fleet, controller, site):
    """Before the first deploy with slots: one container a host, and in haproxy.cfg its server beside the new ones."""
    balancer = fleet.balancers[0]
    before = configuration(balancer.address, balancer.apps)
    lines = "".join(
        f"    server {name} {address}:8080\n"
        + "".join(f"    server {name}-{port} {address}:{port} disabled\n" for port in (8081, 8082))
        for name, address in balancer.apps.items()
    )
    balancer.write(CONFIGURATION, f"{before}\nbackend moving\n{lines}")
    balancer.reload()
    variables = {**SLOTS, "rollout_backend": "moving", "rollout_service": site.service}
    moving = Site(fleet, dataclasses.replace(controller, variables=variables), backend="moving")
    wait_until(lambda: moving.serving() == set(balancer.apps), "the servers of the layout with one port")
    yield moving
    balancer.write(CONFIGURATION, before)
    balancer.reload()


def running(site):
    """Host to the versions of the slotted containers that run."""
    return {
        host.name: sorted(
            line.split("hello:")[1].split("@")[0]
            for line in host.docker("ps", "--format", "{{.Names}} {{.Image}}").stdout.splitlines()
            if line.startswith("hello-slots")
        )
        for host in site.fleet.hosts
    }


def requests_of(site):
    """Each server's requests so far."""
    return {row["svname"]: int(row["stot"]) for row in site.fleet.balancers[0].stats("slots")[:-1]}


def test_capacity_never_falls_and_nothing_is_lost(slots):
    with slots.traffic() as traffic:
        for version in ("v2", "v1", "v2"):
            run = slots.deploy(f"hello:{version}")
            assert run.rc == 0, run.output
    traffic.assert_nothing_lost()
    assert traffic.watch.fewest == 3
    assert running(slots) == {"app1": ["v2"], "app2": ["v2"], "app3": ["v2"]}


@pytest.mark.thorough
def test_ten_rollouts_cost_neither_capacity_nor_pace(slots):
    """p99 of all requests during ten rollouts, beside the median p99 of three windows before, under the same load.

    Each request takes 0.1 s by itself: with less of it, the ratio would tell how long this machine's two cores, which
    run Ansible, the engines, HAProxy and the load as well, let a process wait.
    """
    pace = {"path": "/hello?sleep=0.1", "slow": "/hello?sleep=1"}
    before = []
    for _window in range(3):
        with slots.traffic(**pace) as traffic:
            time.sleep(10)
        before.append(traffic.quick.p99)
    with slots.traffic(**pace) as traffic:
        for number in range(10):
            run = slots.deploy("hello:v1" if number % 2 else "hello:v2")
            assert run.rc == 0, run.output
    traffic.assert_nothing_lost()
    assert len(traffic.rollouts) == 10
    assert traffic.watch.fewest == len(slots.fleet.hosts)
    assert traffic.quick.p99 <= 1.3 * statistics.median(before)


def test_the_idle_slot_gets_no_request_after_a_reload_or_restart_either(slots):
    assert slots.deploy("hello:v2").rc == 0
    idle = {f"{host.name}-{port}" for host in slots.fleet.hosts for port in (8081, 8082)} - slots.serving()
    assert len(idle) == 3
    balancer = slots.fleet.balancers[0]
    for upset in (balancer.reload, balancer.restart):
        upset()
        with slots.traffic() as traffic:
            wait_until(lambda: len(traffic.watch.samples) > 40, "two seconds of traffic")
        assert {name: requests_of(slots)[name] for name in idle} == dict.fromkeys(idle, 0)
        assert traffic.watch.fewest == 3


def test_maintenance_takes_out_the_slot_that_serves_and_no_second_host(slots):
    out = slots.play("zero.downtime.maintenance", "--limit", "app2", rollout_maintenance="out")
    assert out.rc == 0, out.output
    assert {server[:4] for server in slots.serving()} == {"app1", "app3"}
    more = slots.play(
        "zero.downtime.maintenance", "--limit", "app3", rollout_maintenance="out", rollout_drain_timeout=2
    )
    assert more.rc != 0
    back = slots.play("zero.downtime.maintenance", "--limit", "app2", rollout_maintenance="in")
    assert back.rc == 0, back.output
    assert {server[:4] for server in slots.serving()} == {"app1", "app2", "app3"}
    assert len(slots.serving()) == 3


def test_maintenance_of_a_host_that_is_in_no_slot_yet(moving):
    for _twice in range(2):
        out = moving.play("zero.downtime.maintenance", "--limit", "app2", rollout_maintenance="out")
        assert out.rc == 0, out.output
        assert moving.serving() == {"app1", "app3"}
    more = moving.play(
        "zero.downtime.maintenance", "--limit", "app3", rollout_maintenance="out", rollout_drain_timeout=2
    )
    assert more.rc != 0
    assert moving.serving() == {"app1", "app3"}
    back = moving.play("zero.downtime.maintenance", "--limit", "app2", rollout_maintenance="in")
    assert back.rc == 0, back.output
    assert moving.serving() == {"app1", "app2", "app3"}


def test_status_of_hosts_that_are_in_no_slot_yet(moving):
    status = moving.play("zero.downtime.status")
    assert status.rc == 0, status.output
    assert "slot 808" not in status.output


@pytest.mark.parametrize("way", ["out", "in"])
def test_maintenance_refuses_slots_that_are_a_text(slots, way):
    before = slots.serving()
    run = slots.play("zero.downtime.maintenance", "--limit", "app2", rollout_maintenance=way, rollout_slots="8081,8082")
    assert run.rc != 0
    assert "rollout_slots is the text '8081,8082'" in run.output
    assert slots.serving() == before


def test_check_mode_goes_through_where_nothing_could_be_taken_out(slots):
    run = slots.deploy("hello:v2", "--check", rollout_min_healthy=3)
    assert run.rc == 0, run.output
    assert running(slots) == {"app1": ["v1"], "app2": ["v1"], "app3": ["v1"]}


def test_a_version_that_can_not_run_costs_nothing_at_all(slots):
    with slots.traffic() as traffic:
        run = slots.deploy("hello:crashes")
    assert run.rc != 0
    assert "cannot read the settings" in run.output
    traffic.assert_nothing_lost()
    assert traffic.watch.fewest == 3
    assert running(slots) == {"app1": ["v1"], "app2": ["v1"], "app3": ["v1"]}


def test_undo_lets_the_old_one_in_before_the_new_one_goes(slots, tmp_path):
    """The hook after_host does not like what it sees. The old one was made with other settings."""
    (tmp_path / "no.yml").write_text("- name: No\n  ansible.builtin.fail:\n    msg: it looks odd\n")
    before = slots.serving()
    with slots.traffic() as traffic:
        run = slots.deploy("hello:v2", rollout_hooks={"after_host": str(tmp_path / "no.yml")}, rollout_stop_timeout=20)
    assert run.rc != 0
    assert "it looks odd" in run.output
    traffic.assert_nothing_lost()
    assert traffic.watch.fewest == 3
    assert running(slots) == {"app1": ["v1"], "app2": ["v1"], "app3": ["v1"]}
    assert slots.serving() == before


@pytest.mark.thorough
def test_what_does_not_hold_is_taken_out_where_nothing_is_left_to_go_back_to(slots, tmp_path):
    old = "docker ps -a --filter name=hello-slots --format '{% raw %}{{.ID}} {{.Image}}{% endraw %}' | grep hello:v1"
    (tmp_path / "no.yml").write_text(
        f"- name: Lose the old one\n  ansible.builtin.shell: {old} | cut -d ' ' -f 1 | xargs docker rm -f\n"
        "- name: No\n  ansible.builtin.fail:\n    msg: it looks odd\n"
    )
    with slots.traffic() as traffic:
        run = slots.deploy("hello:v2", rollout_hooks={"after_host": str(tmp_path / "no.yml")})
    assert run.rc != 0
    assert [run.said[0][:22], run.said[1]] == ["app1: failed; runs hel", "  it looks odd"]
    assert ", out of rotation" in run.said[0]
    assert "app1 was not put back: " in run.said[2]
    traffic.assert_nothing_lost()
    assert [server for server in slots.serving() if server.startswith("app1")] == []
    assert len(slots.serving()) == 2
