# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is no container is rolled by the same way: a process under an init script, and the Debian package it is from."""

from __future__ import annotations

import subprocess

import pytest
from controller import ROOT
from lab.namespaces import wait_until
from site_under_test import Site

CONTROL = """Package: hello-service
Version: {number}
Architecture: all
Maintainer: zero.downtime maintainers <nobody@example.com>
Description: a service of a test
"""

SCRIPT = """#!/bin/sh
### BEGIN INIT INFO
# Provides:          hello
# Required-Start:    $network
# Required-Stop:     $network
# Default-Start:     2 3 4 5
# Default-Stop:      0 1 6
# Short-Description: a service of a test
### END INIT INFO
VERSION=$(cat /opt/hello/version)
export VERSION
PID=/run/hello.pid
case "$1" in
  start)
    start-stop-daemon --start --oknodo --background --make-pidfile --pidfile $PID \\
      --startas /usr/bin/python3 -- /opt/hello/hello.py
    ;;
  stop) start-stop-daemon --stop --oknodo --retry TERM/10/KILL/5 --remove-pidfile --pidfile $PID ;;
  restart | force-reload) "$0" stop && "$0" start ;;
  status) start-stop-daemon --status --pidfile $PID ;;
esac
"""

AFTER = """#!/bin/sh
/etc/init.d/hello restart
"""

BY_SCRIPT = """
- name: Say which version
  ansible.builtin.copy:
    content: "{{ version }}"
    dest: /opt/hello/version
    mode: "0644"
- name: Restart it
  ansible.builtin.service:
    name: hello
    state: restarted
"""

BY_PACKAGE = """
- name: Bring the package
  ansible.builtin.copy:
    src: "{{ package }}"
    dest: /var/cache/hello.deb
    mode: "0644"
- name: Install it
  ansible.builtin.command: dpkg --install /var/cache/hello.deb
"""


def build(folder, number):
    """A package of I(number) that holds the service of examples/hello as C(v<number>), and restarts it when installed.

    Nothing of it is below /usr, which the hosts of the lab have in common.
    """
    files = {
        "DEBIAN/control": (0o644, CONTROL.format(number=number)),
        "DEBIAN/postinst": (0o755, AFTER),
        "etc/init.d/hello": (0o755, SCRIPT),
        "opt/hello/hello.py": (0o644, (ROOT / "examples" / "hello" / "hello.py").read_text()),
        "opt/hello/version": (0o644, f"v{number}"),
    }
    tree = folder / f"hello-{number}"
    for name, (mode, text) in files.items():
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text(text)
        (tree / name).chmod(mode)
    package = folder / f"hello-{number}.deb"
    subprocess.run(["dpkg-deb", "--root-owner-group", "--build", tree, package], check=True, stdout=subprocess.DEVNULL)
    return package


@pytest.fixture(scope="module")
def site(fleet, controller, tmp_path_factory):
    """Three hosts that run version 1 of the package on the port of the service, and no container."""
    site = Site(fleet, controller)
    package = build(tmp_path_factory.mktemp("package"), 1)
    for host in fleet.hosts:
        for container in host.docker("ps", "-aq").stdout.split():
            host.docker("rm", "-f", container)
        host.run(["sh", "-c", "cat > /var/cache/hello.deb"], input=package.read_bytes(), text=False)
        host.run(["dpkg", "--install", "/var/cache/hello.deb"])
    # HAProxy may not have noticed yet that the container is gone: the hosts are asked as well.
    wait_until(lambda: set(site.versions().values()) == {"v1"}, "the service of the package on every host")
    wait_until(lambda: site.serving() == {"app1", "app2", "app3"}, "HAProxy's notice of it")
    yield site
    for host in fleet.hosts:
        host.run(["/etc/init.d/hello", "stop"])
        host.run(["dpkg", "--purge", "hello-service"])


def updated_by(file):
    return {"rollout_update_tasks": str(file), "rollout_port": 8080}


def roll(site, folder, tasks, **variables):
    """Under load, by I(tasks); each host as far as it was brought in its turn, and the requests."""
    before = {host.name: host.run(["cat", "/run/hello.pid"]).stdout for host in site.fleet.hosts}
    (folder / "update.yml").write_text(tasks)
    with site.traffic() as traffic:
        run = site.play(
            "zero.downtime.deploy",
            **updated_by(folder / "update.yml"),
            rollout_health={"path": "/ping", "expect_header": {"X-Version": "{{ version }}"}},
            **variables,
        )
    assert run.rc == 0, run.output
    traffic.assert_nothing_lost()
    assert traffic.watch.most_out == 1
    assert len(traffic.rollouts) == 1
    after = {host.name: host.run(["cat", "/run/hello.pid"]).stdout for host in site.fleet.hosts}
    assert all(after[name] != before[name] for name in before)


def test_a_service_under_an_init_script(site, tmp_path):
    roll(site, tmp_path, BY_SCRIPT, version="v2")
    assert set(site.versions().values()) == {"v2"}


def test_a_debian_package(site, tmp_path):
    roll(site, tmp_path, BY_PACKAGE, version="v3", package=str(build(tmp_path, 3)))
    assert set(site.versions().values()) == {"v3"}
    for host in site.fleet.hosts:
        assert host.run(["dpkg-query", "--show", "--showformat=${Version}", "hello-service"]).stdout == "3"


def test_what_failed_in_them_is_not_rolled_back_and_nobody_stays_out(site, tmp_path):
    before = site.versions()
    (tmp_path / "update.yml").write_text(
        "- name: No\n  ansible.builtin.fail:\n    msg: not today\n  when: inventory_hostname == 'app2'\n"
    )
    with site.traffic() as traffic:
        run = site.play("zero.downtime.deploy", **updated_by(tmp_path / "update.yml"), rollout_on_failure="rollback")
    assert run.rc != 0
    assert "only you can put back" in run.output
    assert run.said[1:3] == ["app2: failed; runs what rollout_update_tasks left, in rotation", "  not today"]
    traffic.assert_nothing_lost()
    assert site.versions() == before
    assert site.serving() == {"app1", "app2", "app3"}


LOSE = """
- name: Lose the host
  ansible.builtin.ping:
  vars:
    ansible_port: 9
  when: inventory_hostname == 'app1'
"""


def test_a_host_they_lost_is_told_of_and_one_they_left_unhealthy_stays_out(site, hooks, tmp_path):
    """To HAProxy app2 is healthy."""
    (tmp_path / "update.yml").write_text(LOSE)
    try:
        run = site.play(
            "zero.downtime.deploy",
            rollout_update_tasks=str(tmp_path / "update.yml"),
            rollout_port=8080,
            rollout_health={"path": "/nothing", "timeout": 1},
            rollout_hooks=hooks("after_rollout", "on_failure"),
            rollout_min_healthy=0.3,
            rollout_batches=[2],
        )
        assert run.rc != 0
        out = "failed; runs what rollout_update_tasks left, out of rotation"
        lines = [line for line in run.said if not line.startswith(" ")]
        assert lines[:3] == [f"app1: {out}", f"app2: {out}", "app3: not touched; runs what it ran before, in rotation"]
        assert "was unreachable" in run.said[1]
        asked = [line for line in run.said if line.startswith("  app2 is not healthy: ")]
        assert [line.count("http://127.0.0.1:8080/nothing") for line in asked] == [1, 1]
        assert "<<on_failure " in run.output
        assert site.serving() == {"app3"}
    finally:
        back = site.play("zero.downtime.maintenance", rollout_maintenance="in")
    assert back.rc == 0, back.output
