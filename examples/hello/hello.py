# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A service that leaves politely, and its bad siblings. Nothing but Python 3.9 or newer is needed.

GET /hello           200, who answers in which version, as JSON and in the header X-Version
GET /hello?sleep=3   the same after 3 s
POST /hello          the same, with the length of what was sent
GET /ping            200: give me requests; 503: no more of them, please

On SIGTERM: /ping says 503 at once, so that a load balancer looks elsewhere; for GRACE seconds everything is still
answered; then no new connection is accepted, requests in flight are finished, exit 0.

Environment: VERSION, BEHAVIOUR, PORT (8080), GRACE (1 s), BOOT (5 s, of slow-boot), LIFE (5 s, of flaps).
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import sys
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

VERSION = os.environ.get("VERSION", "dev")
HOST = socket.gethostname()
PORT = int(os.environ.get("PORT", "8080"))
GRACE = float(os.environ.get("GRACE", "1"))
BOOT = float(os.environ.get("BOOT", "5"))
LIFE = float(os.environ.get("LIFE", "5"))


@dataclass(frozen=True)
class Behaviour:
    boot: float = 0  # s until it listens
    crash: bool = False  # exit 3 instead of listening
    life: float | None = None  # s after which it dies by itself
    ping: int = 200
    hello: int = 200
    on_term: str = "finish"  # or die, or ignore
    linger: float = 0  # s between the last answer and the exit


BEHAVIOURS = {
    "good": Behaviour(),
    "dies": Behaviour(on_term="die"),
    "ignores": Behaviour(on_term="ignore"),
    "slow-boot": Behaviour(boot=BOOT),
    "slow-stop": Behaviour(linger=8),
    "crashes": Behaviour(crash=True),
    "never-healthy": Behaviour(ping=503),
    "answers-500": Behaviour(hello=500),
    "flaps": Behaviour(life=LIFE),
}

REASONS = {200: "OK", 400: "Bad Request", 404: "Not Found", 500: "Internal Server Error", 503: "Service Unavailable"}


class Service:
    def __init__(self, behaviour: Behaviour) -> None:
        self.behaviour = behaviour
        self.leaving = asyncio.Event()
        self.quiet = asyncio.Event()  # no request is in flight
        self.quiet.set()
        self.in_flight = 0

    async def run(self) -> None:
        self.handle_signals()
        if self.behaviour.crash:
            log("cannot read the settings, giving up")
            sys.exit(3)
        if await self.told_to_leave(within=self.behaviour.boot):
            return
        server = await asyncio.start_server(self.serve, port=PORT, backlog=4096)
        log(f"version {VERSION} listens on port {PORT}")
        if not await self.told_to_leave(within=self.behaviour.life):
            log("out of luck")
            os._exit(1)
        log(f"leaving, still serving for {GRACE:g} s")
        await asyncio.sleep(GRACE)
        server.close()
        await self.quiet.wait()
        await asyncio.sleep(self.behaviour.linger)
        log("gone")

    def handle_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            if self.behaviour.on_term == "ignore":
                signal.signal(number, signal.SIG_IGN)
            elif self.behaviour.on_term == "die":
                loop.add_signal_handler(number, os._exit, 143)
            else:
                loop.add_signal_handler(number, self.leaving.set)

    async def told_to_leave(self, within: float | None) -> bool:
        if within == 0:
            return self.leaving.is_set()
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self.leaving.wait(), within)
        return self.leaving.is_set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection: request after request, until somebody has enough."""
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            keep = True
            while keep:
                head = await reader.readuntil(b"\r\n\r\n")
                self.started()
                try:
                    keep = await self.answer(head, reader, writer)
                    await writer.drain()
                finally:
                    self.finished()
        writer.close()

    def started(self) -> None:
        self.in_flight += 1
        self.quiet.clear()

    def finished(self) -> None:
        self.in_flight -= 1
        if not self.in_flight:
            self.quiet.set()

    async def answer(self, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Whether the connection may stay."""
        try:
            request, *lines = head.decode("latin-1").rstrip().split("\r\n")
            method, target, protocol = request.split(" ")
            headers = {name.lower(): value.strip() for name, value in (line.split(":", 1) for line in lines)}
            sent = await length_of_body(headers, reader, writer)
            status, said = await self.reply(target)
        except ValueError:
            method, protocol, headers, sent, status, said = "GET", "", {}, 0, 400, {"error": "no such request"}
        if method == "POST":
            said["length"] = sent
        default = "keep-alive" if protocol == "HTTP/1.1" else "close"
        keep = headers.get("connection", default).lower() == "keep-alive" and not self.leaving.is_set()
        body = (json.dumps(said) + "\n").encode()
        writer.write(
            f"HTTP/1.1 {status} {REASONS[status]}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\nX-Version: {VERSION}\r\n"
            f"Connection: {'keep-alive' if keep else 'close'}\r\n\r\n".encode()
            + (body if method != "HEAD" else b"")
        )
        return keep

    async def reply(self, target: str) -> tuple[int, dict[str, object]]:
        url = urlsplit(target)
        if url.path == "/ping":
            status = 503 if self.leaving.is_set() else self.behaviour.ping
            return status, {"ping": REASONS[status]}
        if url.path != "/hello":
            return 404, {"error": "there is /hello and /ping"}
        await asyncio.sleep(float(parse_qs(url.query).get("sleep", ["0"])[0]))
        return self.behaviour.hello, {"hello": "world", "version": VERSION, "host": HOST}


async def length_of_body(headers: dict[str, str], reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> int:
    """Read it to its end: what is left over would be taken for the next request."""
    if headers.get("expect", "").lower() == "100-continue":
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    if headers.get("transfer-encoding", "").lower() != "chunked":
        length = int(headers.get("content-length", "0"))
        await skip(reader, length)
        return length
    total = 0
    while True:
        size = int((await reader.readuntil(b"\r\n")).split(b";")[0], 16)
        await skip(reader, size + 2)
        if size == 0:
            return total
        total += size


async def skip(reader: asyncio.StreamReader, length: int) -> None:
    while length > 0:
        piece = await reader.read(min(length, 64 * 1024))
        if not piece:
            raise ConnectionResetError("the body ended early")
        length -= len(piece)


def log(message: str) -> None:
    print(f"hello: {message}", flush=True)


if __name__ == "__main__":
    name = os.environ.get("BEHAVIOUR") or "good"
    if name not in BEHAVIOURS:
        sys.exit(f"BEHAVIOUR is {name!r}, it must be one of {', '.join(BEHAVIOURS)}")

    async def main() -> None:
        await Service(BEHAVIOURS[name]).run()

    asyncio.run(main())
