# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: it may change without notice.
"""One connection, one line, one whole answer: how a HAProxy process is asked."""

from __future__ import annotations

import contextlib
import errno
import re
import socket
import typing as t

from ansible.module_utils.common.text.converters import to_bytes, to_text
from ansible_collections.zero.downtime.plugins.module_utils._clock import Clock, Deadline
from ansible_collections.zero.downtime.plugins.module_utils._errors import ZeroDowntimeError
from ansible_collections.zero.downtime.plugins.module_utils._haproxy import names
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.replies import (
    HAProxyError,
    NoAnswer,
    NotTrusted,
    Retired,
    Unreachable,
)
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.tls import NO_TLS, Tls, verdict, words

# All that our commands are made of. A ; or a line break would start another command (up to 2.8), a \ would hide one.
_SAFE = re.compile(r"[A-Za-z0-9_.:/@!%# -]+\Z")
_TCP = re.compile(rf"(\[{names.IPV6}\]|{names.HOST}):([0-9]{{1,5}})\Z")

Answer = t.TypeVar("Answer")


class BadAddress(ZeroDowntimeError):
    """Neither an absolute path nor host:port."""


def parse_address(address: str) -> str | tuple[str, int]:
    """What to connect to: the path of a unix socket, or C((host, port))."""
    if address.startswith("/") and "\0" not in address:
        return address
    match = _TCP.match(address)
    if match and 0 < int(match.group(2)) < 65536:
        return match.group(1).strip("[]"), int(match.group(2))
    raise BadAddress(
        f"'{address}' is not a valid HAProxy socket: give an absolute path or host:port (an IPv6 address in "
        "[brackets])",
        socket=address,
    )


def patiently(ask: t.Callable[[], Answer], clock: Clock, seconds: float = 2.0) -> Answer:
    """Ask again for a few I(seconds) while HAProxy, or its master, restarts or reloads."""
    deadline = Deadline(seconds, clock)
    while True:
        try:
            return ask()
        except (Unreachable, NoAnswer, Retired):
            if deadline.expired:
                raise
            deadline.pause(0.2)


