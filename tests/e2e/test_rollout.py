# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A rollout loses nothing, keeps enough servers up, and has nothing to do a second time."""

from __future__ import annotations

import re
import subprocess

import pytest
from lab.tied import tied
from site_under_test import FULL_SPEED, V1, V2


@pytest.mark.parametrize(("there", "back"), [("hello:v2", "hello:v1"), ("hello:v2-dies", "hello:v1-dies")])
def test_ten_rollouts_in_a_row_lose_no_request(site, there, back):
    """The second pair dies at once on SIGTERM: whoever relies on a graceful stop loses requests here."""
    with site.traffic() as traffic:
        for number in range(10):
            run = site.deploy(back if number % 2 else there)
            assert run.rc == 0, run.output
    traffic.assert_nothing_lost()
    assert traffic.watch.most_out == 1
    assert site.versions() == V1


def test_the_test_of_the_seed_ab_fails_no_request_during_a_forced_deploy(site):
    """10,000 requests, 100 at a time. A rehearsal tells how slow they must be to last for three deploys."""
    rehearsal = site.deploy("hello:v1", rollout_force=True)
    assert rehearsal.rc == 0, rehearsal.output
    url = site.fleet.balancers[0].url(f"/hello?sleep={3 * rehearsal.seconds / 100:.3f}")
    ab = ["ab", "-q", "-n", "10000", "-c", "100", "-s", "60", url]
    with subprocess.Popen(tied(ab), stdout=subprocess.PIPE, text=True) as load:
        run = site.deploy("hello:v1", rollout_force=True)
        during = load.poll() is None
        said, _errors = load.communicate(timeout=300)
    assert run.rc == 0, run.output
    assert during, "the load ended before the deploy did: it has shown nothing"
    assert re.search(r"Complete requests:\s+10000", said), said
    assert re.search(r"Failed requests:\s+0\n", said), said
    assert "Non-2xx" not in said, said
    assert {each.ledger.lost for each in site.rollouts} == {0}


@pytest.mark.parametrize(
    ("variables", "most"),
    [
        ({}, 1),
        ({"rollout_min_healthy": 0.3}, 2),
        pytest.param({"rollout_batches": [1, "100%"], "rollout_min_healthy": 0.3}, 2, marks=pytest.mark.thorough),
    ],
)
def test_no_more_hosts_are_out_than_min_healthy_allows(site, variables, most):
    with site.traffic(FULL_SPEED) as traffic:
        run = site.deploy("hello:v2", **variables)
    assert run.rc == 0, run.output
    assert traffic.watch.most_out == most
    traffic.assert_nothing_lost()


@pytest.mark.thorough
def test_without_rollout_health_the_check_of_the_image_has_to_pass(site):
    run = site.deploy("hello:v1-checked", rollout_health={})
    assert run.rc == 0, run.output
    with site.traffic() as traffic:
        run = site.deploy("hello:v2-checked", rollout_health={})
    assert run.rc == 0, run.output
    traffic.assert_nothing_lost()
    assert site.versions() == V2
    assert {host.inspect("hello")["State"]["Health"]["Status"] for host in site.fleet.hosts} == {"healthy"}


def test_a_second_run_changes_nothing(site):
    before = site.containers()
    run = site.deploy("hello:v1")
    assert run.rc == 0, run.output
    assert run.changed == {"app1": 0, "app2": 0, "app3": 0}
    assert site.containers() == before
    run = site.deploy("hello:v1", "--check", rollout_stop_timeout=20)
    assert run.rc == 0, run.output
    assert 0 not in run.changed.values(), "each host is due for whatever the swap itself compares"


def test_check_mode_shows_both_digests_and_touches_nothing(site):
    before = site.containers()
    # A check has taken no lock that could be refreshed.
    run = site.deploy("hello:v2", "--check", "--diff", rollout_lock_ttl=1)
    assert run.rc == 0, run.output
    old, new = (site.digest(f"hello:{version}") for version in ("v1", "v2"))
    assert re.search(rf"-.*{old}", run.output), run.output
    assert re.search(rf"\+.*{new}", run.output), run.output
    assert site.containers() == before
    assert site.serving() == {"app1", "app2", "app3"}


def test_a_real_server_that_nobody_here_wrote(site):
    run = site.deploy("nginx:v1")
    assert run.rc == 0, run.output
    with site.traffic(slow="/hello") as traffic:
        run = site.deploy("nginx:v2")
    assert run.rc == 0, run.output
    traffic.assert_nothing_lost()
