# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An engine over the network: its certificate is checked unless the task says otherwise, and it checks ours."""

from __future__ import annotations

import contextlib
import socket
import socketserver
import ssl
import threading
import typing as t

import pytest
from ansible_collections.zero.downtime.plugins.module_utils._container.engine.client import Engine, EngineUnreachable
from ansible_collections.zero.downtime.plugins.module_utils._container.engine.options import DOCKER_OPTIONS
from ansible_collections.zero.downtime.tests.integration.certificates import Authority

NAME = "engine.example"


@pytest.fixture(scope="module")
def port(engine_socket: str, authority: Authority) -> t.Iterator[int]:
    """Of the engine, behind TLS as C(dockerd --tlsverify) has it: who shows no certificate is sent away."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    mine = authority.sign("engine", f"subjectAltName=IP:127.0.0.1,DNS:{NAME}")
    context.load_cert_chain(mine.cert, mine.key)
    context.load_verify_locations(authority.cert)
    context.verify_mode = ssl.CERT_REQUIRED

    class Gate(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with contextlib.ExitStack() as stack:
                stack.enter_context(contextlib.suppress(OSError))
                client = stack.enter_context(context.wrap_socket(self.request, server_side=True))
                engine = stack.enter_context(socket.socket(socket.AF_UNIX))
                engine.connect(engine_socket.removeprefix("unix://"))
                back = threading.Thread(target=pour, args=(engine, client), daemon=True)
                back.start()
                pour(client, engine)
                back.join()

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

    with Server(("127.0.0.1", 0), Gate) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()


def pour(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)


@pytest.fixture
def connect(port: int, authority: Authority, monkeypatch: pytest.MonkeyPatch) -> t.Callable[..., Engine]:
    """As a task with these options would; by default with all that it takes."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/etc/ssl/certs/ca-certificates.crt")  # of the host, not of the task
    client = authority.sign("client")
    complete = {"tls_ca_cert": authority.cert, "tls_client_cert": client.cert, "tls_client_key": client.key}

    def connect(host: str = "127.0.0.1", **options: t.Any) -> Engine:
        stated = {name: value if isinstance(value, bool) else value and str(value) for name, value in options.items()}
        defaults = {name: spec.get("default") for name, spec in DOCKER_OPTIONS.items()}
        known = {name: str(value) for name, value in complete.items()}
        return Engine.connect({**defaults, "docker_host": f"tcp://{host}:{port}", **known, **stated})

    return connect


def test_both_sides_are_checked(connect: t.Callable[..., Engine]) -> None:
    assert connect().inspect_container("nobody") is None


def test_the_name_may_be_another_one(connect: t.Callable[..., Engine]) -> None:
    with pytest.raises(EngineUnreachable, match="localhost"):
        connect("localhost")
    assert connect("localhost", tls_hostname=NAME).inspect_container("nobody") is None
    with pytest.raises(EngineUnreachable, match=r"other\.example"):
        connect(tls_hostname="other.example")


@pytest.mark.parametrize("signed_by", ["a stranger", "nobody known here"])
def test_an_engine_that_cannot_prove_itself_is_refused(
    connect: t.Callable[..., Engine], stranger: Authority, signed_by: str
) -> None:
    with pytest.raises(EngineUnreachable, match="certificate verify failed") as refused:
        connect(tls_ca_cert=stranger.cert if signed_by == "a stranger" else None)
    assert "tcp://127.0.0.1" in refused.value.message


def test_unless_the_task_says_that_it_need_not(connect: t.Callable[..., Engine], stranger: Authority) -> None:
    assert connect(tls_verify=False, tls_ca_cert=None).inspect_container("nobody") is None
    assert connect(tls_verify=False, tls_ca_cert=stranger.cert).inspect_container("nobody") is None


def test_who_has_no_certificate_is_sent_away(connect: t.Callable[..., Engine], stranger: Authority) -> None:
    with pytest.raises(EngineUnreachable):
        connect(tls_client_cert=None, tls_client_key=None)
    other = stranger.sign("client")
    with pytest.raises(EngineUnreachable):
        connect(tls_client_cert=other.cert, tls_client_key=other.key)


def test_without_tls_it_does_not_answer(connect: t.Callable[..., Engine]) -> None:
    with pytest.raises(EngineUnreachable, match="Cannot reach the container engine"):
        connect(tls=False)
