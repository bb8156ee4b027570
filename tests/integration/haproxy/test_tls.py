# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""HAProxy over the network: its certificate is checked unless the task says otherwise, and it checks ours."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.zero.downtime.plugins.module_utils._clock import Clock
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.drain import StillBusy
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.replies import NoAnswer, NotTrusted
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.server_info import read_processes
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.tls import tls_of
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.workers import Master
from ansible_collections.zero.downtime.plugins.module_utils._wait.health import NeverHealthy, wait_until_healthy
from ansible_collections.zero.downtime.tests.integration.certificates import Authority, Certificate
from ansible_collections.zero.downtime.tests.integration.haproxy.haproxy_under_test import HAProxy, free_ports, until
from ansible_collections.zero.downtime.tests.unit.plugins.module_utils.clocks import FakeClock

NAME = "lb1.example"

# As docs/haproxy.md says: HAProxy does TLS in a section in front of its socket.
_FRONT = """
listen {name}
  mode tcp
  bind 127.0.0.1:{port} ssl crt {crt} {more}
  server socket unix@{socket} no-check
"""


@pytest.fixture(scope="module")
def client(authority: Authority) -> Certificate:
    return authority.sign("client")


class Networked:
    """A HAProxy behind TLS, and a master that asks for a certificate of the client."""

    def __init__(self, haproxy: HAProxy, authority: Authority, **server: t.Any) -> None:
        self.haproxy = haproxy
        self.authority = authority
        mine = authority.sign("haproxy", f"subjectAltName=IP:127.0.0.1,DNS:{NAME}", **server)
        crt = haproxy.folder / "haproxy.pem"
        crt.write_text(mine.cert.read_text() + mine.key.read_text())
        ports = free_ports(2)
        self.socket, self.master = (f"127.0.0.1:{port}" for port in ports)
        demand = f"ca-file {authority.cert} verify required"
        fronts = [("runtime", haproxy.socket, ""), ("master", haproxy.master, demand)]
        haproxy.start(
            defaults="option httpchk GET /ping\n  default-server check",
            more="".join(
                _FRONT.format(name=name, port=port, crt=crt, socket=socket, more=more)
                for (name, socket, more), port in zip(fronts, ports)
            ),
        )
        haproxy.until_up()

    def module(self, state: str, **options: t.Any) -> dict[str, t.Any]:
        known = {"socket": [self.socket], "tls": True, "tls_ca_cert": str(self.authority.cert)}
        return self.haproxy.module(state, **{**known, **options})


@pytest.fixture
def networked(make: t.Callable[..., HAProxy], authority: Authority) -> Networked:
    return Networked(make(2), authority)


def test_a_server_goes_and_comes_under_load_without_a_lost_request(networked: Networked, client: Certificate) -> None:
    haproxy = networked.haproxy
    load = haproxy.wrk(5)
    for _turn in range(2):
        gone = networked.module(
            "maint", master_socket=networked.master, tls_client_cert=str(client.cert), tls_client_key=str(client.key)
        )
        assert gone["after"][0]["socket"] == networked.socket
        assert haproxy.admin_state("app1") == 1
        haproxy.services["app1"].kill()
        haproxy.services["app1"].start(ready_after=0.3)
        networked.module("ready")
        assert haproxy.facts("app1").serves
    answered, lost = load.finish()
    assert answered > 100
    assert lost == 0


def test_requests_in_an_old_worker_are_waited_for_over_tls(networked: Networked, client: Certificate) -> None:
    haproxy = networked.haproxy
    mine = {"tls_client_cert": str(client.cert), "tls_client_key": str(client.key)}
    answers = haproxy.background("/long", 2)
    until(lambda: haproxy.facts("app1").sessions == 1)
    haproxy.reload()
    with pytest.raises(StillBusy, match=r"old workers \d+ \(1 in flight\)"):
        networked.module("maint", master_socket=networked.master, timeout=0.5, **mine)
    haproxy.until_up()
    networked.module("maint", master_socket=networked.master, **mine)
    haproxy.services["app1"].kill()
    haproxy.join()
    assert [status for status, _body in answers] == [200, 200]


def test_what_is_set_stays_over_a_reload(networked: Networked) -> None:
    haproxy = networked.haproxy
    kept = networked.module("maint", persist=str(haproxy.folder / "state"))
    assert kept["persisted"]
    haproxy.reload()
    assert haproxy.admin_state("app1") == 1
    options = {"socket": [networked.socket], "tls": True, "tls_ca_cert": str(networked.authority.cert)}
    (found,) = read_processes({**options, "master_socket": None}, Clock(), None)
    assert [server["server"] for server in found["servers"]] == ["app1", "app2", "socket", "socket"]


