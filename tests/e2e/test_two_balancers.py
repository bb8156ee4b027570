# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two load balancers before the same hosts: a host is out of both and back on both, or it is left as it was."""

from __future__ import annotations

import itertools
import json
import re

import pytest
from controller import Controller, inventory
from lab import Fleet
from lab.balancer import ADMIN_SOCKET
from lab.namespaces import wait_until
from site_under_test import LOCK, V2, Site
from workers import lab_name

ALL = {"app1", "app2", "app3"}
PACE = "/hello?sleep=0.1"
"""Two loads at the pace of one take this machine from the hosts, and HAProxy's checks find them down."""
LOCKED = f"""
- name: See the lock on every load balancer
  ansible.builtin.command: test -e {LOCK}
  delegate_to: "{{{{ balancer }}}}"
  loop: "{{{{ rollout_load_balancers }}}}"
  loop_control:
    loop_var: balancer
"""
SOCKET_ELSEWHERE = (["mv", ADMIN_SOCKET, "/run/haproxy/elsewhere"], ["mv", "/run/haproxy/elsewhere", ADMIN_SOCKET])
NO_LOGIN = ["INPUT", "-p", "tcp", "--dport", "22", "-j", "DROP"]
LOGIN_CUT = (["iptables", "--insert", *NO_LOGIN], ["iptables", "--delete", *NO_LOGIN])


@pytest.fixture(scope="module")
def fleet():
    with Fleet.own(lab_name("two balancers"), balancers=2) as fleet:
        yield fleet


@pytest.fixture(scope="module")
def controller(fleet, tmp_path_factory):
    return Controller(inventory(tmp_path_factory.mktemp("inventory"), fleet.inventory), {})


@pytest.fixture
def site(fleet, controller):
    """Three hosts on a version that dies at once when it is told to stop."""
    yield from Site(fleet, controller).scenario("hello:v1-dies")


@pytest.fixture
def fronts(site):
    """The site as each load balancer shows it. A ledger is of both: no load on one of them can be held against it."""
    return [Site(site.fleet, site.controller, front=number) for number in range(2)]


def locked(fleet):
    """The load balancers that have the lock."""
    return {each.name for each in fleet.balancers if each.run(["test", "-e", LOCK], check=False).returncode == 0}


def test_a_rollout_loses_nothing_on_either_and_has_one_host_out_at_a_time(site, fronts, tmp_path):
    (tmp_path / "locked.yml").write_text(LOCKED)
    with fronts[0].traffic(PACE) as first, fronts[1].traffic(PACE) as second:
        began = [each.watch.now for each in (first, second)]
        run = site.deploy(
            "hello:v2-dies",
            rollout_hooks={"before_host": str(tmp_path / "locked.yml")},
            rollout_report=str(tmp_path / "report.json"),
        )
    assert run.rc == 0, run.output
    assert site.versions() == V2
    for traffic in (first, second):
        traffic.assert_nothing_lost()
        assert traffic.watch.most_out == 1
    changes = sorted(
        (event.at - offset, event.server)
        for traffic, offset in zip((first, second), began)
        for event in traffic.watch.timeline
        if event.at > offset
    )
    assert [server for server, _of_it in itertools.groupby(changes, lambda change: change[1])] == sorted(ALL)
    ledger = json.loads((tmp_path / "report.json").read_text())["ledger"]
    assert ledger["balancers"] == ["lb1", "lb2"]
    assert ledger["complete"], ledger["gaps"]
    each = [traffic.counted.answered for traffic in (first, second)]
    assert max(each) < ledger["answered"] <= sum(each)
    assert ledger["lost"] == 0
    assert locked(site.fleet) == set()


@pytest.mark.parametrize(
    ("harm", "mending", "lock_left"),
    [
        pytest.param(*SOCKET_ELSEWHERE, set(), id="socket"),
        pytest.param(*LOGIN_CUT, {"lb2"}, id="login", marks=pytest.mark.thorough),
    ],
)
def test_a_host_that_only_the_first_lets_go_is_put_back_there(site, fronts, tmp_path, harm, mending, lock_left):
    """Between the look at both and the drain. No client notices the harm."""
    balancer = site.fleet.balancers[1]
    command = {"ansible.builtin.command": {"argv": balancer.machine.entered(harm)}, "delegate_to": "localhost"}
    (tmp_path / "harm.yml").write_text(json.dumps([{"name": "Harm", **command}]))
    before = site.containers()
    with fronts[0].traffic(PACE) as first, fronts[1].traffic(PACE) as second:
        try:
            run = site.deploy("hello:v2-dies", rollout_hooks={"before_host": str(tmp_path / "harm.yml")})
        finally:
            balancer.run(mending)
        assert run.rc != 0
        assert "lb2 app1: " in run.output
        assert "app1: failed; runs hello:" in run.output
        assert [event.serves for event in first.watch.timeline if event.server == "app1"] == [True, False, True]
        assert [front.serving() for front in fronts] == [ALL, ALL]
        assert site.containers() == before
        assert locked(site.fleet) == lock_left
        run = site.deploy("hello:v2-dies")
    assert run.rc == 0, run.output
    assert site.versions() == V2
    assert [front.serving() for front in fronts] == [ALL, ALL]
    assert locked(site.fleet) == set()
    for traffic in (first, second):
        traffic.assert_nothing_lost()
        assert traffic.watch.most_out == 1


@pytest.fixture
def deaf(site):
    """The second load balancer answers nobody."""
    harm, mending = SOCKET_ELSEWHERE
    balancer = site.fleet.balancers[1]
    balancer.run(harm)
    yield
    balancer.run(mending)


def test_a_host_that_can_not_leave_one_is_not_let_in_to_another_that_it_was_out_of(site, fronts, deaf):
    first = site.fleet.balancers[0]
    first.runtime("set server hello/app2 state maint")
    try:
        run = site.play("zero.downtime.maintenance", "--limit", "app2", rollout_maintenance="out")
        assert run.rc != 0
        assert fronts[0].serving() == ALL - {"app2"}
        assert "app2 was not drained: lb2 app2: " in run.output
    finally:
        first.runtime("set server hello/app2 state ready")


def test_what_keeps_a_host_out_that_could_not_be_drained_does_not_hide_why(site, fronts, deaf):
    first = site.fleet.balancers[0]
    first.runtime("set server hello/app1 check-port 9")
    try:
        run = site.play(
            "zero.downtime.maintenance", "--limit", "app1", rollout_maintenance="out", rollout_ready_timeout=1
        )
        assert run.rc != 0
        assert re.search(r"app1 was not drained: lb2 app1: .*; and app1 was not restored: lb1 app1: ", run.output)
    finally:
        first.runtime("set server hello/app1 check-port 8080; set server hello/app1 state ready")
    wait_until(lambda: fronts[0].serving() == ALL, "app1's next check")
