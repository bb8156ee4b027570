# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: it may change without notice.
"""One HAProxy process: facts to read and commands to send, each answer checked."""

from __future__ import annotations

import typing as t

from ansible_collections.zero.downtime.plugins.module_utils._clock import Clock
from ansible_collections.zero.downtime.plugins.module_utils._haproxy import names, replies, stats
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.replies import HAProxyError, NoAnswer, NotFound
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.stats import (
    BackendFacts,
    ProcessFacts,
    Row,
    ServerFacts,
)
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.tls import Tls
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.transport import CommandSocket

Parsed = t.TypeVar("Parsed")

_FRONTEND_ROW = "0"
_BACKEND_ROW = "1"
_SERVER_ROW = "2"
# Where show stat is asked for a backend: by number, because a frontend of the same name would answer for it; once more,
# because a reload between two reads changes the numbers; then everywhere, because a proxy may be named so.
_SCOPES = ("{be_id}", "{be_id}", "-1")


class Runtime:
    """The process behind I(socket), a path or C(host:port); with I(worker), an old one that its master keeps."""

    def __init__(
        self,
        socket: str,
        timeout: float = 5.0,
        clock: Clock | None = None,
        *,
        worker: int | None = None,
        tls: Tls | None = None,
    ) -> None:
        self.socket = socket
        self._clock = clock or Clock()
        self._cli = CommandSocket(socket, timeout, self._clock, worker=worker, tls=tls)
        self._ids: dict[tuple[str, str], tuple[int, int]] = {}

    def info(self) -> ProcessFacts:
        (text,) = self._read("show info")
        return self._parse("show info", stats.parse_info, text)

    def backends(self) -> list[BackendFacts]:
        """Every backend that has a server."""
        return self._backends("show servers state", "show stat -1 6 -1")

    def backend(self, backend: str) -> BackendFacts:
        """One backend, its servers read together; NotFound names the backends that there are."""
        command = f"show servers state {names.name('backend', backend)}"
        for scope in _SCOPES:
            try:
                rows = self._state_rows(command)
            except NotFound as error:
                others = sorted({each.name for each in self.backends()})
                raise self._not_found("backend", backend, others, command, error.details["reply"]) from error
            if not rows:
                raise NotFound(
                    f"Backend {backend} at {self.socket} has no servers ('{command}')",
                    socket=self.socket,
                    command=command,
                )
            found = self._backends(command, f"show stat {scope.format(**rows[0])} 6 -1")
            if found:
                return found[0]
        raise self._keeps_changing(backend)

    def server(self, backend: str, server: str) -> ServerFacts:
        """One server, read in one go with its process; NotFound names the servers that there are."""
        key = (names.name("backend", backend), names.name("server", server))
        for scope in _SCOPES:
            ids = self._ids.get(key)
            if ids is None:
                found = self.backend(backend).server(server)
                if found is None:
                    others = [each.server for each in self.backend(backend).servers]
                    command = f"show servers state {backend}"
                    raise self._not_found(f"server in backend {backend}", server, others, command)
                self._ids[key] = ids = (found.backend_id, found.server_id)
            facts = self._server(key, ids, scope.format(be_id=ids[0]))
            if facts is not None:
                return facts
            del self._ids[key]
        raise self._keeps_changing(f"{backend}/{server}")

    def idle_clients(self) -> int:
        """Client connections without a request on them, at least."""
        command = "show stat -1 3 -1"
        (text,) = self._read(command)
        rows = self._parse(command, stats.parse_stat, text)
        frontends = sum(int(row["scur"]) for row in rows if row["type"] == _FRONTEND_ROW)
        return max(0, frontends - sum(int(row["scur"]) for row in rows if row["type"] == _BACKEND_ROW))

    def change(self, *commands: str) -> None:
        """Run I(commands), which print nothing when done, in one line: nothing comes between them."""
        line = "; ".join(commands)
        replies.demand_done(self.socket, line, self._cli.ask(*commands))

    def demand_admin(self) -> None:
        """NoPermission where C(change) would be refused."""
        replies.demand_admin(self.socket, self._cli.ask("show cli level"))

    def raw_servers_state(self) -> str:
        """All of C(show servers state), as a state file holds it."""
        command = "show servers state"
        (text,) = self._read(command)
        self._parse(command, stats.parse_servers_state, text)
        return text

    def _server(self, key: tuple[str, str], ids: tuple[int, int], scope: str) -> ServerFacts | None:
        """None when I(ids) are not, or no longer, those of the server."""
        commands = ("show info", f"show servers state {key[0]}", f"show stat {scope} 4 {ids[1]}")
        info, state_text, stat_text = self._read(*commands)
        process = self._parse(commands[0], stats.parse_info, info)
        states = [
            row
            for row in self._parse(commands[1], stats.parse_servers_state, state_text)
            if row["srv_name"] == key[1] and (int(row["be_id"]), int(row["srv_id"])) == ids
        ]
        rows = [
            row
            for row in self._parse(commands[2], stats.parse_stat, stat_text)
            if (row["pxname"], row["svname"]) == key
        ]
        if not states or not rows:
            return None
        return self._parse(commands[2], lambda _text: stats.server_facts(states[0], rows[0], process), stat_text)

    def _backends(self, state_command: str, stat_command: str) -> list[BackendFacts]:
        commands = ("show info", state_command, stat_command)
        info, state_text, stat_text = self._read(*commands)
        process = self._parse(commands[0], stats.parse_info, info)
        states = self._parse(state_command, stats.parse_servers_state, state_text)
        return self._parse(stat_command, lambda text: _join(states, stats.parse_stat(text), process), stat_text)

    def _state_rows(self, command: str) -> list[Row]:
        (text,) = self._read(command)
        return self._parse(command, stats.parse_servers_state, text)

    def _read(self, *commands: str) -> list[str]:
        """The answers of I(commands), in order; each ends with an empty line."""
        answers = self._cli.ask(*commands).split("\n\n")
        for command, answer in zip(commands, answers):
            if not answer.strip():
                # When a worker ends between two commands of a line, the master answers nothing to the rest.
                raise NoAnswer(
                    f"HAProxy at {self.socket} gave no answer to '{command}'", socket=self.socket, command=command
                )
            # All that we read begins with a column line or "Name: ".
            if not answer.startswith(("#", "1\n#", "Name:")):
                raise replies.refusal(self.socket, command, answer)
        if len(answers) != len(commands) + 1:
            raise replies.refusal(self.socket, "; ".join(commands), answers[-1])
        return answers[:-1]

    def _parse(self, command: str, parse: t.Callable[[str], Parsed], text: str) -> Parsed:
        try:
            return parse(text)
        except (ValueError, KeyError) as error:
            raise HAProxyError(
                f"HAProxy at {self.socket} gave an unreadable answer to '{command}': {error}",
                socket=self.socket,
                command=command,
                reply=text[:300],
            ) from error

    def _keeps_changing(self, what: str) -> HAProxyError:
        return HAProxyError(f"HAProxy at {self.socket} changes {what} faster than it can be read", socket=self.socket)

    def _not_found(self, what: str, name: str, others: list[str], command: str, reply: str = "") -> NotFound:
        """I(reply): the refusal, if there was one; otherwise I(command) was answered with the others."""
        some = ", ".join(others[:10]) + (", ..." if len(others) > 10 else "")
        answer = f": {reply.rstrip('.')}" if reply else ""
        return NotFound(
            f"HAProxy at {self.socket} has no {what} named '{name}'; there are: {some or 'none'} ('{command}'{answer})",
            socket=self.socket,
            command=command,
            known=others[:10],
            **({"reply": reply} if reply else {}),
        )


def _join(states: list[Row], rows: list[Row], process: ProcessFacts) -> list[BackendFacts]:
    """Backends in the order of haproxy.cfg; a server between two reads of which only one knows it is left out."""
    servers: dict[str, list[ServerFacts]] = {}
    by_name = {(row["pxname"], row["svname"]): row for row in rows if row["type"] == _SERVER_ROW}
    for state in states:
        row = by_name.get((state["be_name"], state["srv_name"]))
        if row is not None:
            servers.setdefault(state["be_name"], []).append(stats.server_facts(state, row, process))
    totals = {row["pxname"]: stats.counters(row) for row in rows if row["type"] == _BACKEND_ROW}
    return [BackendFacts(name, tuple(found), totals.get(name, {})) for name, found in servers.items()]
