# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A HAProxy of the test's own, with services behind it and clients before it, all on loopback."""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import typing as t
from pathlib import Path

import pytest
from ansible_collections.zero.downtime.plugins.module_utils._clock import Clock
from ansible_collections.zero.downtime.plugins.module_utils._errors import ZeroDowntimeError
from ansible_collections.zero.downtime.plugins.module_utils._haproxy import lock
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.options import HAPROXY_OPTIONS, STATE_OPTIONS
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.runtime import Runtime
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.state_change import StateChange
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.stats import ServerFacts
from lab.load import SCRIPT, parse
from lab.tied import tied

_BACKEND = Path(__file__).with_name("backend.py")

# No redispatch, no retries: what could be lost is lost.
_CONFIG = """
global
  stats socket {folder}/admin.sock level admin expose-fd listeners
  stats socket {folder}/operator.sock level operator
  stats socket 127.0.0.1:{tcp} level admin
  server-state-file {folder}/state
  hard-stop-after 60s
  {global_}
defaults
  mode http
  load-server-state-from-file global
  retries 0
  timeout connect 2s
  timeout client 30s
  timeout server 30s
  timeout queue 10s
  timeout check 1s
  {defaults}
frontend web
  bind 127.0.0.1:{web}
  default_backend app
backend app
  option httpchk GET /ping
  {backend}
  default-server check inter 300ms fastinter 100ms downinter 100ms rise 2 fall 3 {server}
{servers}
{more}
"""


def until(true: t.Callable[[], t.Any], seconds: float = 10.0, what: str = "") -> t.Any:
    end = time.monotonic() + seconds
    while True:
        with contextlib.suppress(OSError, ZeroDowntimeError):
            found = true()
            if found:
                return found
        if time.monotonic() > end:
            pytest.fail(f"not within {seconds} s: {what or true}")
        time.sleep(0.02)


# Below the range from which connections get theirs, and apart from those of pytest-xdist's other processes.
_WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:])
_CANDIDATES = itertools.count(20000 + (os.getppid() * 61 + _WORKER * 1000) % 8000)


def free_ports(number: int) -> list[int]:
    """None of them twice: who asks first may bind last."""
    found: list[int] = []
    while len(found) < number:
        candidate = next(_CANDIDATES)
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", candidate))
            found.append(candidate)
    return found


class Service:
    """backend.py on one port; may be killed and started again."""

    def __init__(self, name: str, port: int) -> None:
        self.name = name
        self.port = port
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, ready_after: float = 0.0) -> None:
        # Were the port taken, whoever has it would pass for this service.
        socket.create_server(("127.0.0.1", self.port)).close()
        arguments = [sys.executable, str(_BACKEND), str(self.port), self.name, str(ready_after)]
        self._process = subprocess.Popen(tied(arguments))
        until(lambda: socket.create_connection(("127.0.0.1", self.port), 1).close() is None, what=self.name)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


@dataclasses.dataclass
class Load:
    """What a client that never retries saw."""

    process: subprocess.Popen[str]

    def finish(self) -> tuple[int, int]:
        """Answered, lost."""
        output, _none = self.process.communicate(timeout=60)
        if "h2load" in str(self.process.args):
            total, done = (int(n) for n in re.search(r"requests: (\d+) total.*?(\d+) succeeded", output).groups())
            return done, total - done
        report = parse(output)
        return report.requests, report.lost


