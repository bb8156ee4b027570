# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: it may change without notice.
"""What HAProxy reports of its servers, as plain facts.

Decisions rest on the bit fields of C(show servers state), never on the status strings of C(show stat), which name a
draining server with failed checks DOWN and an idle one of weight 0 DRAIN.
"""

from __future__ import annotations

import csv
import dataclasses
import typing as t

# srv_admin_state (HAProxy's management.txt): forced, inherited, DNS; forced, inherited.
# 4 is not among them: it only tells that haproxy.cfg has 'disabled', even of a server that was made ready.
_MAINTENANCE = 0x01 | 0x02 | 0x20
_DRAINING = 0x08 | 0x10
# srv_check_state and srv_agent_state
_CONFIGURED = 0x02
ENABLED = 0x04

_STATE_COLUMNS = (
    "be_id",
    "be_name",
    "srv_id",
    "srv_name",
    "srv_addr",
    "srv_op_state",
    "srv_admin_state",
    "srv_uweight",
    "srv_iweight",
    "srv_check_health",
    "srv_check_state",
    "srv_agent_state",
    "srv_port",
)
_STAT_COLUMNS = ("pxname", "svname", "qcur", "scur", "stot", "type")

# Our name -> column of show stat. These names are an interface: the ledger of a rollout sums them.
COUNTERS = {
    "answered_1xx": "hrsp_1xx",
    "answered_2xx": "hrsp_2xx",
    "answered_3xx": "hrsp_3xx",
    "answered_4xx": "hrsp_4xx",
    "answered_5xx": "hrsp_5xx",
    "answered_other": "hrsp_other",
    "sessions_total": "stot",
    "connect_errors": "econ",
    "response_errors": "eresp",
    "retries": "wretr",
    "redispatches": "wredis",
    "client_aborts": "cli_abrt",
    "server_aborts": "srv_abrt",
    "internal_errors": "eint",
    "denied_requests": "dreq",
    "denied_responses": "dresp",
    "failed_checks": "chkfail",
    "times_down": "chkdown",
    "bytes_in": "bin",
    "bytes_out": "bout",
}
# Requests that have begun and not ended. A kept-alive client whose connection is closed under its request leaves one
# trace in 2.6: a request that is neither among these nor among the answered.
NOW = {"sessions": "scur"}
# Averages over the last 1024 requests, in ms: not to be summed.
TIMES = {"queue_time": "qtime", "connect_time": "ctime", "response_time": "rtime", "total_time": "ttime"}

Row = t.Dict[str, str]


class Unreadable(ValueError):
    """The text is not what this command answers."""


@dataclasses.dataclass(frozen=True)
class ProcessFacts:
    """C(show info): which process answered, for how many seconds it has run (I(uptime))."""

    version: str
    pid: int
    uptime: int


@dataclasses.dataclass(frozen=True)
class ServerFacts:
    """One server as one HAProxy process saw it at one moment.

    I(state) is what was asked for, I(up) what the checks say; the two are independent of each other.
    """

    backend: str
    server: str
    backend_id: int
    server_id: int
    pid: int
    uptime: int
    admin_state: int
    operational_state: int
    weight: int
    configured_weight: int
    address: str
    port: int
    check_state: int
    check_health: int
    check_port: int
    agent_state: int
    rise: int
    fall: int
    check_status: str
    check_text: str
    tracks: str
    backup: bool
    sessions: int
    queue: int
    sessions_total: int
    can_queue: bool
    has_cookie: bool
    counters: dict[str, int] = dataclasses.field(default_factory=dict)

    @property
    def state(self) -> str:
        """V(ready), V(drain) or V(maint)."""
        if self.admin_state & _MAINTENANCE:
            return "maint"
        return "drain" if self.admin_state & _DRAINING else "ready"

    @property
    def up(self) -> bool:
        """Running (2), or starting (1), as HAProxy calls it during slowstart."""
        return self.operational_state in (1, 2)

    @property
    def serves(self) -> bool:
        """New requests may come here now."""
        return self.state == "ready" and self.up and self.weight > 0

    @property
    def in_flight(self) -> int:
        return self.sessions + self.queue

    @property
    def has_check(self) -> bool:
        return bool(self.check_state & _CONFIGURED)

    @property
    def check_enabled(self) -> bool:
        return self.has_check and bool(self.check_state & ENABLED)

    @property
    def has_agent(self) -> bool:
        return bool(self.agent_state & _CONFIGURED)

    @property
    def agent_enabled(self) -> bool:
        return self.has_agent and bool(self.agent_state & ENABLED)

    @property
    def fresh_check_passed(self) -> bool:
        """The last thing that happened to the checks was a pass.

        A server fresh out of maintenance counts as up, with a health of I(rise), before any check ran. The first pass
        lifts that to rise + fall - 1, each failure takes one off. With C(fall 1) the two are the same number, so there
        it proves something only of a server that was seen down before. False for a server without a check.
        """
        return self.check_enabled and self.up and self.check_health >= self.rise + self.fall - 1

    def check(self) -> dict[str, t.Any]:
        return {
            "configured": self.has_check,
            "enabled": self.check_enabled,
            "status": self.check_status,
            "text": self.check_text,
            "health": self.check_health,
            "rise": self.rise,
            "fall": self.fall,
        }

    def describe(self) -> dict[str, t.Any]:
        """For people and playbooks: the keys that every module returns of a server."""
        return {
            "backend": self.backend,
            "server": self.server,
            "state": self.state,
            "up": self.up,
            "admin_state": self.admin_state,
            "operational_state": self.operational_state,
            "weight": self.weight,
            "address": self.address,
            "port": self.port,
            "sessions": self.sessions,
            "queue": self.queue,
            "check": self.check(),
        }


