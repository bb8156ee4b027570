# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The floor: what a deploy costs without Ansible. One process, raw sockets, the steps that the promises ask for."""

from __future__ import annotations

import http.client
import json
import socket
import time
import typing as t
from pathlib import Path
from urllib.parse import urlencode

from lab import AppHost, Balancer, Fleet, LabError
from lab.namespaces import wait_until
from lab.watch import serving

from . import stage
from .results import Step
from .scenarios import Scenario

ZEROS, ZEROS_APART = 3, 0.1
"""Readings without a session, and seconds between two: a single one may be followed by a session."""


SERVICE = BACKEND = "hello"
PORT = 8080


def deploy(fleet: Fleet, image: str, _scenario: Scenario) -> tuple[float, list[Step]]:
    """Bring C(image) to every host, one after the other: the processor's seconds it took, and no steps."""
    before = time.thread_time()  # of this thread: others watch
    for host in fleet.hosts:
        take_turn(host, fleet.balancers, image)
    return time.thread_time() - before, []


def take_turn(host: AppHost, balancers: t.Sequence[Balancer], image: str) -> None:
    engine = Engine(host.docker_socket)
    engine.pull(image)
    for balancer in balancers:
        drain(balancer, host.name)
    swap(engine, image)
    wait_until(lambda: stage.answer(host, PORT, "/ping") is not None, f"/ping of {host.name}")
    for balancer in balancers:
        restore(balancer, host.name)


def drain(balancer: Balancer, server: str) -> None:
    """Out, once nothing is in flight."""
    order(balancer, f"set server {BACKEND}/{server} state drain")
    zeros = 0

    def quiet() -> bool:
        nonlocal zeros
        row = next(row for row in balancer.stats(BACKEND) if row["svname"] == server)
        zeros = zeros + 1 if row["scur"] == row["qcur"] == "0" else 0
        if zeros < ZEROS:
            time.sleep(ZEROS_APART)
        return zeros == ZEROS

    wait_until(quiet, f"the sessions on {server}")
    order(balancer, f"set server {BACKEND}/{server} state maint")


def restore(balancer: Balancer, server: str) -> None:
    """In, once HAProxy's own check has passed afresh."""
    name = f"{BACKEND}/{server}"
    order(balancer, f"set server {name} state drain; set server {name} health down; set server {name} state ready")
    wait_until(lambda: server in serving(balancer, BACKEND), f"HAProxy's check of {server}")


def order(balancer: Balancer, command: str) -> None:
    said = balancer.runtime(command).strip()
    if said:
        raise LabError(f"{balancer.name}: {command}: {said}")


def swap(engine: Engine, image: str) -> None:
    """The old container is kept until the next deploy, as ours does."""
    new, old = f"{SERVICE}-new", f"{SERVICE}-old"
    engine.remove(new)
    engine.remove(old)
    engine.call("POST", f"/containers/create?name={new}", {"Image": image, **stage.ENGINE_SETTINGS})
    engine.call("POST", f"/containers/{SERVICE}/stop?t={stage.STOP_TIMEOUT}")
    engine.call("POST", f"/containers/{SERVICE}/rename?name={old}")
    engine.call("POST", f"/containers/{new}/rename?name={SERVICE}")
    engine.call("POST", f"/containers/{SERVICE}/start")


class Engine(http.client.HTTPConnection):
    """A container engine's API on its unix socket, over one kept connection."""

    def __init__(self, path: Path) -> None:
        super().__init__("engine", timeout=60)
        self.path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self.path))

    def call(self, method: str, path: str, body: t.Any = None, missing_ok: bool = False) -> bytes:
        text = json.dumps(body) if body is not None else None
        self.request(method, path, text, {"Content-Type": "application/json"})
        answer = self.getresponse()
        said = answer.read()
        if answer.status >= 400 and not (missing_ok and answer.status == 404):
            raise LabError(f"{method} {path} on {self.path}: {answer.status} {said!r}")
        return said

    def pull(self, image: str) -> None:
        name, _colon, tag = image.rpartition(":")
        said = self.call("POST", "/images/create?" + urlencode({"fromImage": name, "tag": tag}))
        if b'"error"' in said:  # of a pull that failed after its first byte; the status is 200 then
            raise LabError(f"Cannot pull {image}: {said!r}")

    def remove(self, name: str) -> None:
        self.call("DELETE", f"/containers/{name}?v=true", missing_ok=True)
