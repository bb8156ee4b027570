# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A rollout that reaches HAProxy over TLS, as docs/haproxy.md sets it up."""

from __future__ import annotations

import pytest
from ansible_collections.zero.downtime.tests.integration.certificates import Authority
from lab.balancer import CONFIGURATION
from site_under_test import V2

PORT = 9998
FRONT = """
global
    stats socket /var/lib/haproxy/runtime.sock user haproxy mode 600 level admin
listen runtime
    mode tcp
    bind {address}:{port} ssl crt /etc/haproxy/runtime.pem ca-file /etc/haproxy/deployers.pem verify required
    server socket unix@/runtime.sock no-check
"""


@pytest.fixture
def over_tls(fleet, tmp_path):
    """The variables that lead to it, while the load balancer has a port with TLS."""
    balancer, authority = fleet.balancers[0], Authority(tmp_path)
    mine, client = authority.sign("haproxy", f"subjectAltName=IP:{balancer.address}"), authority.sign("client")
    balancer.write("/etc/haproxy/runtime.pem", mine.cert.read_text() + mine.key.read_text())
    balancer.write("/etc/haproxy/deployers.pem", authority.cert.read_text())
    balancer.write("/etc/ssl/deploy.pem", client.cert.read_text() + client.key.read_text())
    before = balancer.run(["cat", CONFIGURATION]).stdout
    balancer.write(CONFIGURATION, before + FRONT.format(address=balancer.address, port=PORT))
    balancer.reload()
    yield {
        "rollout_haproxy_socket": [f"{balancer.address}:{PORT}"],
        "rollout_haproxy_tls": {
            "tls": True,
            "tls_ca_cert": "/etc/haproxy/deployers.pem",
            "tls_client_cert": "/etc/ssl/deploy.pem",
        },
    }
    balancer.write(CONFIGURATION, before)
    balancer.reload()


@pytest.mark.thorough
def test_a_rollout_over_tls_loses_nothing(site, over_tls):
    with site.traffic() as traffic:
        run = site.deploy("hello:v2", **over_tls)
    assert run.rc == 0, run.output
    traffic.assert_nothing_lost()
    assert site.versions() == V2


@pytest.mark.thorough
def test_a_load_balancer_that_does_not_know_us_is_not_touched(site, over_tls):
    over_tls["rollout_haproxy_tls"].pop("tls_client_cert")
    run = site.deploy("hello:v2", **over_tls)
    assert run.rc != 0
    assert "Nothing was touched: lb1:" in run.output
    assert set(site.versions().values()) == {"v1"}
