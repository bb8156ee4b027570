# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An engine in memory, which can be away or take its user with it at any change, and a host around it."""

from __future__ import annotations

import itertools
import typing as t
from pathlib import Path

from ansible_collections.zero.downtime.plugins.module_utils._clock import Clock
from ansible_collections.zero.downtime.plugins.module_utils._container.change.journal import Store
from ansible_collections.zero.downtime.plugins.module_utils._container.change.request import Request
from ansible_collections.zero.downtime.plugins.module_utils._container.change.swap import Swap
from ansible_collections.zero.downtime.plugins.module_utils._container.engine.client import (
    EngineError,
    EngineUnreachable,
)
from ansible_collections.zero.downtime.plugins.module_utils._errors import ZeroDowntimeError

NEVER = 10**6
REPOSITORY = "registry.example.com/app"


SLOTS = {"strategy": "start_first", "slots": [8081, 8082], "container_port": 8080}


class Killed(BaseException):
    """SIGKILL, as far as a test within one process can have it: nothing catches it."""


class FakeClock(Clock):
    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now

    def wall(self) -> float:
        self.now += 0.001  # no two changes begin at the same time
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


class FakeEngine:
    """Containers as inspects, with a counter of changes at which the user dies or the engine is away.

    Two running containers of one port are refused, as by the real one.
    """

    api_version = "1.41"

    def __init__(self) -> None:
        self.containers: dict[str, dict[str, t.Any]] = {}
        self.images = {
            f"{REPOSITORY}:{version}": {
                "Id": f"sha256:{version:0>64}",
                "Config": {"Env": [f"VERSION={version}"], "Cmd": ["serve"]},
                "RepoDigests": [f"{REPOSITORY}@sha256:{version:0>64}"],
                "RepoTags": [f"{REPOSITORY}:{version}"],
            }
            for version in ("a1", "a2", "a3", "bad")
        }
        self.registry = dict(self.images)
        self.remote: dict[str, str] = {}
        self.log = ""
        self.warnings: list[str] = []
        self.changes = 0
        self.kill_at = self.away_at = NEVER
        self.kill_after = False
        self.away_for = 0
        self._ids = (f"{number:064x}" for number in itertools.count(1))

    # Looking

    def inspect_container(self, name: str) -> dict[str, t.Any] | None:
        return next((each for each in self.containers.values() if name in (each["Id"], each["Name"][1:])), None)

    def container_names(self, prefix: str) -> dict[str, str]:
        names = {each["Name"][1:]: ident for ident, each in self.containers.items()}
        return {name: ident for name, ident in names.items() if name.startswith(prefix)}

    def inspect_image(self, ref: str) -> dict[str, t.Any] | None:
        for tag, each in self.images.items():
            if ref in (tag, each["Id"], *each["RepoDigests"]):
                return each
        return None

    def logs(self, _name: str, _lines: int) -> str:
        return self.log

    def resolve(self, ref: str) -> str:
        return self.remote[ref]

    def pull(self, ref: str) -> None:
        digest = self.remote.get(ref)
        moved_on = {"Id": digest, "Config": {}, "RepoDigests": [f"{REPOSITORY}@{digest}"]}
        self.images[ref] = moved_on if digest else self.registry[ref]

    # Changing

    def _change(self, act: t.Callable[[], t.Any]) -> t.Any:
        self.changes += 1
        if self.away_at <= self.changes < self.away_at + self.away_for:
            raise EngineUnreachable("Cannot do that: the engine does not answer")
        if self.changes == self.kill_at and not self.kill_after:
            raise Killed
        result = act()
        if self.changes == self.kill_at:
            raise Killed
        return result

    def create(self, spec: t.Any, name: str) -> str:
        return t.cast(str, self._change(lambda: self._create(spec, name)))

    def _create(self, spec: t.Any, name: str) -> str:
        self._free(name)
        image = self.inspect_image(spec.body["Image"])
        assert image is not None
        ident = next(self._ids)
        config = {key: value for key, value in spec.body.items() if key not in ("HostConfig", "NetworkingConfig")}
        config["Env"] = [*image["Config"].get("Env", []), *(config.get("Env") or [])]
        self.containers[ident] = {
            "Id": ident,
            "Name": f"/{name}",
            "Image": image["Id"],
            "Config": {"Cmd": image["Config"].get("Cmd"), "Hostname": ident[:12], **config},
            "HostConfig": {"NetworkMode": "default", **spec.body["HostConfig"]},
            "NetworkSettings": {"Networks": {}},
            "Mounts": [],
            "State": {"Running": False, "Status": "created", "StartedAt": "0001-01-01T00:00:00Z", "ExitCode": 0},
        }
        return ident

    def start(self, ident: str) -> None:
        self._change(lambda: self._start(ident))

    def _start(self, ident: str) -> None:
        container = self.containers[ident]
        ports = str(container["HostConfig"].get("PortBindings"))
        for other in self.containers.values():
            if (
                other["State"]["Running"]
                and str(other["HostConfig"].get("PortBindings")) == ports
                and other != container
            ):
                raise EngineError("Cannot start container: port is already allocated", 500)
        container["State"].update(Running=True, Status="running", StartedAt=f"2026-01-01T00:00:00.{self.changes:09}Z")
        if container["Image"].endswith("bad"):
            container["State"].update(Running=False, Status="exited", ExitCode=3)

    def stop(self, ident: str, *, timeout: int, signal: str | None = None) -> None:
        self._change(lambda: self._stop(ident))

    def _stop(self, ident: str) -> None:
        self.containers[ident]["State"].update(Running=False, Status="exited", ExitCode=0)
        if self.containers[ident]["HostConfig"].get("AutoRemove"):
            del self.containers[ident]

    def rename(self, ident: str, name: str) -> None:
        def act() -> None:
            self._free(name)
            self.containers[ident]["Name"] = f"/{name}"

        self._change(act)

    def update_restart_policy(self, ident: str, policy: t.Mapping[str, t.Any]) -> None:
        self._change(lambda: self.containers[ident]["HostConfig"].update(RestartPolicy=dict(policy)))

    def remove(self, ident: str) -> None:
        self._change(lambda: self.containers.pop(ident, None))

    def remove_image(self, image_id: str) -> bool:
        if any(each["Image"] == image_id for each in self.containers.values()):
            return False
        self.images = {tag: each for tag, each in self.images.items() if each["Id"] != image_id}
        return True

    def _free(self, name: str) -> None:
        if name in self.container_names(""):
            raise EngineError(f"Cannot use the name {name}: already in use", 409)

    # What a test asks

    def state(self) -> dict[str, str]:
        """Name to version and whether it runs: C(a1 running)."""
        return {
            name: f"{self.containers[ident]['Image'][7:].lstrip('0')} {self.containers[ident]['State']['Status']}"
            for name, ident in self.container_names("").items()
        }

    def policy(self, name: str) -> str:
        container = self.inspect_container(name)
        assert container is not None
        return str(container["HostConfig"]["RestartPolicy"]["Name"])


class Host:
    """An engine and a state folder, which outlive the runs."""

    def __init__(self, folder: Path) -> None:
        self.engine = FakeEngine()
        self.store = Store(str(folder), "web")
        self.clock = FakeClock()

    def ask(self, tag: str | None = None, *, check_mode: bool = False, **params: t.Any) -> dict[str, t.Any]:
        image = {"image": f"{REPOSITORY}:{tag}"} if tag else {}
        params = {"name": "web", "keep": 1, **image, **params}
        request = Request.of(params, check_mode=check_mode)
        return Swap(request, t.cast(t.Any, self.engine), self.store, self.clock).run()

    def dies(self, at: int, after: bool, **params: t.Any) -> bool:
        """Whether the run got as far as its change number I(at)."""
        self.engine.changes, self.engine.kill_at, self.engine.kill_after = 0, at, after
        try:
            self.ask(**params)
        except Killed:
            return True
        except ZeroDowntimeError:
            pass
        finally:
            self.engine.kill_at = NEVER
        return False
