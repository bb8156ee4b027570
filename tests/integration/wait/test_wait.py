# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""wait_until_healthy with the real clock, against real servers."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time
import typing as t
from pathlib import Path

import pytest
from ansible_collections.zero.downtime.plugins.module_utils._clock import Clock
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.runtime import Runtime
from ansible_collections.zero.downtime.plugins.module_utils._wait.health import (
    NeverHealthy,
    NotHealthyInTime,
    Outcome,
    wait_until_healthy,
)
from ansible_collections.zero.downtime.plugins.module_utils._wait.probes.kind import BadHealthOptions

if t.TYPE_CHECKING:
    from ansible_collections.zero.downtime.tests.integration.certificates import Certificate
    from conftest import WebServer

    Web = t.Callable[..., WebServer]
    Raw = t.Callable[[t.Callable[[socket.socket], None]], int]
    HAProxy = t.Callable[[int], str]
    Make = t.Callable[[str], Certificate]


def look(**options: t.Any) -> Outcome:
    return wait_until_healthy({"timeout": 0.5, "interval": 0.1, **options}, clock=Clock())


def reason(**options: t.Any) -> str:
    """Why it was not healthy in half a second."""
    with pytest.raises(NotHealthyInTime) as failed:
        look(**options)
    return str(failed.value.details["last"][-1]["reason"])


