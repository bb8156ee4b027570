# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A service to roll: answers /hello, /slow (0.8 s), /long (4 s), /ping; drops everything when it is killed.

Usage: backend.py PORT NAME READY_AFTER. For READY_AFTER seconds all but /ping, which says 503, answers 500: a request
that comes too early is a lost one.
"""

from __future__ import annotations

import asyncio
import sys
import time

_PAUSES = {"/slow": 0.8, "/long": 4.0}


async def main(port: int, name: str, ready_after: float) -> None:
    ready_at = time.monotonic() + ready_after

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                path = head.split(" ", 2)[1]
                early = time.monotonic() < ready_at
                if not early:
                    await asyncio.sleep(_PAUSES.get(path, 0))
                status = 200 if not early else 503 if path == "/ping" else 500
                writer.write(f"HTTP/1.1 {status} X\r\nContent-Length: {len(name)}\r\n\r\n{name}".encode())
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", port, backlog=1024) as server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2], float(sys.argv[3])))
