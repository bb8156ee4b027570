# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A version that can't run: the first host is back on the old one and serves, the others were never touched."""

from __future__ import annotations

import subprocess

import pytest
from controller import environment
from lab.namespaces import wait_until
from site_under_test import V1, fails_to_start_on

HASTY = {"path": "/ping", "timeout": 5}


@pytest.mark.parametrize(
    ("image", "variables", "why"),
    [
        ("hello:crashes", {}, "cannot read the settings, giving up"),
        ("hello:never-healthy", {"rollout_health": HASTY}, "503"),
        ("hello:never-healthy-checked", {"rollout_health": {}}, "failed its HEALTHCHECK: "),
        ("hello:flaps", {"rollout_health": {"path": "/ping", "stable_for": 10}}, "exited"),
        ("hello:v2", {"rollout_container": {"published_ports": ["8080:8080"], "command": "/nothing"}}, "/nothing"),
    ],
)
def test_the_first_host_is_put_back_and_no_other_is_touched(site, image, variables, why):
    before = site.containers()
    with site.traffic() as traffic:
        run = site.deploy(image, **variables)
    assert run.rc != 0
    assert why in run.output
    assert run.failed == {"app1"}
    traffic.assert_nothing_lost()
    assert traffic.watch.most_out <= 1
    assert site.containers() == before
    assert site.versions() == V1
    assert site.serving() == {"app1", "app2", "app3"}


def test_a_failed_host_stops_the_rollout_after_its_mates_have_finished(site, monkeypatch):
    """app1 fails, app2 is its mate, app3 would have come next; also where Ansible is set to stop all at once."""
    monkeypatch.setenv("ANSIBLE_ANY_ERRORS_FATAL", "true")
    run = site.play(
        "zero.downtime.deploy",
        rollout_image=site.image("hello:v2"),
        rollout_min_healthy=0.3,
        rollout_batches=[2],
        **fails_to_start_on("app1"),
    )
    assert run.rc != 0
    assert site.versions() == {"app1": "v1", "app2": "v2", "app3": "v1"}
    assert site.serving() == {"app1", "app2", "app3"}
    for line in ("app1: failed; runs hello:", "app2: runs hello:", "app3: not touched; runs hello:"):
        assert line in run.output


def test_the_same_command_goes_on_where_the_failed_one_stopped(site):
    assert site.deploy("hello:crashes").rc != 0
    run = site.deploy("hello:v2")
    assert run.rc == 0, run.output
    assert set(site.versions().values()) == {"v2"}


@pytest.mark.parametrize("core", ["2.16", "2.19", "2.21"])
def test_it_is_the_same_on_every_core(site, core):
    controller = site.controller.with_core(core)
    before = site.containers()
    bad = controller.play("zero.downtime.deploy", rollout_image=site.image("hello:crashes"))
    assert bad.rc != 0
    assert "cannot read the settings" in bad.output
    assert site.containers() == before
    good = controller.play("zero.downtime.deploy", rollout_image=site.image("hello:v2"), rollout_min_healthy=0.3)
    assert good.rc == 0, good.output
    assert set(site.versions().values()) == {"v2"}
    again = controller.play("zero.downtime.deploy", rollout_image=site.image("hello:v2"))
    assert again.changed == {"app1": 0, "app2": 0, "app3": 0}
    assert "[WARNING]" not in again.output
    assert "DEPRECATION" not in good.output + bad.output


BREAK = """
- name: Take the lock away, and have HAProxy's check of app2 fail
  ansible.builtin.shell: |
    rm -rf /var/lib/zero_downtime/locks
    python3 -c "
    import socket
    haproxy = socket.socket(socket.AF_UNIX)
    haproxy.connect('/run/haproxy/admin.sock')
    haproxy.send(b'set server hello/app2 check-port 9\\n')
    haproxy.recv(100)"
  delegate_to: lb1
"""


def test_what_fails_once_for_all_leaves_no_mate_behind(site, tmp_path):
    """app2 waits to be undone while app1 bakes, and the lock is found lost: both run the old version again."""
    (tmp_path / "break.yml").write_text(BREAK)
    try:
        run = site.deploy(
            "hello:v2",
            rollout_min_healthy=0.3,
            rollout_batches=[2],
            rollout_hooks={"before_host": str(tmp_path / "break.yml")},
            rollout_ready_timeout=3,
            rollout_bake=1,
            rollout_lock_ttl=5,
        )
        assert run.rc != 0
        assert "The lock of hello is lost" in run.output
        assert "undefined" not in run.output
        assert site.versions() == V1
        assert site.serving() == {"app1", "app3"}
    finally:
        site.fleet.balancers[0].runtime("set server hello/app2 check-port 8080")
    assert site.deploy("hello:v1").rc == 0
    assert site.serving() == {"app1", "app2", "app3"}


RESCUED = """
- hosts: app1
  gather_facts: false
  tasks:
    - block:
        - zero.downtime.wait_healthy:
            url: http://127.0.0.1:1/never
      rescue:
        - ansible.builtin.debug:
            msg: "<<rescued: {{ ansible_failed_result.msg }}>>"
"""


def test_a_host_that_goes_in_the_middle_of_a_task_is_a_failure_to_rescue(site, tmp_path):
    """Without pipelining, Ansible's default, it asks the host once more, to tidy up."""
    (tmp_path / "play.yml").write_text(RESCUED)
    host = site.fleet.hosts[0]
    command = site.controller.command(str(tmp_path / "play.yml"), ansible_ssh_pipelining=False)
    with subprocess.Popen(command, env=environment(), stdout=subprocess.PIPE, text=True) as run:
        wait_until(lambda: host.run(["pgrep", "-f", "AnsiballZ_wait_healthy"], check=False).returncode == 0, "the task")
        host.power_off()
        try:
            said, _none = run.communicate(timeout=120)
        finally:
            host.power_on()
            host.verify()
    assert "<<rescued: unreachable" in said
