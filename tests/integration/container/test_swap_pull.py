# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""container_swap with a real registry: tags that move, digests that don't, and a login."""

from __future__ import annotations

import contextlib
import json
import subprocess
import time
import typing as t
from pathlib import Path

import docker
import pytest
from ansible_collections.zero.downtime.plugins.module_utils._clock import Clock
from ansible_collections.zero.downtime.plugins.module_utils._container.change.journal import Store
from ansible_collections.zero.downtime.plugins.module_utils._container.change.request import Request
from ansible_collections.zero.downtime.plugins.module_utils._container.change.swap import Swap
from ansible_collections.zero.downtime.plugins.module_utils._container.engine.client import Engine, EngineError

OPEN, LOCKED = 5000, 5001
REPOSITORY = f"127.0.0.1:{OPEN}/team/app"
LOGIN = {"username": "me", "password": "correct-horse-battery"}
SLEEP = ["sleep", "3600"]


@pytest.fixture(scope="module")
def registry(private_engine: t.Any, tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[None]:
    """One storage, served openly and behind a password, where the engine finds it on loopback."""
    folder = tmp_path_factory.mktemp("registry")
    users = folder / "htpasswd"
    users.write_text(subprocess.check_output(["htpasswd", "-Bbn", *LOGIN.values()], text=True))
    auth = {OPEN: {}, LOCKED: {"auth": {"htpasswd": {"realm": "test", "path": str(users)}}}}
    with contextlib.ExitStack() as running:
        for port, more in auth.items():
            running.enter_context(_serving(private_engine, folder, port, more))
        yield


@contextlib.contextmanager
def _serving(private_engine: t.Any, folder: Path, port: int, more: dict[str, t.Any]) -> t.Iterator[None]:
    storage = {"filesystem": {"rootdirectory": str(folder / "storage")}}
    settings, log = folder / f"{port}.yml", folder / f"{port}.log"
    settings.write_text(
        json.dumps({"version": "0.1", "storage": storage, "http": {"addr": f"127.0.0.1:{port}"}, **more})
    )
    with log.open("wb") as file:
        process = subprocess.Popen(
            [*private_engine.inside, "docker-registry", "serve", settings], stdout=file, stderr=file
        )
    try:
        deadline = time.monotonic() + 20
        while "listening on" not in log.read_text():
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.1)
        yield
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def publish(registry: None, clean_engine: docker.APIClient, image: t.Callable[..., str]) -> t.Callable[[str, str], str]:
    """Put a version under a tag of the registry, and not under that of the engine. Returns its digest."""

    def push(tag: str, version: str) -> str:
        image(f"{REPOSITORY}:{tag}", CMD=SLEEP, ENV={"VERSION": version})
        for line in clean_engine.push(REPOSITORY, tag, stream=True, decode=True):
            assert "error" not in line, line
        digest = next(entry.split("@")[1] for entry in clean_engine.inspect_image(f"{REPOSITORY}:{tag}")["RepoDigests"])
        clean_engine.remove_image(f"{REPOSITORY}:{tag}")
        return digest

    return push


@pytest.fixture
def ask(engine_socket: str, tmp_path: Path) -> t.Callable[..., dict[str, t.Any]]:
    def run(
        *, check_mode: bool = False, credentials: dict[str, str] | None = None, **params: t.Any
    ) -> dict[str, t.Any]:
        health = {"successes": 2, "interval": 0.1}
        request = Request.of({"name": "web", "stop_timeout": 0, "health": health, **params}, check_mode=check_mode)
        engine = Engine(docker.APIClient(base_url=engine_socket), credentials)
        return Swap(request, engine, Store(str(tmp_path), "web"), Clock()).run()

    return run


def test_tag_that_moves(publish: t.Callable[[str, str], str], ask: t.Callable[..., dict[str, t.Any]]) -> None:
    first = publish("latest", "1")
    result = ask(image=REPOSITORY)
    assert result["actions"][0] == f"pull {REPOSITORY}:latest"
    assert (result["digest"], result["image"]) == (first, f"{REPOSITORY}@{first}")
    assert not ask(image=REPOSITORY)["changed"]

    second = publish("latest", "2")
    foretold = ask(image=REPOSITORY, pull="always", check_mode=True)
    assert (foretold["changed"], foretold["digest"], foretold["image_id"]) == (True, second, "")
    assert foretold["diff"]["before"]["digest"] == first
    assert foretold["diff"]["after"]["digest"] == second

    prepared = ask(image=REPOSITORY, pull="always", prepare=True)
    assert (prepared["changed"], prepared["swap_needed"], prepared["digest"]) == (True, True, second)
    assert ask(image=REPOSITORY, pull="always")["digest"] == second
    again = ask(image=REPOSITORY, pull="always")
    assert (again["changed"], again["swap_needed"], again["actions"]) == (False, False, [])
    assert again["previous"]["image"] == f"{REPOSITORY}@{first}"


@pytest.mark.parametrize("tag", ["", ":v1"])
def test_pinned_image(publish: t.Callable[[str, str], str], ask: t.Callable[..., dict[str, t.Any]], tag: str) -> None:
    digest = publish("v1", f"pinned{tag}")
    publish("v1", "moved on")
    pin = f"{REPOSITORY}{tag}@{digest}"
    foretold = ask(image=pin, check_mode=True)
    assert foretold["image"] == pin
    assert ask(image=pin)["image"] == pin
    assert not ask(image=pin, pull="always")["changed"]
    assert not ask(image=pin, pull="always", check_mode=True)["changed"]


def test_old_images_go_with_their_containers(
    publish: t.Callable[[str, str], str], ask: t.Callable[..., dict[str, t.Any]], engine: docker.APIClient
) -> None:
    digests = [publish(tag, f"of {tag}") for tag in ("v1", "v2", "v3")]
    for tag in ("v1", "v2", "v3"):
        result = ask(image=f"{REPOSITORY}:{tag}", keep=1)
    assert result["actions"][-1].startswith("remove image")
    have = {entry for each in engine.images() for entry in each["RepoDigests"] or []}
    assert [f"{REPOSITORY}@{digest}" in have for digest in digests] == [False, True, True]


def test_image_that_does_not_exist_stops_nothing(
    publish: t.Callable[[str, str], str], ask: t.Callable[..., dict[str, t.Any]], engine: docker.APIClient
) -> None:
    publish("v1", "1")
    ask(image=f"{REPOSITORY}:v1")
    for check_mode in (True, False):
        with pytest.raises(EngineError, match=f"{REPOSITORY}:v9") as failure:
            ask(image=f"{REPOSITORY}:v9", check_mode=check_mode)
        assert failure.value.details["changed"] is False
        assert failure.value.details["container"]["state"] == "running"


def test_registry_with_a_login(publish: t.Callable[[str, str], str], ask: t.Callable[..., dict[str, t.Any]]) -> None:
    publish("v1", "1")
    locked = f"127.0.0.1:{LOCKED}/team/app:v1"
    for credentials in (None, {**LOGIN, "password": "wrong-horse-battery"}):
        for check_mode in (True, False):
            with pytest.raises(EngineError, match=r"(?i)auth") as failure:
                ask(image=locked, credentials=credentials, check_mode=check_mode)
            assert "horse" not in str(failure.value)
    assert ask(image=locked, credentials=LOGIN, check_mode=True)["changed"]
    assert ask(image=locked, credentials=LOGIN)["image"].startswith(f"127.0.0.1:{LOCKED}/team/app:v1@sha256:")
