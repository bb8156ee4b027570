# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a rollout keeps on a host and where it writes; and how a host comes back that is to take its time."""

from __future__ import annotations

import pytest

DEFAULT, ELSEWHERE = "/var/lib/zero_downtime", "/srv/rollouts"


@pytest.fixture
def app1(fleet):
    return fleet.hosts[0]


def kept(host):
    """The versions that do not run, the latest first."""
    found = host.docker("ps", "-a", "--filter", "name=hello-previous", "--format", "{{.Names}} {{.Image}}").stdout
    by_number = sorted(found.split("\n")[:-1], key=lambda line: -int(line.split()[0].rpartition("-")[2]))
    return [line.partition("@")[0].rpartition(":")[2] for line in by_number]


def written(host, folder):
    """Everything in I(folder) of I(host), with its mode and when it changed, a folder by what came and went in it."""
    lines = host.run(["find", folder, "-printf", "%P %m %T@\n"], check=False).stdout.splitlines()
    return {name: (mode, when) for name, mode, when in (line.rsplit(" ", 2) for line in lines)}


def test_as_many_versions_as_stated_can_be_gone_back_to_and_the_next_one_goes_with_its_image(site, app1):
    variables = {"rollout_hosts": "app1", "rollout_keep": 2}
    for version in ("v2", "v3"):
        run = site.deploy(f"hello:{version}", **variables)
        assert run.rc == 0, run.output
    assert kept(app1) == ["v2", "v1"]

    run = site.play("zero.downtime.rollback", rollout_version="v1", **variables)
    assert run.rc == 0, run.output
    assert site.versions()["app1"] == "v1"
    assert kept(app1) == ["v3", "v2"]

    def has(image):
        name = f"{site.image('hello')}@{site.digest(image)}"
        return app1.docker("image", "inspect", name, check=False).returncode == 0

    assert has("hello:v2")
    run = site.deploy("hello:dies", **variables)
    assert run.rc == 0, run.output
    assert kept(app1) == ["v1", "v3"]
    assert not has("hello:v2")


def test_all_is_written_to_the_state_dir_and_a_host_comes_back_by_the_ramp(site, app1):
    balancer = site.fleet.balancers[0]
    before = [written(host, DEFAULT) for host in (app1, balancer)]
    balancer.runtime("set server hello/app1 weight 100")
    try:
        with site.traffic() as traffic:
            run = site.deploy(
                "hello:v2",
                rollout_hosts="app1",
                rollout_state_dir=ELSEWHERE,
                rollout_ramp=2,
                rollout_haproxy_state_file="/run/haproxy/server-state",  # the lab's own would keep the weight
            )
    finally:
        balancer.runtime("set server hello/app1 weight 1")
    assert run.rc == 0, run.output
    traffic.assert_nothing_lost()
    assert traffic.watch.weights["app1"] == [100, *range(10, 101, 10)]

    assert [written(host, DEFAULT) for host in (app1, balancer)] == before
    assert "containers/hello/history.json" in written(app1, ELSEWHERE)
    assert "locks" in written(balancer, ELSEWHERE)
    modes = {mode for host in (app1, balancer) for mode, _when in written(host, ELSEWHERE).values()}
    assert modes == {"700", "600"}
