# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The example service and its bad siblings, as processes that get real requests and real signals."""

from __future__ import annotations

import http.client
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
import typing as t
from pathlib import Path

import pytest
from lab.namespaces import wait_until

HELLO = Path(__file__).resolve().parents[3] / "examples" / "hello" / "hello.py"
PATIENCE = 15.0


class Hello:
    def __init__(self, **environment: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.process = subprocess.Popen(
            [sys.executable, str(HELLO)],
            env={**os.environ, "VERSION": "1", "GRACE": "0.5", **environment, "PORT": str(self.port)},
            stdout=subprocess.PIPE,
            text=True,
        )

    def connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)

    def ask(self, path: str, method: str = "GET", **request: t.Any) -> tuple[int, dict[str, t.Any], str | None]:
        connection = self.connect()
        connection.request(method, path, **request)
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        return answer.status, json.loads(body) if body else {}, answer.getheader("X-Version")

    def status(self, path: str) -> int:
        return self.ask(path)[0]

    def begin(self, path: str) -> http.client.HTTPConnection:
        """Ask, and come back once the service has begun with it."""
        connection = self.connect()
        connection.request("GET", path, headers={"Expect": "100-continue"})
        told = b"HTTP/1.1 100 Continue\r\n\r\n"
        assert connection.sock.recv(len(told)) == told
        return connection

    def on_sigterm(self, disposition: str) -> bool:
        """Whether that is C(SigCgt), caught, or C(SigIgn), ignored."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        mask = next(line.split()[1] for line in status.splitlines() if line.startswith(disposition))
        return bool(int(mask, 16) >> signal.SIGTERM - 1 & 1)

    def listens(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        except OSError:
            return False
        return True

    def ready(self) -> Hello:
        wait_until(self.listens, "the service")
        return self

    def leaves(self) -> bool:
        return self.status("/ping") == 503

    def terminate(self) -> None:
        self.process.send_signal(signal.SIGTERM)

    def end(self) -> int:
        return self.process.wait(PATIENCE)


@pytest.fixture
def hello() -> t.Iterator[t.Callable[..., Hello]]:
    started: list[Hello] = []

    def start(behaviour: str = "good", **environment: str) -> Hello:
        started.append(Hello(BEHAVIOUR=behaviour, **environment))
        return started[-1]

    yield start
    for service in started:
        service.process.kill()
        with service.process:  # closes its pipe and waits
            pass


Start = t.Callable[..., Hello]


def test_hello_tells_its_version_in_body_and_header(hello: Start) -> None:
    status, body, version = hello(VERSION="2.1").ready().ask("/hello")
    assert (status, body["version"], version) == (200, "2.1", "2.1")
    assert body["host"] == socket.gethostname()


@pytest.mark.parametrize("chunked", [False, True])
def test_a_post_is_measured_and_the_connection_stays_usable(hello: Start, chunked: bool) -> None:
    connection = hello().ready().connect()
    for length in (0, 5, 200_000):
        body: t.Any = iter([b"x" * length]) if chunked and length else b"x" * length
        connection.request("POST", "/hello", body=body, encode_chunked=chunked and length > 0)
        assert json.loads(connection.getresponse().read())["length"] == length


def test_a_head_request_gets_no_body_and_the_connection_stays_usable(hello: Start) -> None:
    connection = hello().ready().connect()
    for method in ("HEAD", "GET"):
        connection.request(method, "/hello")
        answer = connection.getresponse()
        assert (answer.status, bool(answer.read())) == (200, method == "GET")


def test_sleep_is_slept_and_others_are_served_meanwhile(hello: Start) -> None:
    service = hello().ready()
    began = time.monotonic()
    slow = service.begin("/hello?sleep=2")
    assert service.status("/ping") == 200
    assert not select.select([slow.sock], [], [], 0)[0]
    assert slow.getresponse().status == 200
    assert time.monotonic() - began >= 2


@pytest.mark.parametrize(
    ("path", "status"), [("/", 404), ("/hello?sleep=soon", 400), ("/ping?sleep=1", 200), ("/hello?sleep=", 200)]
)
def test_other_paths_and_odd_wishes_are_answered(hello: Start, path: str, status: int) -> None:
    assert hello().ready().status(path) == status


def test_what_is_no_http_is_told_so(hello: Start) -> None:
    with socket.create_connection(("127.0.0.1", hello().ready().port), timeout=PATIENCE) as raw:
        raw.sendall(b"\x16\x03\x01 nonsense\r\n\r\n")
        assert raw.makefile("rb").readline() == b"HTTP/1.1 400 Bad Request\r\n"


def test_a_hundred_at_a_time_on_kept_alive_connections_are_all_answered(hello: Start) -> None:
    service = hello().ready()
    answered: list[int] = []

    def client() -> None:
        connection = service.connect()
        for _turn in range(20):
            connection.request("GET", "/hello")
            answer = connection.getresponse()
            answer.read()
            answered.append(answer.status)

    clients = [threading.Thread(target=client) for _turn in range(100)]
    for each in clients:
        each.start()
    for each in clients:
        each.join()
    assert answered == [200] * 2000


def test_on_sigterm_it_says_so_serves_on_and_then_leaves(hello: Start) -> None:
    service = hello(GRACE="3").ready()
    service.terminate()
    wait_until(service.leaves, "its word")
    assert service.status("/hello") == 200
    assert service.end() == 0


def test_a_kept_alive_connection_is_asked_to_go_on_sigterm(hello: Start) -> None:
    service = hello(GRACE="30").ready()
    connection = service.connect()
    connection.request("GET", "/ping")
    assert connection.getresponse().read()
    service.terminate()
    wait_until(service.leaves, "its word")
    connection.request("GET", "/hello")
    assert connection.getresponse().getheader("Connection") == "close"


def test_a_slow_request_in_flight_is_finished_after_the_listener_is_closed(hello: Start) -> None:
    service = hello(GRACE="0.1").ready()
    connection = service.begin("/hello?sleep=2")
    service.terminate()
    wait_until(lambda: not service.listens(), "the end of its listener")
    assert connection.getresponse().status == 200
    assert service.end() == 0


def test_dies_drops_what_is_in_flight(hello: Start) -> None:
    service = hello("dies").ready()
    connection = service.begin("/hello?sleep=10")
    service.terminate()
    with pytest.raises(ConnectionError):
        connection.getresponse()
    assert service.end() == 143


def test_ignores_goes_on_as_if_nothing_was_said(hello: Start) -> None:
    service = hello("ignores").ready()
    assert service.on_sigterm("SigIgn")
    service.terminate()
    assert service.status("/ping") == 200
    assert service.process.poll() is None


def test_slow_boot_listens_late_and_can_be_stopped_before(hello: Start) -> None:
    began = time.monotonic()
    assert hello("slow-boot", BOOT="1").ready().status("/ping") == 200
    assert time.monotonic() - began >= 1
    stopped = hello("slow-boot", BOOT="60")
    wait_until(lambda: stopped.on_sigterm("SigCgt"), "the service's beginning")
    assert not stopped.listens()
    stopped.terminate()
    assert stopped.end() == 0


def test_crashes_exits_with_a_last_word(hello: Start) -> None:
    service = hello("crashes")
    assert service.end() == 3
    assert service.process.stdout is not None
    assert "giving up" in service.process.stdout.read()


@pytest.mark.parametrize(("behaviour", "ping", "status"), [("never-healthy", 503, 200), ("answers-500", 200, 500)])
def test_the_unhealthy_ones_answer_as_they_are_named(hello: Start, behaviour: str, ping: int, status: int) -> None:
    service = hello(behaviour).ready()
    assert (service.status("/ping"), service.status("/hello")) == (ping, status)


def test_slow_stop_takes_its_time(hello: Start) -> None:
    service = hello("slow-stop", GRACE="0").ready()
    service.terminate()
    wait_until(lambda: not service.listens(), "the end of its listener")
    with pytest.raises(subprocess.TimeoutExpired):
        service.process.wait(2)


def test_flaps_is_healthy_first_and_dies_by_itself(hello: Start) -> None:
    service = hello("flaps", LIFE="2").ready()
    assert service.status("/ping") == 200
    assert service.end() == 1


def test_an_unknown_behaviour_is_refused(hello: Start) -> None:
    assert hello("godo").end() == 1
