# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the container tests share: a real engine of their own, and images made without a registry."""

from __future__ import annotations

import contextlib
import io
import json
import tarfile
import tempfile
import typing as t
from pathlib import Path

import docker
import pytest
from private_engine import PrivateEngine, missing

BUSYBOX = Path("/bin/busybox")
APPLETS = ("sh", "sleep", "cat", "echo", "env", "false", "httpd", "id", "kill", "nc", "touch", "true", "wget")


@pytest.fixture(scope="session")
def private_engine() -> t.Iterator[PrivateEngine]:
    """The engine as a machine: C(inside) to reach its published ports, C(stop_engine)/C(start_engine) to restart it."""
    if lacks := missing():
        pytest.fail("A Docker engine for the container tests needs " + ", ".join(lacks), pytrace=False)
    with tempfile.TemporaryDirectory(prefix="zero-downtime-engine-", ignore_cleanup_errors=True) as folder:
        engine = PrivateEngine(Path(folder))
        try:
            engine.start()
            yield engine
        finally:
            engine.stop()


@pytest.fixture(scope="session")
def engine_socket(private_engine: PrivateEngine) -> str:
    """The engine's address as docker_host wants it: C(unix://...)."""
    return private_engine.url


@pytest.fixture(scope="session")
def engine(engine_socket: str) -> t.Iterator[docker.APIClient]:
    client = docker.APIClient(base_url=engine_socket, version="auto", timeout=60)
    yield client
    client.close()


@pytest.fixture(scope="session")
def image(engine: docker.APIClient) -> t.Callable[..., str]:
    """Make an image of busybox: C(image("app:1", CMD=["httpd", "-f"], ENV={"A": "1"}, USER="1000")).

    Each keyword is a Dockerfile instruction; a list is written as JSON, a dict as one instruction per entry.
    """
    engine.import_image_from_data(_root_of_busybox(), repository="busybox", tag="offline")

    def make(name: str, **config: t.Any) -> str:
        lines = ["FROM busybox:offline", *(line for key, value in config.items() for line in _instruction(key, value))]
        reply = list(engine.build(fileobj=io.BytesIO("\n".join(lines).encode()), tag=name, rm=True, decode=True))
        if errors := [line["error"] for line in reply if "error" in line]:
            raise RuntimeError(f"building {name}: {errors}")
        return name

    return make


@pytest.fixture
def clean_engine(engine: docker.APIClient) -> t.Iterator[docker.APIClient]:
    """The engine, without the containers, volumes and networks that the test leaves."""
    yield engine
    for container in engine.containers(all=True):
        with contextlib.suppress(docker.errors.NotFound):  # see Service.containers of test_swap.py
            engine.remove_container(container["Id"], force=True, v=True)
    for volume in engine.volumes()["Volumes"] or []:
        engine.remove_volume(volume["Name"], force=True)
    for network in engine.networks():
        if network["Name"] not in ("bridge", "host", "none"):
            engine.remove_network(network["Id"])


def _instruction(key: str, value: t.Any) -> list[str]:
    if isinstance(value, dict):
        return [f"{key} {name}={json.dumps(text)}" for name, text in value.items()]
    return [f"{key} {json.dumps(value) if isinstance(value, list) else value}"]


def _root_of_busybox() -> bytes:
    """A root file system as tar: busybox and the links to it."""
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as tar:
        for folder in ("bin", "etc", "tmp", "var"):
            entry = tarfile.TarInfo(folder)
            entry.type, entry.mode = tarfile.DIRTYPE, 0o1777 if folder == "tmp" else 0o755
            tar.addfile(entry)
        tar.add(BUSYBOX, "bin/busybox")
        for applet in APPLETS:
            entry = tarfile.TarInfo(f"bin/{applet}")
            entry.type, entry.linkname = tarfile.SYMTYPE, "busybox"
            tar.addfile(entry)
        for name, text in (
            ("etc/passwd", "root:x:0:0::/:/bin/sh\napp:x:1000:1000::/:/bin/sh\n"),
            ("etc/group", "root:x:0:\napp:x:1000:\n"),
        ):
            entry = tarfile.TarInfo(name)
            entry.size = len(text)
            tar.addfile(entry, io.BytesIO(text.encode()))
    return data.getvalue()
