# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A HAProxy of the imagination: answers like 2.6, and lives by a clock that only moves when somebody sleeps."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.zero.downtime.plugins.module_utils._clock import Clock
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.desired import Desired
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.replies import Unreachable
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.target import Target

# The fixtures open_target and desired.
OpenTarget = t.Callable[..., Target]
MakeDesired = t.Callable[..., Desired]

# The lines that change server a, when it has a check and nothing is wrong.
DRAIN = "disable health app/a; set server app/a state drain"
MAINT = "set server app/a state maint; enable health app/a"
READY = "set server app/a state drain; set server app/a health down; set server app/a state ready"
RESUME = "enable health app/a; set server app/a state ready"

STATE_COLUMNS = (
    "be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight "
    "srv_time_since_last_change srv_check_status srv_check_result srv_check_health srv_check_state srv_agent_state "
    "bk_f_forced_id srv_f_forced_id srv_fqdn srv_port srvrecord srv_use_ssl srv_check_port"
)
STAT_COLUMNS = (
    "pxname,svname,qcur,scur,slim,stot,bck,tracked,type,check_status,last_chk,check_rise,check_fall,cookie,hrsp_2xx"
)


class FakeClock(Clock):
    """Sleeping takes no time, but things happen in it."""

    def __init__(self) -> None:
        self.now = 1000.0
        self._events: list[tuple[float, t.Callable[[], None]]] = []

    def monotonic(self) -> float:
        return self.now

    def wall(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        for event in [event for event in self._events if event[0] <= self.now]:
            self._events.remove(event)
            event[1]()

    def after(self, seconds: float, happen: t.Callable[[], None]) -> None:
        self._events.append((self.now + seconds, happen))


@dataclasses.dataclass
class FakeServer:
    name: str
    op: int = 2
    admin: int = 0
    weight: int = 1
    configured: int = 1
    health: int = 4
    check: int = 6
    agent: int = 0
    address: str = "192.0.2.1"
    port: int = 80
    check_port: int = 0
    sessions: int = 0
    queue: int = 0
    total: int = 0
    maxconn: str = ""
    cookie: str = ""
    tracks: str = ""
    backup: int = 0
    rise: int = 2
    fall: int = 3


class FakeHAProxy:
    """Takes the place of a CommandSocket. I(log) holds each line that changes something."""

    def __init__(self, clock: FakeClock, *servers: FakeServer, backend: str = "app") -> None:
        self.clock = clock
        self.backend = backend
        self.servers = {server.name: server for server in servers}
        self.pid = 100
        self.started = clock.now - 5
        self.log: list[str] = []
        self.away = False
        self.refuse: dict[str, str] = {}
        self.check_after = 0.5

    def ask(self, *commands: str) -> str:
        if self.away:
            raise Unreachable("Could not connect", socket="fake")
        if not commands[0].startswith("show"):
            self.log.append("; ".join(commands))
        return "".join(self._answer(command) for command in commands)

    def _answer(self, command: str) -> str:
        for text, reply in self.refuse.items():
            if text in command:
                return f"{reply}\n\n"
        words = command.split()
        if words[:2] == ["show", "info"]:
            uptime = int(self.clock.now - self.started)
            return f"Name: HAProxy\nVersion: 2.6.12\nPid: {self.pid}\nUptime_sec: {uptime}\n\n"
        if words[:3] == ["show", "servers", "state"]:
            return "Can't find backend.\n\n" if words[3:] not in ([], [self.backend]) else self._state()
        if words[:2] == ["show", "stat"]:
            return self._stat()
        self._change(words)
        return "\n"

    def _state(self) -> str:
        rows = [
            f"3 {self.backend} {number} {s.name} {s.address} {s.op} {s.admin} {s.weight} {s.configured} 1 6 3 "
            f"{s.health} {s.check} {s.agent} 0 0 - {s.port} - 0 {s.check_port}"
            for number, s in enumerate(self.servers.values(), 1)
        ]
        return "\n".join(["1", f"# {STATE_COLUMNS}", *rows, "", ""])

    def _stat(self) -> str:
        rows = [
            f"{self.backend},{s.name},{s.queue},{s.sessions},{s.maxconn},{s.total},{s.backup},{s.tracks},2,* L7OK,"
            f'"OK, so",{s.rise},{s.fall},{s.cookie},{s.total}'
            for s in self.servers.values()
        ]
        return "\n".join([f"# {STAT_COLUMNS}", *rows, f"{self.backend},BACKEND,0,0,,7,0,,1,,,,,,7", "", ""])

    def _change(self, words: list[str]) -> None:
        server = self.servers[words[-1 if words[0] != "set" else 2].split("/")[1]]
        if words[0] in ("enable", "disable"):
            field = {"health": "check", "agent": "agent"}[words[1]]
            setattr(server, field, getattr(server, field) & ~4 | (4 if words[0] == "enable" else 0))
        elif words[0] == "shutdown":
            server.sessions = 0
        elif words[3] == "state":
            self._set_state(server, words[4])
        elif words[3] == "health":
            server.op, server.health = 0, 0
        elif words[3] == "weight":
            server.weight = server.configured if words[4] == "100%" else int(words[4])
        elif words[3] == "addr":
            server.address, server.port = words[4], int(words[6])
        elif words[3] == "check-port":
            server.check_port = int(words[4])

    def _set_state(self, server: FakeServer, state: str) -> None:
        if server.admin & 1 and state != "maint":
            server.op, server.health = 2, server.rise
        server.admin = server.admin & 4 | {"ready": 0, "drain": 8, "maint": 1}[state]
        if state == "ready" and not server.op:
            self.clock.after(self.check_after, lambda: self._pass(server))

    @staticmethod
    def _pass(server: FakeServer) -> None:
        server.op, server.health = 2, server.rise + server.fall - 1

    def reload(self) -> None:
        """A new worker, which knows nothing of what was set at run time."""
        self.pid += 1
        self.restart()

    def restart(self) -> None:
        """In a container the new process has the number of the one before it."""
        self.started = self.clock.now
        for server in self.servers.values():
            server.admin, server.check, server.sessions, server.total = 0, 6, 0, 0