class TestUrl:
    def test_200_passes_at_the_first_look(self, web: Web) -> None:
        outcome = look(url=web().url())
        assert outcome.attempts == 1
        assert outcome.as_dict()["last"][0]["reason"] == "returned 200"

    @pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
    def test_it_asks_what_was_stated_and_closes(self, web: Web, method: str) -> None:
        server = web(status=204)
        look(url=server.url("/ping?a=b"), method=method, headers={"X-One": 1}, status_code=["2xx"])
        (asked,) = server.requests
        assert (asked.method, asked.path) == (method, "/ping?a=b")
        assert asked.headers["X-One"] == "1"
        assert asked.headers["Connection"] == "close"

    def test_version_in_header_and_json(self, web: Web) -> None:
        server = web(headers={"X-Version": "2"}, body=b'{"build": {"version": 2}}')
        look(url=server.url(), expect_header={"x-version": "2"}, json={"build.version": "2"}, body_contains="build")
        assert "header X-Version is '2', not '3'" in reason(url=server.url(), expect_header={"X-Version": "3"})
        assert "JSON build.version is 2, not 3" in reason(url=server.url(), json={"build.version": 3})

    def test_the_right_version_is_awaited_while_the_old_one_answers(self, web: Web) -> None:
        server = web(headers={"X-Version": "1"}, later={4: {"headers": {"X-Version": "2"}}})
        outcome = look(url=server.url(), expect_header={"X-Version": "2"}, timeout=10)
        assert outcome.attempts == 4

    def test_a_redirect_is_an_answer_of_its_own(self, web: Web) -> None:
        server = web(status=302, headers={"Location": "/login"})
        assert reason(url=server.url()) == "returned 302 instead of 200"
        assert {asked.path for asked in server.requests} == {"/ping"}

    def test_refused_is_told_without_the_layers_around_it(self, unused_port: int) -> None:
        assert reason(url=f"http://127.0.0.1:{unused_port}/") == "failed: Connection refused"

    def test_a_name_that_does_not_resolve_is_waited_for(self) -> None:
        assert "ame" in reason(url="http://nowhere.invalid/")

    def test_a_service_that_starts_late_is_found_soon_after(self) -> None:
        def serve() -> None:
            late.listen()
            connection, _peer = late.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

        with socket.socket() as late:
            late.bind(("127.0.0.1", 0))
            service = threading.Timer(0.3, serve)
            service.start()
            outcome = look(url=f"http://127.0.0.1:{late.getsockname()[1]}/", timeout=60, interval=30)
            service.join()
        assert outcome.attempts > 1
        assert outcome.elapsed < 30

    def test_proxies_of_the_environment_are_not_used(
        self, web: Web, unused_port: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{unused_port}")
        monkeypatch.delenv("no_proxy", raising=False)
        assert look(url=web().url()).attempts == 1

    @pytest.mark.parametrize(
        ("answer", "said"),
        [
            (b"", "without response"),
            (b"SSH-2.0-OpenSSH_9.2\r\n", "SSH-2.0"),
            (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort", ""),
        ],
    )
    def test_a_broken_answer_is_not_yet_healthy(self, raw: Raw, answer: bytes, said: str) -> None:
        def serve(connection: socket.socket) -> None:
            with connection:
                connection.recv(4096)
                connection.sendall(answer)

        assert said in reason(url=f"http://127.0.0.1:{raw(serve)}/", body_contains="x")

    def test_a_server_that_never_answers_takes_one_request_timeout(self, raw: Raw) -> None:
        port = raw(lambda connection: time.sleep(30))
        began = time.monotonic()
        assert "no answer within 0.3 s" in reason(url=f"http://127.0.0.1:{port}/", request_timeout=0.3)
        assert time.monotonic() - began < 15

    def test_an_answer_that_drips_is_cut_off(self, raw: Raw) -> None:
        def drip(connection: socket.socket) -> None:
            with connection, contextlib.suppress(OSError):
                connection.recv(4096)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
                for _turn in range(300):
                    connection.sendall(b"x")
                    time.sleep(0.1)

        began = time.monotonic()
        assert "no full answer" in reason(url=f"http://127.0.0.1:{raw(drip)}/", body_contains="y", request_timeout=0.3)
        assert time.monotonic() - began < 15

    def test_only_the_first_mebibyte_is_read(self, web: Web) -> None:
        server = web(body=b"x" * 3_000_000 + b"end")
        assert "'end' is not in the body" in reason(url=server.url(), body_contains="end")


class TestTls:
    @pytest.fixture
    def server_cert(self, certificate: Make) -> Certificate:
        return certificate("127.0.0.1")

    @pytest.fixture
    def context(self, server_cert: Certificate) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(server_cert.cert, server_cert.key)
        return context

    @pytest.mark.filterwarnings("ignore:Unverified HTTPS request")
    def test_a_certificate_is_checked_unless_told_otherwise(
        self, web: Web, context: ssl.SSLContext, server_cert: Certificate
    ) -> None:
        server = web(tls=context)
        assert "self-signed" in reason(url=server.url()).replace("self signed", "self-signed")
        assert look(url=server.url(), ca_path=str(server_cert.cert)).attempts == 1
        assert look(url=server.url(), validate_certs=False).attempts == 1

    def test_the_bundles_of_the_environment_do_not_make_a_certificate_valid(
        self, web: Web, context: ssl.SSLContext, server_cert: Certificate, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(server_cert.cert))
        assert "certificate verify failed" in reason(url=web(tls=context).url())

    def test_a_certificate_of_another_name_is_not_valid(self, web: Web, certificate: Make) -> None:
        other = certificate("192.0.2.9")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(other.cert, other.key)
        assert "certificate" in reason(url=web(tls=context).url(), ca_path=str(other.cert))

    def test_a_client_certificate_is_shown(
        self, web: Web, context: ssl.SSLContext, server_cert: Certificate, certificate: Make
    ) -> None:
        client = certificate("192.0.2.1")
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(client.cert)
        server, trust = web(tls=context), {"ca_path": str(server_cert.cert)}
        assert look(url=server.url(), client_cert=str(client.cert), client_key=str(client.key), **trust).attempts == 1
        both = client.cert.parent / "both.pem"
        both.write_bytes(client.key.read_bytes() + client.cert.read_bytes())
        assert look(url=server.url(), client_cert=str(both), **trust).attempts == 1
        assert reason(url=server.url(), **trust)

    @pytest.mark.parametrize("option", ["ca_path", "client_cert"])
    def test_a_file_that_is_not_there_is_refused_at_once(self, web: Web, tmp_path: Path, option: str) -> None:
        with pytest.raises(BadHealthOptions, match=f"{option}: there is no"):
            look(url=web().url(), **{option: str(tmp_path / "none.pem")})


class TestTcp:
    def test_a_listener_passes(self, web: Web) -> None:
        assert look(tcp=f"127.0.0.1:{web().port}").attempts == 1

    def test_one_that_closes_at_once_serves_nobody(self, raw: Raw) -> None:
        """docker-proxy does so for a container that does not listen."""
        assert "closed the connection at once" in reason(tcp=f"127.0.0.1:{raw(lambda connection: connection.close())}")

    def test_one_that_speaks_first_passes(self, raw: Raw) -> None:
        def greet(connection: socket.socket) -> None:
            with connection:
                connection.sendall(b"220 ready\r\n")

        assert look(tcp=f"127.0.0.1:{raw(greet)}").attempts == 1

    def test_one_that_waits_for_the_client_passes_within_a_short_request_timeout(self, raw: Raw) -> None:
        port = raw(lambda connection: time.sleep(30))
        assert look(tcp=f"127.0.0.1:{port}", request_timeout=0.01).attempts == 1

    def test_nobody_there_is_refused(self, unused_port: int) -> None:
        assert reason(tcp=f"127.0.0.1:{unused_port}") == "failed: Connection refused"

    def test_ipv6(self) -> None:
        try:
            listener = socket.create_server(("::1", 0), family=socket.AF_INET6)
        except OSError:
            pytest.skip("no IPv6 on loopback")
        with listener:
            assert look(tcp=f"[::1]:{listener.getsockname()[1]}").attempts == 1


def test_port_and_url_must_both_pass(web: Web, unused_port: int) -> None:
    server = web()
    seen = look(url=server.url(), tcp=f"127.0.0.1:{server.port}").as_dict()["last"]
    assert [each["probe"].split()[0] for each in seen] == ["tcp", "GET"]
    assert reason(url=server.url(), tcp=f"127.0.0.1:{unused_port}") == "failed: Connection refused"


def test_one_failure_within_stable_for_is_noticed(web: Web) -> None:
    server = web(later={2: {"status": 503}, 3: {"status": 200}})
    outcome = look(url=server.url(), stable_for=2, interval=0.5, timeout=60)
    # It begins anew after the failure, which comes an interval after the first look.
    assert outcome.elapsed >= 0.5 + 2


class TestHAProxy:
    def test_a_server_with_a_fresh_passed_check_passes(self, web: Web, haproxy: HAProxy) -> None:
        server = {"backend": "be", "server": "s1", "socket": [haproxy(web().port)]}
        seen = look(haproxy=server, timeout=10).as_dict()["last"]
        assert seen[0]["reason"].startswith("is ready, last check L7OK")

    def test_a_server_whose_check_fails_is_not_yet_healthy(self, web: Web, haproxy: HAProxy) -> None:
        server = {"backend": "be", "server": "s1", "socket": [haproxy(web(status=503).port)]}
        assert "no fresh check has passed" in reason(haproxy=server, timeout=2)

    def test_back_from_maintenance_it_takes_a_check_not_just_the_word_up(self, web: Web, haproxy: HAProxy) -> None:
        service = web()
        server = {"backend": "be", "server": "s1", "socket": [haproxy(service.port)]}
        look(haproxy=server, timeout=10)
        Runtime(server["socket"][0]).change("set server be/s1 state maint")
        assert "maint" in reason(haproxy=server)
        service.requests.clear()
        Runtime(server["socket"][0]).change("set server be/s1 state ready")
        look(haproxy=server, timeout=10, interval=0.02)
        assert service.requests

    @pytest.mark.parametrize(
        ("server", "said"), [("s2", "no server"), ("unchecked", "has no health check in haproxy.cfg")]
    )
    def test_a_server_that_can_never_have_a_check_fails_at_once(
        self, web: Web, haproxy: HAProxy, server: str, said: str
    ) -> None:
        with pytest.raises(NeverHealthy, match=said) as failed:
            look(haproxy={"backend": "be", "server": server, "socket": [haproxy(web().port)]}, timeout=60)
        assert failed.value.details["elapsed"] < 5

    def test_a_haproxy_that_is_away_is_waited_for(self, tmp_path: Path) -> None:
        server = {"backend": "be", "server": "s1", "socket": [str(tmp_path / "none.sock")]}
        assert "none.sock" in reason(haproxy=server)