def test_who_shows_no_certificate_is_sent_away(networked: Networked, client: Certificate, stranger: Authority) -> None:
    other = stranger.sign("client")
    for mine in ({}, {"tls_client_cert": str(other.cert), "tls_client_key": str(other.key)}):
        options = {"socket": [networked.master], "tls": True, "tls_ca_cert": str(networked.authority.cert), **mine}
        with pytest.raises(NotTrusted, match=r"alert.*; set tls_client_cert to"):
            Master(networked.master, tls=tls_of(options)).old_workers()
    mine = {"tls_client_cert": str(client.cert), "tls_client_key": str(client.key)}
    assert Master(networked.master, tls=tls_of({**options, **mine})).old_workers() == {}


def test_the_name_may_be_another_one(networked: Networked) -> None:
    port = networked.socket.rpartition(":")[2]
    with pytest.raises(NotTrusted, match=r"not valid for 'localhost'; .* tls_hostname"):
        networked.module("drain", socket=[f"localhost:{port}"])
    with pytest.raises(NotTrusted, match=r"not valid for 'lb2\.example'"):
        networked.module("drain", tls_hostname="lb2.example")
    assert networked.haproxy.admin_state("app1") == 0
    networked.module("drain", socket=[f"localhost:{port}"], tls_hostname=NAME)
    assert networked.haproxy.admin_state("app1") == 8


def test_who_is_signed_by_nobody_we_know_is_refused(networked: Networked, stranger: Authority) -> None:
    for authority in (str(stranger.cert), None):
        with pytest.raises(NotTrusted, match=r"issuer|self-signed.*; set tls_ca_cert to") as refused:
            networked.module("drain", tls_ca_cert=authority, clock=FakeClock())
        assert refused.value.details["socket"] == networked.socket
        assert refused.value.details["result"]["actions"] == []
        assert refused.value.details["result"]["elapsed"] == 0  # not tried again
    assert networked.haproxy.admin_state("app1") == 0


def test_unless_the_task_says_that_it_need_not(networked: Networked, stranger: Authority) -> None:
    networked.module("drain", tls_verify=False, tls_ca_cert=None)
    networked.module("ready", tls_verify=False, tls_ca_cert=str(stranger.cert), tls_hostname="lb2.example")
    assert networked.haproxy.admin_state("app1") == 0


def test_an_expired_certificate_is_refused(make: t.Callable[..., HAProxy], authority: Authority) -> None:
    with pytest.raises(NotTrusted, match="certificate has expired; renew it"):
        Networked(make(2), authority, days=-1).module("drain")


def test_a_wait_asks_over_tls_and_is_over_at_once_where_that_cannot_be(
    networked: Networked, stranger: Authority
) -> None:
    def wait(authority: Authority) -> t.Any:
        there = {"socket": [networked.socket], "tls": True, "tls_ca_cert": str(authority.cert)}
        options = {"haproxy": {"backend": "app", "server": "app1", **there}, "timeout": 20.0}
        return wait_until_healthy(options, clock=Clock())

    networked.haproxy.services["app1"].kill()
    until(lambda: not networked.haproxy.facts("app1").up)
    networked.haproxy.services["app1"].start()
    wait(networked.authority)
    with pytest.raises(NeverHealthy, match="certificate is refused"):
        wait(stranger)


def test_a_plain_task_gets_no_answer_from_a_port_with_tls(networked: Networked) -> None:
    with pytest.raises(NoAnswer, match=r"Does it want TLS \(tls: true\)\?"):
        networked.module("drain", tls=False, tls_ca_cert=None)
    assert networked.haproxy.admin_state("app1") == 0


@pytest.mark.parametrize("word", ["", "ssl crt {crt}"])
def test_a_stats_socket_speaks_no_tls_whatever_its_line_says(
    make: t.Callable[..., HAProxy], authority: Authority, word: str
) -> None:
    haproxy = make(2)
    mine = authority.sign("haproxy", "subjectAltName=IP:127.0.0.1")
    crt = haproxy.folder / "haproxy.pem"
    crt.write_text(mine.cert.read_text() + mine.key.read_text())
    (port,) = free_ports(1)
    haproxy.start(global_=f"stats socket ipv4@127.0.0.1:{port} {word.format(crt=crt)} level admin")
    haproxy.until_up()
    there = {"socket": [f"127.0.0.1:{port}"]}
    with pytest.raises(NotTrusted, match="HAProxy ignores 'ssl' on a 'stats socket'"):
        haproxy.module("drain", tls=True, tls_ca_cert=str(authority.cert), **there)
    assert haproxy.admin_state("app1") == 0
    # The day this fails HAProxy has learnt it: say so in docs/haproxy.md, docs/security.md and tls.py.
    assert haproxy.module("drain", **there)["changed"]
