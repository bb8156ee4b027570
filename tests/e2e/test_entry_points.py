# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role in somebody's own playbook: whole, or as the two ends of an update that is no container."""

from __future__ import annotations

import json

import pytest
from site_under_test import NEVER_HEALTHY, V2

PLAY = """
- hosts: app
  serial: 1
  max_fail_percentage: 0
  gather_facts: false
"""

WHOLE = f"""{PLAY}
  roles:
    - role: zero.downtime.rollout
"""

BACK = f"""{PLAY}
  tasks:
    - ansible.builtin.import_role:
        name: zero.downtime.rollout
        tasks_from: rollback
"""

ENDS = f"""{PLAY}
  tasks:
    - ansible.builtin.import_role:
        name: zero.downtime.rollout
        tasks_from: drain
    - ansible.builtin.command: docker restart --time 0 hello
    - zero.downtime.wait_healthy:
        url: http://127.0.0.1:8080/ping
    - ansible.builtin.import_role:
        name: zero.downtime.rollout
        tasks_from: restore
"""


TWO = """
- ansible.builtin.import_playbook: zero.downtime.deploy
- ansible.builtin.import_playbook: zero.downtime.deploy
  vars:
    rollout_hosts: nobody
    rollout_service: other
"""


BOTH = """
- hosts: app
  serial: 1
  order: reverse_sorted
  max_fail_percentage: 0
  gather_facts: false
  tasks:
    - ansible.builtin.import_role:
        name: zero.downtime.rollout
    - ansible.builtin.import_role:
        name: zero.downtime.rollout
      vars:
        rollout_service: world
        rollout_load_balancers: []
        rollout_container: {published_ports: ["8090:8080"]}
"""


@pytest.fixture
def playbook(tmp_path):
    def write(text):
        path = tmp_path / "play.yml"
        path.write_text(text)
        return str(path)

    return write


def test_the_whole_role(site, playbook, hooks, tmp_path):
    with site.traffic() as traffic:
        run = site.play(
            playbook(WHOLE),
            rollout_image=site.image("hello:v2"),
            rollout_hooks=hooks("before_rollout", "after_rollout", "on_failure"),
            rollout_report=str(tmp_path / "report.json"),
        )
    assert run.rc == 0, run.output
    assert run.output.count("<<before_rollout ") == 1
    assert run.output.count("<<after_rollout ") == 1
    assert "<<on_failure " not in run.output
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["plan"]["hosts"] == ["app1", "app2", "app3"]
    assert {host["runs"] for host in report["hosts"].values()} == {"new"}
    assert report["ledger"]["complete"], report["ledger"]["gaps"]
    traffic.assert_nothing_lost()
    assert traffic.watch.most_out == 1
    assert set(site.versions().values()) == {"v2"}


def test_a_batch_that_may_not_be_out_at_once_is_refused(site, playbook):
    before = site.containers()
    run = site.play(playbook(WHOLE.replace("serial: 1", "serial: 2")), rollout_image=site.image("hello:v2"))
    assert run.rc != 0
    assert "State serial: 1 on the play" in run.output
    assert site.containers() == before


def test_the_whole_role_stops_at_the_first_host_that_fails(site, playbook, hooks):
    before = site.containers()
    run = site.play(
        playbook(WHOLE),
        rollout_image=site.image("hello:crashes"),
        rollout_on_failure="continue",
        rollout_hooks=hooks("after_rollout", "on_failure"),
    )
    assert run.rc != 0
    assert "which only the collection's playbooks do" in " ".join(run.output.split())
    assert "cannot read the settings" in run.output
    assert run.output.count("<<on_failure ") == 1
    assert "<<after_rollout " not in run.output
    assert [line for line in run.said if line.startswith(("app2", "app3"))] == [
        "app2: not touched; runs what it ran before",
        "app3: not touched; runs what it ran before",
    ]
    assert site.containers() == before
    assert site.serving() == {"app1", "app2", "app3"}


def test_the_whole_role_wants_its_hosts_in_step(site, playbook, monkeypatch):
    monkeypatch.setenv("ANSIBLE_STRATEGY", "free")
    before = site.containers()
    run = site.play(playbook(WHOLE), rollout_image=site.image("hello:v2"))
    assert run.rc != 0
    assert "strategy is free; state linear" in run.output
    assert site.containers() == before


def test_the_role_back_to_the_version_before(site, playbook):
    assert site.deploy("hello:v2", "--limit", "app1").rc == 0
    run = site.play(playbook(BACK), "--limit", "app1", **NEVER_HEALTHY)
    assert run.rc != 0
    assert site.versions() == {"app1": "v2", "app2": "v1", "app3": "v1"}
    assert site.serving() == {"app1", "app2", "app3"}
    with site.traffic() as traffic:
        run = site.play(playbook(BACK), "--limit", "app1", rollout_lock_timeout=0)
    assert run.rc == 0, run.output
    traffic.assert_nothing_lost()
    assert set(site.versions().values()) == {"v1"}


def test_two_services_in_one_play_do_not_meet_in_whatever_order_its_hosts_are(site, playbook):
    """The second one has begun on the last host when the first one comes to its end there."""
    try:
        with site.traffic() as traffic:
            run = site.play(playbook(BOTH), rollout_image=site.image("hello:v2"))
        assert run.rc == 0, run.output
        traffic.assert_nothing_lost()
        assert site.versions() == V2
        for host in site.fleet.hosts:
            line = f"{host.name}: runs hello:v2 (sha256:"
            assert run.output.count(f"{line}{site.digest('hello:v2')[7:19]}), in rotation; swapped in ") == 1
            assert run.output.count(f"{line}{site.digest('hello:v2')[7:19]}); swapped in ") == 1
            assert host.inspect("world")["State"]["Running"]
    finally:
        for host in site.fleet.hosts:
            host.docker("rm", "--force", "world", check=False)


def test_the_two_ends_around_an_update_of_ones_own(site, playbook):
    with site.traffic() as traffic:
        run = site.play(playbook(ENDS))
    assert run.rc == 0, run.output
    traffic.assert_nothing_lost()


def test_a_rollout_of_nobody_after_one_of_everybody_touches_nobody(site, playbook, tmp_path):
    """In one playbook, as where a group is empty or left out by --limit."""
    (tmp_path / "nobody.ini").write_text("[nobody]\n")
    run = site.play(playbook(TWO), "-i", str(tmp_path / "nobody.ini"), rollout_image=site.image("hello:v2"))
    assert run.rc == 0, run.output
    assert [
        container for containers in site.containers().values() for container in containers if "other" in container
    ] == []
    assert run.output.count("Swap the container") == 3
