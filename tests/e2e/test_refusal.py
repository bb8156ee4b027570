# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can't be right is refused with one message before anything is touched."""

from __future__ import annotations

import pytest
from site_under_test import Site


@pytest.fixture(scope="module")
def site(fleet, controller):
    """One for all: none of them touches it."""
    yield from Site(fleet, controller).scenario()


@pytest.mark.parametrize(
    ("image", "variables", "words"),
    [
        ("hello:v2", {"rollout_batches": [0]}, "rollout_batches holds 0"),
        ("hello:v2", {"rollout_min_healthy": "150%"}, "rollout_min_healthy '150%' is more than all servers"),
        ("hello:v2", {"rollout_min_healthy": 3}, "can't be drained. Lower rollout_min_healthy"),
        ("hello:v2", {"rollout_backend": "helo"}, "helo"),
        ("hello:v2", {"rollout_backend": "hello; disable server hello/app1"}, "rollout_backend"),
        ("hello:v2", {"rollout_server": "app1\ndisable server hello/app2"}, "rollout_server"),
        ("hello:v2", {"rollout_service": "hello;id"}, "rollout_service"),
        ("hello:v2$(id)", {}, "rollout_image"),
        ("hello:v2", {"rollout_haproxy_socket": ["/run/haproxy/admin.sock;id"]}, "admin.sock;id"),
        ("hello:v2", {"rollout_server": "app9"}, "app9"),
        ("hello:v2", {"rollout_server": "app1"}, "the same server"),
        ("hello:v2", {"rollout_load_balancers": ["lb9"]}, "lb9"),
        ("hello:v2", {"rollout_haproxy_socket": ["/run/nothing.sock"]}, "/run/nothing.sock"),
        ("hello:v2", {"rollout_container": {"publishd_ports": ["1:1"]}}, "publishd_ports"),
        ("hello:v2", {"rollout_health": {"path": "/ping", "stable_for": 9, "timeout": 5}}, "stable_for"),
        ("hello:v2", {"rollout_health": "path=/ping"}, "rollout_health is the text 'path=/ping'"),
        ("hello:v2", {"rollout_health": {"path": "/ping", "ca_path": "/no.pem"}}, "there is no /no.pem"),
        ("hello:v9", {}, "hello:v9"),
        ("nobody/hello:v2", {}, "nobody/hello"),
        ("hello:ignores", {"rollout_pull": "never"}, "hello:ignores is not on this host, and it is not to be pulled"),
        ("hello:v2", {"rollout_drain_timeout": -5}, "rollout_drain_timeout is -5"),
        ("hello:v2", {"rollout_hooks": {"after_host": "/no/hook.yml"}}, "rollout_hooks.after_host is /no/hook.yml"),
        ("hello:v2", {"rollout_update_tasks": ""}, "rollout_update_tasks is empty"),
        ("hello:v2", {"rollout_report": "/no/report.json"}, "no folder /no that you may write to"),
        ("hello:v2", {"rollout_hooks": "{}"}, "rollout_hooks is the text"),
        ("hello:v2", {"rollout_engine": {"docker_host": "unix:///no.sock"}}, "unix:///no.sock"),
        ("hello:v2", {"rollout_hosts": ""}, "rollout_hosts is '', which matches no host"),
        ("hello:v2", {"rollout_hosts": "ap"}, "rollout_hosts is 'ap', which matches no host"),
    ],
)
def test_it_is_refused_before_anything_is_touched(site, image, variables, words):
    before = site.containers()
    run = site.deploy(image, **variables)
    assert run.rc != 0
    assert words in run.output
    assert site.containers() == before
    assert site.serving() == {"app1", "app2", "app3"}
    assert "Take turns" not in run.output


def test_an_operator_socket_is_refused_with_what_it_takes(site):
    run = site.deploy("hello:v2", rollout_haproxy_socket=["/run/haproxy/operator.sock"])
    assert run.rc != 0
    assert "level admin" in run.output
    assert set(site.versions().values()) == {"v1"}