class CommandSocket:
    """The Runtime API of one process.

    I(worker) makes it the one old worker that the master process behind I(address) still keeps. I(tls) is for
    C(host:port), not for a path.
    """

    def __init__(
        self,
        address: str,
        timeout: float = 5.0,
        clock: Clock | None = None,
        *,
        worker: int | None = None,
        tls: Tls | None = None,
    ) -> None:
        self.address = address
        self.timeout = timeout
        self._clock = clock or Clock()
        self._peer = parse_address(address)
        self._tls = None if isinstance(self._peer, str) else tls
        self._hint = "" if isinstance(self._peer, str) else " Does it want TLS (tls: true)?"
        if self._tls:
            self._hint = " Does it ask for a client certificate (tls_client_cert)?"
        # The prefix holds for one command, not for the line.
        self._prefix = "" if worker is None else f"@!{worker} "

    def ask(self, *commands: str) -> str:
        """Send I(commands) as one line, which HAProxy runs to its end whatever one of them prints; return it all."""
        for command in commands:
            if not _SAFE.match(command):
                raise HAProxyError(f"{command!r} is not sent to HAProxy: it holds more than names and numbers")
        line = "; ".join(self._prefix + command for command in commands)
        deadline = Deadline(self.timeout, self._clock)
        with self._secured(self._connect(line, deadline), line, deadline) as connection:
            try:
                _send(connection, line)
                reply = self._read(connection, deadline)
            except OSError as error:
                # From TLS 1.3 on a client's certificate is verified after the handshake.
                self._demand_trust(line, error)
                raise self._silent(line, f"{_reason(error)} after {deadline.elapsed:.1f} s") from error
        if not _whole(reply):
            raise self._silent(line, f"the answer broke off after {len(reply)} characters: {reply[-60:]!r}")
        return reply

    def _connect(self, line: str, deadline: Deadline) -> socket.socket:
        try:
            *others, last = self._addresses()
            for tried, place in enumerate(others):
                share = deadline.remaining / (len(others) + 1 - tried)
                with contextlib.suppress(OSError):
                    return self._connect_to(place, Deadline(share, self._clock))
            return self._connect_to(last, deadline)
        except OSError as error:
            raise Unreachable(
                f"Could not connect to HAProxy at {self.address} for '{line}': {_reason(error)}; {_advice(error)}",
                socket=self.address,
                command=line,
            ) from error

    def _addresses(self) -> list[tuple[int, t.Any]]:
        """Family and address of each place to find HAProxy at. C(localhost) may be C(::1) before C(127.0.0.1)."""
        if isinstance(self._peer, str):
            return [(socket.AF_UNIX, self._peer)]
        return [(each[0], each[4]) for each in socket.getaddrinfo(*self._peer, type=socket.SOCK_STREAM)]

    @staticmethod
    def _connect_to(place: tuple[int, t.Any], deadline: Deadline) -> socket.socket:
        family, peer = place
        while True:
            connection = socket.socket(family, socket.SOCK_STREAM)
            try:
                connection.settimeout(deadline.remaining or 0.001)
                connection.connect(peer)
                return connection
            except OSError as error:
                connection.close()
                # When its backlog is full, a unix socket fails with EAGAIN at once instead of waiting.
                if error.errno != errno.EAGAIN or deadline.expired:
                    raise
                deadline.pause(0.05)

    def _secured(self, connection: socket.socket, line: str, deadline: Deadline) -> socket.socket:
        if self._tls is None:
            return connection
        try:
            connection.settimeout(deadline.remaining or 0.001)
            return self._tls.over(connection, self._peer[0])
        except OSError as error:
            self._demand_trust(line, error)
            raise NoAnswer(
                f"HAProxy at {self.address} accepted the connection for '{line}', but not a TLS handshake: "
                f"{_reason(error)} after {deadline.elapsed:.1f} s; {NO_TLS}",
                socket=self.address,
                command=line,
            ) from error

    def _demand_trust(self, line: str, error: OSError) -> None:
        wrong = verdict(error)
        if wrong:
            raise NotTrusted(
                f"No TLS with HAProxy at {self.address} for '{line}': {wrong}", socket=self.address, command=line
            ) from error

    def _read(self, connection: socket.socket, deadline: Deadline) -> str:
        chunks: list[bytes] = []
        while True:
            # The whole answer has one deadline: a byte a second must not keep us here.
            connection.settimeout(deadline.remaining or 0.001)
            chunk = connection.recv(65536)
            if not chunk:
                return to_text(b"".join(chunks), errors="surrogate_or_replace")
            chunks.append(chunk)

    def _silent(self, line: str, what: str) -> NoAnswer:
        return NoAnswer(
            f"HAProxy at {self.address} gave no complete answer to '{line}': {what}; "
            f"is this a stats socket, and is HAProxy alive with sessions left on it (stats maxconn)?{self._hint}",
            socket=self.address,
            command=line,
        )


def _send(connection: socket.socket, line: str) -> None:
    """Send the line and its end. A hang-up is not a failure yet, because the reason may be there to be read."""
    try:
        connection.sendall(to_bytes(line + "\n"))
        # A master never closes by itself; a worker accepts this. SSLSocket's own shutdown would read on without TLS.
        socket.socket.shutdown(connection, socket.SHUT_WR)
    except OSError as error:
        if error.errno not in (errno.EPIPE, errno.ECONNRESET, errno.ENOTCONN):
            raise


def _whole(reply: str) -> bool:
    """Each answer ends with an empty line, except the master's that a worker is gone."""
    return reply.endswith("\n\n") or (reply != "" and not reply.strip()) or reply.startswith("Can't find the target")


def _reason(error: OSError) -> str:
    return "timed out" if isinstance(error, socket.timeout) else words(error)


def _advice(error: OSError) -> str:
    if error.errno in (errno.EACCES, errno.EPERM):
        return "run this as root (become) or as a member of the socket's group"
    if error.errno == errno.ENOENT:
        return "is HAProxy running, and is this its 'stats socket'?"
    return "is HAProxy running?"
