# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two hosts that go alone: the second one is drained in the visit that restores the first one."""

from __future__ import annotations

import contextlib
import subprocess
import typing as t

import pytest
from controller import environment
from lab.namespaces import wait_until
from lab.watch import parse_states
from site_under_test import LOCK, V1, V2, Site

HANDOVER = "hand_over | Restore "
DRAIN = "drain | Drain "


@pytest.mark.thorough
def test_each_host_but_the_first_is_drained_in_the_visit_that_restores_the_one_before(site):
    with site.traffic() as traffic:
        run = site.deploy("hello:v2")
    assert run.rc == 0, run.output
    assert (run.output.count(HANDOVER), run.output.count(DRAIN)) == (2, 1)
    assert site.versions() == V2
    assert traffic.watch.most_out == 1
    traffic.assert_nothing_lost()


@pytest.mark.thorough
def test_what_comes_between_two_turns_comes_while_both_serve(site, hooks):
    for between in ("before_host", "after_host"):
        run = site.deploy("hello:v2", rollout_force=True, rollout_hooks=hooks(between))
        assert run.rc == 0, run.output
        assert HANDOVER not in run.output


def test_a_host_that_left_is_restored_when_its_own_turn_can_not_begin(site):
    """The lock is taken away while app2 drains, and refreshed before each turn."""
    with site.traffic() as traffic, _deploys(site, rollout_lock_ttl=5) as run:
        wait_until(lambda: not _ready(site, "app2"), "app2 to leave")
        assert _ready(site, "app1")
        site.balancer.run(["rm", LOCK])
        said, _none = run.communicate(timeout=120)
    assert run.returncode != 0
    assert "The lock of hello is lost" in said
    assert "app2: failed; runs hello:" in said
    assert site.versions() == {**V1, "app1": "v2"}
    assert site.serving() == {"app1", "app2", "app3"}
    traffic.assert_nothing_lost()


def test_a_visit_that_breaks_off_between_two_hosts_leaves_neither_out(site):
    with site.traffic() as traffic, _deploys(site) as run:
        wait_until(lambda: not _ready(site, "app2"), "app2 to leave")
        site.balancer.run(["pkill", "-KILL", "-f", "-x", site.balancer.python])
        said, _none = run.communicate(timeout=120)
    assert run.returncode != 0
    assert "app1: failed; runs hello:v1" in said
    assert "app1 was not restored: " in said
    assert site.versions() == V1
    assert site.serving() == {"app1", "app2", "app3"}
    traffic.assert_nothing_lost()


@contextlib.contextmanager
def _deploys(site: Site, **variables: t.Any) -> t.Iterator[subprocess.Popen[str]]:
    command = site.controller.command("zero.downtime.deploy", rollout_image=site.image("hello:v2"), **variables)
    with subprocess.Popen(
        command, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as run:
        yield run


def _ready(site: Site, server: str) -> bool:
    """Neither drained nor in maintenance."""
    return parse_states(site.balancer.runtime(f"show servers state {site.backend}"))[server].admin == 0
