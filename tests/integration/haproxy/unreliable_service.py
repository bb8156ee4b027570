# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A service that ends a request in each way there is, and a client that says what it got."""

from __future__ import annotations

import contextlib
import socket
import socketserver
import struct
import threading
import time
import typing as t

_WHOLE = b"HTTP/1.1 %d X\r\nContent-Length: 2\r\n\r\nok"
_HALF = b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\nhello"
_HALF_CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"


def reset(connection: socket.socket) -> None:
    """Close with a RST instead of a FIN, as a kernel does for a killed process with unread data."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


class _Handler(socketserver.BaseRequestHandler):
    request: socket.socket

    def handle(self) -> None:
        with contextlib.suppress(OSError):
            while path := _read_request(self.request):
                if not self._answer(path.rsplit("/", 1)[-1]):
                    return

    def _answer(self, way: str) -> bool:
        """Whether the connection goes on."""
        if way.isdigit():
            self.request.sendall(_WHOLE % int(way))
            return True
        if way.startswith("cut"):
            self.request.sendall(_HALF_CHUNKED if "chunked" in way else _HALF)
            time.sleep(0.05)
        if "hang" in way:
            time.sleep(2)
        if "rst" in way:
            reset(self.request)
        return False


@contextlib.contextmanager
def service() -> t.Iterator[int]:
    """Its port. The last part of a path says how the request ends: a status, fin, rst, hang, cut-..."""

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        request_queue_size = 128

    with Server(("127.0.0.1", 0), _Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=[0.05])
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


def ask(client: socket.socket, way: str) -> str:
    """What came: a status; C(cut), a status and half a body; C(nothing), the connection was closed."""
    client.settimeout(10)
    answer = b""
    with contextlib.suppress(ConnectionResetError):
        client.sendall(f"GET /{way} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        while not _is_whole(answer):
            chunk = client.recv(65536)
            if not chunk:
                break
            answer += chunk
    if not answer:
        return "nothing"
    return answer.split()[1].decode() if _is_whole(answer) else "cut"


def _is_whole(answer: bytes) -> bool:
    head, found, body = answer.partition(b"\r\n\r\n")
    if b"chunked" in head.lower():
        return body.endswith(b"0\r\n\r\n")
    length = head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0]
    return bool(found) and len(body) >= int(length or 0)


def _read_request(connection: socket.socket) -> str:
    head = b""
    while b"\r\n\r\n" not in head:
        chunk = connection.recv(65536)
        if not chunk:
            return ""
        head += chunk
    return head.split()[1].decode()
