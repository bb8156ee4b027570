# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tiny real servers on loopback, each of which answers as a test wants it to."""

from __future__ import annotations

import http.server
import socket
import ssl
import subprocess
import threading
import time
import typing as t
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from ansible_collections.zero.downtime.tests.integration.certificates import Authority, Certificate
from lab.tied import tied


@dataclass
class Asked:
    """A request as it arrived."""

    method: str
    path: str
    headers: dict[str, str]


@dataclass
class WebServer:
    port: int
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    later: dict[int, dict[str, t.Any]] = field(default_factory=dict)
    """What changes with the n-th request: C({3: {"status": 503}})."""
    requests: list[Asked] = field(default_factory=list)
    scheme: str = "http"

    def url(self, path: str = "/ping", host: str = "127.0.0.1") -> str:
        return f"{self.scheme}://{host}:{self.port}{path}"


@pytest.fixture
def web() -> t.Iterator[t.Callable[..., WebServer]]:
    """Start a server: C(web(status=503, body=b"...", tls=context))."""
    running: list[http.server.ThreadingHTTPServer] = []

    def start(tls: ssl.SSLContext | None = None, **answer: t.Any) -> WebServer:
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                told.requests.append(Asked(self.command, self.path, dict(self.headers)))
                vars(told).update(told.later.get(len(told.requests), {}))
                self.send_response(told.status)
                for name, value in told.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(told.body)))
                self.end_headers()
                self.wfile.write(told.body if self.command != "HEAD" else b"")

            do_HEAD = do_OPTIONS = do_GET

            def log_message(self, *args: t.Any) -> None:
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        told = WebServer(server.server_address[1], scheme="https" if tls else "http", **answer)
        if tls:
            server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        running.append(server)
        return told

    yield start
    for server in running:
        server.shutdown()
        server.server_close()


@pytest.fixture
def raw() -> t.Iterator[t.Callable[[t.Callable[[socket.socket], None]], int]]:
    """Start a server that does with each connection what the test says; return its port."""
    listeners: list[socket.socket] = []

    def start(serve: t.Callable[[socket.socket], None]) -> int:
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)

        def accept() -> None:
            while True:
                try:
                    connection, _peer = listener.accept()
                except OSError:
                    return
                threading.Thread(target=serve, args=(connection,), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        return int(listener.getsockname()[1])

    yield start
    for listener in listeners:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


@pytest.fixture
def unused_port() -> t.Iterator[int]:
    """Bound, so that nobody else takes it, and not listening."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


@pytest.fixture
def certificate(authority: Authority) -> t.Callable[[str], Certificate]:
    """Make a self-signed certificate for an address."""
    return lambda address: authority.self_signed(address, f"subjectAltName=IP:{address}")


HAPROXY_CFG = """\
global
  stats socket {socket} level admin
defaults
  mode http
  timeout connect 1s
  timeout client 5s
  timeout server 5s
backend be
  option httpchk GET /ping
  server s1 127.0.0.1:{port} check inter 200ms rise 2 fall 3
  server unchecked 127.0.0.1:{port}
"""


@pytest.fixture
def haproxy(tmp_path: Path) -> t.Iterator[t.Callable[[int], str]]:
    """Start HAProxy in front of a port; C(haproxy(port)) returns the path of its socket."""
    running: list[subprocess.Popen[bytes]] = []

    def start(port: int) -> str:
        socket_of, config = tmp_path / "admin.sock", tmp_path / "haproxy.cfg"
        config.write_text(HAPROXY_CFG.format(socket=socket_of, port=port))
        running.append(subprocess.Popen(tied(["haproxy", "-db", "-f", str(config)]), stderr=subprocess.DEVNULL))
        deadline = time.monotonic() + 10
        while not socket_of.exists():
            if time.monotonic() > deadline:
                pytest.fail(f"HAProxy did not start: {config.read_text()}")
            time.sleep(0.02)
        return str(socket_of)

    yield start
    for process in running:
        process.kill()
        process.wait()
