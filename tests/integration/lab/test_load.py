# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The load generator is only as good as its count: hold it to servers that lose requests in every way."""

from __future__ import annotations

import contextlib
import itertools
import socket
import threading
import time
import typing as t

import pytest
from lab import LabError, load

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
FAILURE = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"
HALF = ANSWER[:-1]


class Server:
    """Answers each request with what C(script(n)) says for the n-th; None closes the connection instead."""

    def __init__(self, script: t.Callable[[int], bytes | None]) -> None:
        self.script = script
        self.numbers = itertools.count(1)
        self.outcomes: list[bytes | None] = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}/"
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection = self.listener.accept()[0]
                threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            while connection.recv(4096):
                answer = self.script(next(self.numbers))
                self.outcomes.append(answer)
                if answer is not None:
                    connection.sendall(answer)
                if answer in (None, HALF):
                    return

    def count(self, answer: bytes | None) -> int:
        return self.outcomes.count(answer)


@pytest.fixture
def serve() -> t.Iterator[t.Callable[[t.Callable[[int], bytes | None]], Server]]:
    servers = []

    def make(script: t.Callable[[int], bytes | None]) -> Server:
        servers.append(Server(script))
        return servers[-1]

    yield make
    for server in servers:
        server.listener.close()


@pytest.mark.parametrize("keepalive", [True, False])
@pytest.mark.parametrize(
    ("loss", "kind"),
    [(None, "read"), (HALF, "read"), (FAILURE, "status")],
    ids=["closed under the request", "half an answer", "503"],
)
def test_every_loss_is_counted(serve: t.Callable[..., Server], loss: bytes | None, kind: str, keepalive: bool) -> None:
    server = serve(lambda number: loss if number % 10 == 0 else ANSWER)
    with load.start(server.url, connections=2, keepalive=keepalive, seconds=1) as running:
        report = running.wait()

    counted = report.non_2xx if kind == "status" else report.errors[kind]
    happened = server.count(loss)
    assert happened > 10
    # What is in flight when the time is up goes unseen: at most one request on each connection.
    assert happened - 2 <= counted <= happened
    assert report.lost == counted
    assert server.count(ANSWER) - 2 <= report.ok_2xx <= server.count(ANSWER)


def test_refused_connections_are_counted(serve: t.Callable[..., Server]) -> None:
    def close_for_good(number: int) -> bytes | None:
        if number < 100:
            return ANSWER
        server.listener.shutdown(socket.SHUT_RDWR)
        return None

    server = serve(close_for_good)
    report = load.start(server.url, connections=2, seconds=1).wait()
    assert report.errors["write"] > 0
    assert report.requests == 99


def test_nobody_there_at_the_start_is_an_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
    with pytest.raises(LabError, match="unable to connect"):
        load.start(url, seconds=1).wait()


def test_stop_ends_it_early_and_reports(serve: t.Callable[..., Server]) -> None:
    server = serve(lambda number: ANSWER)
    began = time.monotonic()
    running = load.start(server.url, connections=2, seconds=30)
    while not server.outcomes:
        time.sleep(0.01)
    report = running.stop()
    assert time.monotonic() - began < 10
    assert report.requests > 0
    assert report.lost == 0
    assert running.stop() is report