class HAProxy:
    def __init__(self, binary: str, folder: Path, names: t.Sequence[str]) -> None:
        self.folder = folder
        self.binary = binary
        self.web, self.tcp, *ports = free_ports(2 + len(names))
        self.services = {name: Service(name, port) for name, port in zip(names, ports)}
        self.socket = str(folder / "admin.sock")
        self.master = str(folder / "master.sock")
        self._process: subprocess.Popen[bytes] | None = None
        self._threads: list[threading.Thread] = []
        self._loads: list[subprocess.Popen[str]] = []

    # -- the process

    def configure(self, *, each: t.Mapping[str, str] | None = None, **parts: str) -> None:
        """I(each): more options of a server line."""
        lines = [
            f"  server {name} 127.0.0.1:{service.port} {(each or {}).get(name, '')}"
            for name, service in self.services.items()
        ]
        parts = {"global_": "", "defaults": "", "backend": "", "server": "", "more": "", **parts}
        ports = {"web": self.web, "tcp": self.tcp, "folder": self.folder}
        (self.folder / "haproxy.cfg").write_text(_CONFIG.format(servers="\n".join(lines), **ports, **parts))

    def start(self, **parts: t.Any) -> HAProxy:
        self.configure(**parts)
        for service in self.services.values():
            service.start()
        self.launch()
        return self

    def launch(self, *inside: str) -> None:
        """I(inside): what to start it by, such as unshare."""
        arguments = [*inside, self.binary, "-W", "-S", self.master, "-f", str(self.folder / "haproxy.cfg")]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(tied(arguments), stdout=log, stderr=log, start_new_session=True)
        self._until_it_listens()

    def stop(self) -> None:
        if self._process is not None:
            # The master and its workers, old ones included: a session of their own.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def reload(self) -> None:
        pid = Runtime(self.socket).info().pid
        os.kill(self._process.pid, signal.SIGUSR2)
        until(lambda: Runtime(self.socket).info().pid != pid, what="reload")
        self._until_it_listens()

    def _until_it_listens(self) -> None:
        what = f"HAProxy runs: see {self.folder}/log"
        until(lambda: self.ask("show info"), what=what)
        # The worker answers before its master does, and the master loses a signal that comes before that.
        until(lambda: self.ask("show proc", self.master), what=what)

    def close(self) -> None:
        for load in self._loads:
            if load.poll() is None:
                load.kill()
                load.wait()
        self.stop()
        for service in self.services.values():
            service.kill()
        for thread in self._threads:
            thread.join(30)

    # -- looking at it from outside, with a socket of the test's own

    def ask(self, line: str, where: str | None = None) -> str:
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(5)
            client.connect(where or self.socket)
            client.sendall(line.encode() + b"\n")
            client.shutdown(socket.SHUT_WR)
            return b"".join(iter(lambda: client.recv(65536), b"")).decode()

    def admin_state(self, server: str, backend: str = "app") -> int:
        rows = [row.split() for row in self.ask(f"show servers state {backend}").splitlines()]
        return int(next(row[6] for row in rows if len(row) > 6 and row[3] == server))

    def facts(self, server: str, backend: str = "app") -> ServerFacts:
        return Runtime(self.socket).server(backend, server)

    def until_up(self, *servers: str) -> None:
        for server in servers or self.services:
            until(lambda server=server: self.facts(server).serves and self.facts(server).check_health >= 4, what=server)

    # -- clients

    def wrk(self, seconds: float, path: str = "/hello", connections: int = 16, headers: t.Sequence[str] = ()) -> Load:
        arguments = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout=75s", f"--script={SCRIPT}"]
        arguments += [argument for header in headers for argument in ("-H", header)]
        return self._load([*arguments, f"http://127.0.0.1:{self.web}{path}"])

    def h2load(self, seconds: float) -> Load:
        arguments = ["h2load", "--h1", "-c8", f"--duration={seconds}"]
        return self._load([*arguments, f"http://127.0.0.1:{self.web}/hello"])

    def _load(self, arguments: list[str]) -> Load:
        process = subprocess.Popen(tied(arguments), stdout=subprocess.PIPE, text=True)
        self._loads.append(process)
        return Load(process)

    def request(self, path: str = "/hello", cookie: str = "") -> tuple[int, str]:
        """Status and body; 0 when the connection ended without an answer."""
        with contextlib.suppress(OSError), self.connection() as client:
            return self.exchange(client, path, cookie)
        return 0, ""

    def connection(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.web), 20)

    def exchange(self, client: socket.socket, path: str = "/hello", cookie: str = "") -> tuple[int, str]:
        header = f"Cookie: {cookie}\r\n" if cookie else ""
        client.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n{header}\r\n".encode())
        answer = b""
        while b"\r\n\r\n" not in answer or len(answer.split(b"\r\n\r\n", 1)[1]) < _length(answer):
            chunk = client.recv(65536)
            if not chunk:
                return 0, ""
            answer += chunk
        head, body = answer.split(b"\r\n\r\n", 1)
        return int(head.split()[1]), body.decode()

    def background(self, path: str, count: int = 1) -> list[tuple[int, str]]:
        """Requests that go on meanwhile; the list fills as they are answered."""
        answers: list[tuple[int, str]] = []
        for _each in range(count):
            thread = threading.Thread(target=lambda: answers.append(self.request(path)))
            thread.start()
            self._threads.append(thread)
        return answers

    def once_out(self, happen: t.Callable[[], t.Any], server: str = "app1") -> None:
        """In the background: I(happen), when the server is out and the module waits for it to be empty."""

        def wait() -> None:
            until(lambda: self.admin_state(server) & 9, what=f"{server} is out")
            until(self._unlocked, what="the module has looked at the others once more")
            happen()

        self._threads.append(threading.Thread(target=wait))
        self._threads[-1].start()

    def _unlocked(self) -> bool:
        with lock.attempt(self.socket) as free:
            return free

    def join(self) -> None:
        for thread in self._threads:
            thread.join(30)

    # -- what is tested

    def module(
        self,
        state: str,
        server: str = "app1",
        *,
        check_mode: bool = False,
        clock: Clock | None = None,
        **options: t.Any,
    ) -> dict[str, t.Any]:
        """The result of M(zero.downtime.haproxy_server_state); raises what would fail it, with the result on it."""
        defaults = {name: option.get("default") for name, option in {**HAPROXY_OPTIONS, **STATE_OPTIONS}.items()}
        asked = {"backend": "app", "server": server, "state": state, "socket": [self.socket], "timeout": 20.0}
        change = StateChange({**defaults, **asked, **options}, clock or Clock(), rehearsal=check_mode)
        try:
            change.run()
        except ZeroDowntimeError as error:
            error.details["result"] = change.result()
            raise
        return {**change.result(), "warnings": change.warnings, "diff": change.diff()}


def _length(answer: bytes) -> int:
    found = re.search(rb"(?i)content-length: (\d+)", answer)
    return int(found.group(1)) if found else 0