@dataclasses.dataclass(frozen=True)
class BackendFacts:
    """A backend, its servers in the order of haproxy.cfg, and its own counters."""

    name: str
    servers: tuple[ServerFacts, ...]
    counters: dict[str, int]

    def server(self, name: str) -> ServerFacts | None:
        return next((server for server in self.servers if server.server == name), None)


def parse_info(text: str) -> ProcessFacts:
    """C(show info): lines of C(Name: value)."""
    pairs = dict(line.split(": ", 1) for line in text.splitlines() if ": " in line)
    try:
        return ProcessFacts(version=pairs["Version"], pid=int(pairs["Pid"]), uptime=int(pairs["Uptime_sec"]))
    except (KeyError, ValueError) as error:
        raise Unreadable(f"not an answer to 'show info': {text[:200]!r}") from error


def parse_servers_state(text: str) -> list[Row]:
    """C(show servers state): a version line C(1), a line of column names after a C(#), a line per server."""
    lines = text.split("\n")
    if lines[0].strip() != "1" or len(lines) < 2 or not lines[1].startswith("# "):
        raise Unreadable(f"not an answer to 'show servers state': {text[:200]!r}")
    columns = lines[1][2:].split(" ")
    rows = [line.split(" ") for line in lines[2:] if line]
    return _rows(columns, rows, _STATE_COLUMNS, "show servers state")


def parse_stat(text: str) -> list[Row]:
    """C(show stat): CSV with a line of column names after a C(#)."""
    if not text.startswith("# "):
        raise Unreadable(f"not an answer to 'show stat': {text[:200]!r}")
    columns, *rows = csv.reader(text[2:].splitlines())
    return _rows(columns, rows, _STAT_COLUMNS, "show stat")


def another_process(before: ServerFacts, now: ServerFacts) -> bool:
    """Whether HAProxy was reloaded or restarted between two reads. In a container each process gets the same number."""
    return now.pid != before.pid or now.uptime < before.uptime


def server_facts(state: Row, stat: Row, process: ProcessFacts) -> ServerFacts:
    """One server in I(process), from its row of C(show servers state) and its row of C(show stat)."""
    return ServerFacts(
        backend=state["be_name"],
        server=state["srv_name"],
        backend_id=int(state["be_id"]),
        server_id=int(state["srv_id"]),
        pid=process.pid,
        uptime=process.uptime,
        admin_state=int(state["srv_admin_state"]),
        operational_state=int(state["srv_op_state"]),
        weight=int(state["srv_uweight"]),
        configured_weight=int(state["srv_iweight"]),
        address=state["srv_addr"],
        port=int(state["srv_port"]),
        check_state=int(state["srv_check_state"]),
        check_health=int(state["srv_check_health"]),
        check_port=_number(state, "srv_check_port"),
        agent_state=int(state["srv_agent_state"]),
        rise=_number(stat, "check_rise"),
        fall=_number(stat, "check_fall"),
        # "* L7OK" while a check runs.
        check_status=stat.get("check_status", "").lstrip("* "),
        check_text=stat.get("last_chk", ""),
        tracks=stat.get("tracked", ""),
        backup=_number(stat, "bck") == 1,
        sessions=int(stat["scur"]),
        queue=int(stat["qcur"]),
        sessions_total=int(stat["stot"]),
        # Without a maxconn on its line a server never holds a request back.
        can_queue=stat.get("slim", "") not in ("", "0"),
        has_cookie=stat.get("cookie", "") != "",
        counters=counters(stat),
    )


def counters(stat: Row) -> dict[str, int]:
    """A row's COUNTERS, NOW and TIMES; what a row of its kind does not count is 0."""
    return {name: _number(stat, column) for name, column in {**COUNTERS, **NOW, **TIMES}.items()}


def _rows(columns: list[str], rows: list[list[str]], needed: t.Iterable[str], command: str) -> list[Row]:
    missing = sorted(set(needed) - set(columns))
    if missing:
        raise Unreadable(f"'{command}' does not have {', '.join(missing)}: is this HAProxy 2.4 or newer?")
    if any(len(row) != len(columns) for row in rows):
        raise Unreadable(f"'{command}' has rows whose length differs from its {len(columns)} columns")
    return [dict(zip(columns, row)) for row in rows]


def _number(row: Row, column: str) -> int:
    return int(row.get(column) or 0)
