# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole change against an engine in memory, killed at every step of it, and again while it recovers."""

from __future__ import annotations

import itertools
import typing as t
from pathlib import Path

import pytest
from ansible_collections.zero.downtime.plugins.module_utils._clock import Clock
from ansible_collections.zero.downtime.plugins.module_utils._container.decide import NotServing
from ansible_collections.zero.downtime.plugins.module_utils._container.engine import EngineError, EngineUnreachable
from ansible_collections.zero.downtime.plugins.module_utils._container.journal import StateError, Store
from ansible_collections.zero.downtime.plugins.module_utils._container.request import BadRequest, Request
from ansible_collections.zero.downtime.plugins.module_utils._container.steps import Steps
from ansible_collections.zero.downtime.plugins.module_utils._container.swap import ImageMissing, Swap, SwapFailed
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


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return Host(tmp_path)


def _begin(folder: Path, settings: dict[str, t.Any]) -> Host:
    host = Host(folder)
    host.ask("a3", restart_policy="always", **settings)
    host.ask("a1", **settings)
    return host


KILLED: dict[str, dict[str, t.Any]] = {
    "good": {"tag": "a2"},
    "bad": {"tag": "bad"},
    "previous": {"state": "previous"},
    "absent": {"state": "absent"},
}
MOST_CHANGES = 16


@pytest.mark.parametrize("settings", [{}, SLOTS], ids=["stop first", "slots"])
@pytest.mark.parametrize("then", ["a1", "a2", "a3"])
@pytest.mark.parametrize("killed", KILLED)
def test_next_run_converges_wherever_the_last_was_killed(
    tmp_path: Path, killed: str, then: str, settings: dict[str, t.Any]
) -> None:
    """Even if that next run is killed as well: the third one makes it."""
    points = 0
    for at, after in itertools.product(range(1, MOST_CHANGES), (False, True)):
        host = _begin(tmp_path / f"{at} {after}", settings)
        if not host.dies(at, after, **{**KILLED[killed], **settings}):
            break
        points += 1
        host.dies(1 + at % 4, not after, tag=then, **settings)
        host.ask(then, **({} if killed != "absent" else {"restart_policy": "always"}), **settings)
        _one_runs_and_nothing_is_left(host, then, at, after)
        assert not host.ask(then, **settings)["changed"]
    assert points >= 4


def _one_runs_and_nothing_is_left(host: Host, version: str, *where: t.Any) -> None:
    state = host.engine.state()
    running = [name for name, what in state.items() if what.endswith("running")]
    assert [state[name] for name in running] == [f"{version} running"], (where, state)
    assert len(state) <= 2, (where, state)
    assert not [name for name in state if "next" in name], (where, state)
    assert host.engine.policy(running[0]) == "always", (where, state)
    assert all(host.engine.policy(name) == "no" for name in state if name not in running), (where, state)
    assert host.store.open_change() is None


@pytest.mark.parametrize("after", [False, True])
def test_container_with_rm_survives_a_kill_too(tmp_path: Path, after: bool) -> None:
    points = 0
    for at in range(1, MOST_CHANGES):
        host = Host(tmp_path / str(at))
        host.ask("a1", auto_remove=True, env={"PASSWORD": "correct horse"})
        if not host.dies(at, after, tag="bad"):
            break
        points += 1
        host.dies(1, not after, tag="a1")
        result = host.ask("a1")
        container = host.engine.inspect_container("web")
        assert host.engine.state() == {"web": "a1 running"}, (at, result)
        assert container is not None
        assert "PASSWORD=correct horse" in container["Config"]["Env"]
    assert points >= 4


@pytest.mark.parametrize("at", range(1, 8))
def test_running_module_waits_for_an_engine_that_restarts(host: Host, at: int) -> None:
    """Whichever call finds it away: the old version is back at the end, or the new one is there."""
    host.ask("a1", restart_policy="always")
    host.engine.changes, host.engine.away_at, host.engine.away_for = 0, at, 5
    with pytest.raises(SwapFailed, match="is back and runs") as failure:
        host.ask("a2")
    assert failure.value.details["rolled_back"] is True
    assert host.engine.state() == {"web": "a1 running"}
    assert host.engine.policy("web") == "always"


def test_restart_of_the_engine_between_health_and_restart_policy_is_noticed(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    host.ask("a1", restart_policy="always")
    update = host.engine.update_restart_policy

    def restart(ident: str, policy: t.Mapping[str, t.Any]) -> None:
        if policy["Name"] == "always" and host.engine.state().get("web") == "a2 running":
            host.engine.containers[ident]["State"].update(Running=False, Status="exited")
        update(ident, policy)

    monkeypatch.setattr(host.engine, "update_restart_policy", restart)
    with pytest.raises(SwapFailed, match="does not run any more"):
        host.ask("a2")
    assert host.engine.state() == {"web": "a1 running"}


def test_engine_that_stays_away_leaves_the_journal_to_the_next_run(host: Host) -> None:
    host.ask("a1")
    host.engine.changes, host.engine.away_at, host.engine.away_for = 0, 3, 10_000
    with pytest.raises(SwapFailed, match="The journal is kept"):
        host.ask("a2")
    host.engine.away_at = NEVER
    result = host.ask("a2")
    assert "What ran before is back" in result["recovered"]
    assert host.engine.state()["web"] == "a2 running"


@pytest.mark.parametrize("writes", range(12))
def test_full_disk_at_any_write_undoes_the_swap_or_finishes_it_later(
    host: Host, writes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    host.ask("a1", restart_policy="always")
    left = iter(range(writes))
    replace = Store._replace

    def full(store: Store, path: Path, data: t.Any) -> None:
        if next(left, None) is None:
            raise StateError("No space left on device")
        replace(store, path, data)

    with monkeypatch.context() as patch:
        patch.setattr(Store, "_replace", full)
        try:
            host.ask("a2")
        except ZeroDowntimeError:
            assert (
                list(host.engine.state().values()).count("a1 running")
                + list(host.engine.state().values()).count("a2 running")
                == 1
            )
    host.ask("a2")
    assert host.engine.state() == {"web": "a2 running", "web-previous-1": "a1 exited"}


def test_any_error_at_all_brings_the_old_one_back(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    host.ask("a1")
    start, calls = host.engine.start, itertools.count()

    def broken(ident: str) -> None:
        if next(calls) == 0:
            raise KeyError("a mistake in the code")
        start(ident)

    monkeypatch.setattr(host.engine, "start", broken)
    with pytest.raises(SwapFailed, match="a mistake in the code"):
        host.ask("a2")
    assert host.engine.state() == {"web": "a1 running"}


@pytest.mark.parametrize("settings", [{}, SLOTS], ids=["stop first", "slots"])
def test_failed_one_that_can_not_be_removed_does_not_keep_the_old_one_away(
    host: Host, settings: dict[str, t.Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(_ident: str) -> None:
        raise EngineError("Cannot remove container: device or resource busy", 500)

    for version in ("a3", "a1"):
        host.ask(version, restart_policy="always", **settings)
    before = host.engine.state()
    with monkeypatch.context() as patch:
        patch.setattr(host.engine, "remove", busy)
        with pytest.raises(SwapFailed, match="It will not get healthy") as failure:
            host.ask("bad", **settings)
    assert failure.value.details["warnings"] == ["remove web-next: Cannot remove container: device or resource busy"]
    assert host.engine.state() == {**before, "web-next": "bad exited"}
    assert host.store.open_change() is None
    assert host.ask(state="previous", **settings)["image"].startswith(f"{REPOSITORY}:a3@")
    host.ask("a2", **settings)
    assert host.engine.state()["web-next"] == "bad exited"


@pytest.mark.parametrize(
    ("stated", "settings", "timeouts"),
    [
        (300, {}, [300, 10]),
        (-1, {}, [-1, 10]),
        (3, {}, [3, 3]),
        # The old one serves on meanwhile.
        (300, SLOTS, [300]),
    ],
)
def test_old_one_does_not_wait_long_for_the_end_of_a_failed_one(
    host: Host, stated: int, settings: dict[str, t.Any], timeouts: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    stop, seen = host.engine.stop, []

    def timed(ident: str, *, timeout: int, signal: str | None = None) -> None:
        seen.append(timeout)
        stop(ident, timeout=timeout, signal=signal)

    def sick(*_args: t.Any) -> None:
        raise EngineError("sick")

    host.ask("a1", stop_timeout=stated, **settings)
    monkeypatch.setattr(host.engine, "stop", timed)
    monkeypatch.setattr(Steps, "_healthy", sick)
    with pytest.raises(SwapFailed, match=r"is back and runs|still runs"):
        host.ask("a2", **settings)
    assert seen == timeouts


def test_undoing_an_interrupted_swap_is_all_that_previous_does(host: Host) -> None:
    """Else it would go back one version too far."""
    host.ask("a3", keep=2)
    host.ask("a1", keep=2)
    assert host.dies(5, False, tag="a2")
    result = host.ask(state="previous")
    assert result["recovered"]
    assert host.engine.state()["web"] == "a1 running"


def test_an_empty_version_to_go_back_to_is_none(host: Host) -> None:
    """As a survey has it whose question was left unanswered, and ansible-core from 2.20 on makes it of null."""
    host.ask("a1")
    host.ask("a2")
    host.ask(state="previous", version="")
    assert host.engine.state()["web"] == "a1 running"


def test_going_back_that_was_interrupted_is_made_by_the_next_that_is_asked_to(host: Host) -> None:
    host.ask("a1")
    host.ask("a2")
    assert host.dies(4, True, state="previous")
    assert host.ask(state="previous", check_mode=True)["image"].startswith(f"{REPOSITORY}:a1@")
    host.ask(state="previous")
    assert host.engine.state()["web"] == "a1 running"


def test_version_whose_slot_is_taken_comes_back_in_the_other(host: Host) -> None:
    for version in ("a1", "a2", "a3"):
        host.ask(version, env={"OF": version}, restart_policy="always", keep=2, **SLOTS)
    assert host.engine.state() == {"web-previous-1": "a1 exited", "web-8082": "a2 exited", "web-8081": "a3 running"}
    result = host.ask(state="previous", version="a1", keep=2, **{**SLOTS, "container_port": None})
    assert (result["slot"], result["container"]["name"]) == (8082, "web-8082")
    back = host.engine.inspect_container("web-8082")
    assert back is not None
    assert "OF=a1" in back["Config"]["Env"]
    assert back["HostConfig"]["PortBindings"] == {"8080/tcp": [{"HostIp": "", "HostPort": "8082"}]}
    assert host.engine.policy("web-8082") == "always"
    assert host.engine.state()["web-8081"] == "a3 exited"


def _published(host: Host, name: str) -> list[tuple[str, str]]:
    container = host.engine.inspect_container(name)
    assert container is not None
    bindings = container["HostConfig"]["PortBindings"]
    assert list(bindings) == ["8080/tcp"]
    return [(each["HostIp"], each["HostPort"]) for each in bindings["8080/tcp"]]


@pytest.mark.parametrize(
    ("published", "addresses"),
    [
        (["8081:8080"], [""]),
        (["127.0.0.1:8081:8080", "192.0.2.10:9090:9090"], ["127.0.0.1"]),
        (["192.0.2.10:8081:8080", "[2001:db8::1]:8081:8080"], ["192.0.2.10", "2001:db8::1"]),
    ],
)
def test_slots_are_on_the_addresses_that_the_port_is_published_on(
    host: Host, published: list[str], addresses: list[str]
) -> None:
    """Whether these are carried from a container without slots, from one in a slot, or stated."""
    host.ask("a1", published_ports=published)
    host.ask("a2", **SLOTS)
    assert _published(host, "web-8082") == [(address, "8082") for address in addresses]
    host.ask("a3", keep=2, **SLOTS)
    assert _published(host, "web-8081") == [(address, "8081") for address in addresses]
    assert not host.ask("a3", published_ports=published, keep=2, **SLOTS)["changed"]
    host.ask(state="previous", version="a1", keep=2, **SLOTS)
    assert _published(host, "web-8082") == [(address, "8082") for address in addresses]
    host.ask("a1", published_ports=["192.0.2.20:80:8080"], **SLOTS)
    assert _published(host, "web-8081") == [("192.0.2.20", "8081")]
    host.ask("a1", carry_over=False, **SLOTS)
    assert _published(host, "web-8082") == [("", "8082")]


WITHOUT_PORT = {**SLOTS, "container_port": None}


def _exposing(host: Host, version: str, *ports: str) -> None:
    host.engine.images[f"{REPOSITORY}:{version}"]["Config"]["ExposedPorts"] = {port: {} for port in ports}


def test_port_of_a_slot_need_not_be_stated_where_there_is_but_one(host: Host) -> None:
    """Exposed by the image, published by the container that runs, or by the task."""
    _exposing(host, "a1", "8080/tcp", "53/udp")
    host.ask("a1", **WITHOUT_PORT)
    assert _published(host, "web-8081") == [("", "8081")]
    _exposing(host, "a2", "80/tcp", "443/tcp")
    host.ask("a2", **WITHOUT_PORT)
    assert _published(host, "web-8082") == [("", "8082")]
    host.ask("a2", published_ports=["192.0.2.10:80:8080", "53:53/udp"], **WITHOUT_PORT)
    assert _published(host, "web-8081") == [("192.0.2.10", "8081")]


def test_port_of_a_slot_is_asked_for_where_there_are_several(host: Host) -> None:
    _exposing(host, "a2", "80/tcp", "443/tcp")
    for check_mode in (True, False):
        with pytest.raises(BadRequest, match="the image exposes 80 and 443: state container_port"):
            host.ask("a2", check_mode=check_mode, **WITHOUT_PORT)
    assert (host.engine.changes, host.store.open_change()) == (0, None)


def test_port_of_a_slot_that_only_the_registry_could_tell_stops_no_check(host: Host) -> None:
    image = host.engine.images.pop(f"{REPOSITORY}:a1")
    host.engine.remote[f"{REPOSITORY}:a1"] = image["RepoDigests"][0].partition("@")[2]
    assert host.ask("a1", check_mode=True, **WITHOUT_PORT)["slot"] == 8081


FIXED: list[dict[str, t.Any]] = [
    {"mac_address": "02:42:c0:00:02:0a"},
    {"networks": [{"name": "front", "ipv4_address": "192.0.2.10"}]},
    {"networks": [{"name": "back"}, {"name": "front", "ipv6_address": "2001:db8::10"}]},
]


@pytest.mark.parametrize("stated", FIXED, ids=str)
def test_fixed_address_that_two_slots_would_share_is_refused(host: Host, stated: dict[str, t.Any]) -> None:
    """Engines let both have one hardware address, and then either's replies come from whichever spoke last."""
    for check_mode in (True, False):
        with pytest.raises(BadRequest, match=r"side by side.*(02:42:c0:00:02:0a|192\.0\.2\.10|2001:db8::10)"):
            host.ask("a1", check_mode=check_mode, **stated, **SLOTS)
    host.ask("a1", **stated)


def test_fixed_address_that_would_be_carried_into_a_slot_is_refused(host: Host) -> None:
    host.ask("a1")
    container = host.engine.inspect_container("web")
    assert container is not None
    container["Config"]["MacAddress"] = "02:42:c0:00:02:0a"
    container["NetworkSettings"]["Networks"] = {"bridge": {}}
    with pytest.raises(BadRequest, match="02:42:c0:00:02:0a"):
        host.ask("a2", **SLOTS)
    assert host.engine.state() == {"web": "a1 running"}
    host.ask("a2", mac_address="", **SLOTS)
    assert host.engine.state()["web-8081"] == "a2 running"


def test_container_that_publishes_both_slots_is_left_alone(host: Host) -> None:
    host.ask("a1", published_ports=["8081:8080", "8082:9090"])
    for check_mode in (True, False):
        with pytest.raises(BadRequest, match="web publishes both 8081 and 8082"):
            host.ask("a2", check_mode=check_mode, **SLOTS)
    assert host.engine.state() == {"web": "a1 running"}
    assert host.store.open_change() is None


def test_previous_that_still_runs_beside_takes_over_at_once(host: Host) -> None:
    host.ask("a1", restart_policy="always", **SLOTS)
    told = host.ask("a2", retire=False, **SLOTS)["previous"]
    assert (told["name"], told["digest"][-2:]) == ("web-8081", "a1")
    assert host.engine.state() == {"web-8081": "a1 running", "web-8082": "a2 running"}
    result = host.ask(state="previous", retire=False, **SLOTS)
    assert (result["slot"], result["container"]["name"]) == (8081, "web-8081")
    assert host.engine.state() == {"web-8081": "a1 running", "web-8082": "a2 running"}
    assert host.ask("a1", **SLOTS)["actions"] == ["set the restart policy of web-8082 to no", "stop web-8082"]
    assert host.engine.state() == {"web-8081": "a1 running", "web-8082": "a2 exited"}
    assert host.engine.policy("web-8081") == "always"


@pytest.mark.parametrize(("old", "new"), [("always", "no"), ("no", "always"), ("unless-stopped", "always")])
@pytest.mark.parametrize("retired", [False, True])
def test_previous_keeps_its_own_restart_policy(host: Host, old: str, new: str, retired: bool) -> None:
    """Whether it was put aside, or runs still and so is in no history."""
    host.ask("a1", restart_policy=old, **SLOTS)
    host.ask("a2", restart_policy=new, retire=retired, **SLOTS)
    host.ask(state="previous", retire=False, **SLOTS)
    assert host.engine.policy("web-8081") == old


def test_previous_that_still_runs_beside_is_not_stopped_when_it_fails_to_take_over(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    host.ask("a1", **SLOTS)
    host.ask("a2", retire=False, **SLOTS)

    def sick(*_args: t.Any) -> None:
        raise EngineError("sick")

    monkeypatch.setattr(Steps, "_healthy", sick)
    with pytest.raises(SwapFailed, match="sick"):
        host.ask(state="previous", retire=False, **SLOTS)
    assert host.engine.state() == {"web-8081": "a1 running", "web-8082": "a2 running"}


def test_container_made_by_hand_meanwhile_is_left_alone(host: Host) -> None:
    host.ask("a1")
    assert host.dies(4, False, tag="a2")
    assert "web" not in host.engine.state()
    by_hand = host.engine.inspect_container("web-previous-1")
    assert by_hand is not None
    host.engine.containers["f" * 64] = {**by_hand, "Id": "f" * 64, "Name": "/web", "State": {**by_hand["State"]}}
    result = host.ask("a1")
    assert "was left alone" in result["recovered"]
    assert result["container"]["id"] == "f" * 64


def test_running_kept_container_is_never_pruned(host: Host) -> None:
    host.ask("a1")
    host.ask("a2")
    kept = host.engine.inspect_container("web-previous-1")
    assert kept is not None
    kept["State"].update(Running=True, Status="running")
    kept["HostConfig"]["PortBindings"] = {"1/tcp": [{"HostPort": "1"}]}
    host.ask("a3", keep=0)
    assert host.engine.state()["web-previous-1"] == "a1 running"


def test_images_beyond_keep_go_unless_no_registry_has_them(host: Host) -> None:
    host.engine.images[f"{REPOSITORY}:a2"]["RepoDigests"] = []
    for version in ("a1", "a2", "a3"):
        host.ask(version, keep=0)
    assert sorted(host.engine.images) == [f"{REPOSITORY}:{version}" for version in ("a2", "a3", "bad")]


def test_check_mode_asks_the_registry_and_touches_nothing(host: Host) -> None:
    host.ask("a1")
    digest = "sha256:" + "0" * 62 + "b4"
    host.engine.remote[f"{REPOSITORY}:a1"] = digest
    before = [str(host.engine.containers), str(host.engine.images), host.store.history()]
    result = host.ask("a1", pull="always", check_mode=True)
    assert (result["changed"], result["digest"], result["image"]) == (True, digest, f"{REPOSITORY}:a1@{digest}")
    assert result["diff"]["after"]["digest"] == digest
    assert before == [str(host.engine.containers), str(host.engine.images), host.store.history()]


@pytest.mark.parametrize("prepare", [False, True])
def test_pull_is_foretold_by_check_mode(host: Host, prepare: bool) -> None:
    host.ask("a1")
    new = host.engine.images.pop(f"{REPOSITORY}:a2")
    host.engine.remote[f"{REPOSITORY}:a2"] = new["RepoDigests"][0].partition("@")[2]
    foretold = host.ask("a2", prepare=prepare, check_mode=True)
    assert f"{REPOSITORY}:a2" not in host.engine.images
    del host.engine.remote[f"{REPOSITORY}:a2"]
    done = host.ask("a2", prepare=prepare)
    assert done["actions"][0] == f"pull {REPOSITORY}:a2"
    assert [foretold[key] for key in ("actions", "changed")] == [done[key] for key in ("actions", "changed")]


def test_pull_of_a_tag_alone_is_foretold_by_check_mode(host: Host) -> None:
    """The host has the image by another tag."""
    host.ask("a1")
    image = host.engine.images[f"{REPOSITORY}:a1"]
    host.engine.registry[f"{REPOSITORY}:stable"] = image
    host.engine.remote[f"{REPOSITORY}:stable"] = image["RepoDigests"][0].partition("@")[2]
    foretold = host.ask("stable", check_mode=True)
    del host.engine.remote[f"{REPOSITORY}:stable"]
    done = host.ask("stable")
    assert foretold["actions"] == done["actions"] == [f"pull {REPOSITORY}:stable"]
    assert foretold["changed"] is done["changed"] is True


def test_check_mode_of_an_interrupted_swap_leaves_it_and_says_so(host: Host) -> None:
    host.ask("a1")
    host.dies(5, False, tag="a2")
    result = host.ask("a1", check_mode=True)
    assert (result["changed"], result["swap_needed"]) == (True, True)
    assert "was interrupted" in result["recovered"]
    assert host.store.open_change() is not None


@pytest.mark.parametrize("stated", [{}, {"published_ports": ["8080:80"]}, {"network_mode": "container:db"}], ids=str)
def test_path_that_no_published_port_could_answer_stops_nothing(host: Host, stated: dict[str, t.Any]) -> None:
    host.ask("a1", published_ports=["8080:80"])
    host.engine.changes = 0
    with pytest.raises(SwapFailed, match=r"health\.path"):
        host.ask("a2", health={"path": "/ping"}, container_port=8080, **stated)
    assert (host.engine.changes, host.engine.state()) == (0, {"web": "a1 running"})


def test_options_of_a_volume_driver_are_told_to_nobody(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    def share(password: str) -> dict[str, t.Any]:
        options = {"type": "cifs", "o": f"username=u,password={password}"}
        return {"mounts": [{"target": "/a", "volume_driver": "local", "volume_options": options}]}

    def broken(_ident: str) -> t.NoReturn:
        raise EngineError("failed to mount local volume: data: username=u,password=correct horse 2")

    told = [host.ask("a1", **share("correct horse 1")), host.ask(check_mode=True, **share("correct horse 2"))]
    assert "/a" in told[1]["diff"]["after"]["volumes"]
    monkeypatch.setattr(host.engine, "start", broken)
    with pytest.raises(SwapFailed, match="failed to mount") as failure:
        host.ask(**share("correct horse 2"))
    assert "correct horse" not in f"{told} {failure.value.message} {failure.value.details}"


def test_history_is_told_to_whoever_asks_latest_first(host: Host) -> None:
    host.ask("a1", owner="alice")
    with pytest.raises(SwapFailed):
        host.ask("bad", owner="bob")
    host.ask("a2", owner="carol")
    told = host.ask(check_mode=True)["history"]
    assert [(each["who"], each["what"], each["result"]) for each in told] == [
        ("carol", "swap", "done"),
        ("bob", "swap", "undone"),
        ("alice", "swap", "done"),
    ]
    assert told[0]["image"] == f"{REPOSITORY}:a2@{told[0]['digest']}"
    assert told[0]["when"].startswith("1970-01-01T00:16:4")
    assert 0 < told[0]["seconds"] < 60


def test_history_is_told_with_a_failure_as_well_and_not_without_end(host: Host) -> None:
    for _each in range(12):
        host.ask("a1", force=True)
    with pytest.raises(SwapFailed) as failure:
        host.ask("bad")
    told = failure.value.details["history"]
    assert len(told) == 10
    assert told[0]["result"] == "undone"


def test_tag_that_moved_on_is_pulled_and_swapped(host: Host) -> None:
    host.ask("a1")
    host.engine.remote[f"{REPOSITORY}:a1"] = "sha256:" + "0" * 62 + "b4"
    result = host.ask("a1", pull="always")
    assert result["actions"][0] == f"pull {REPOSITORY}:a1"
    assert result["digest"] == "sha256:" + "0" * 62 + "b4"
    assert not host.ask("a1", pull="always")["changed"]


def test_tag_that_moves_while_the_container_is_made_is_noticed(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    host.ask("a1")
    create = host.engine.create

    def pulled_meanwhile(spec: t.Any, name: str) -> str:
        host.engine.images[f"{REPOSITORY}:a2"] = host.engine.images[f"{REPOSITORY}:a3"]
        return create(spec, name)

    monkeypatch.setattr(host.engine, "create", pulled_meanwhile)
    with pytest.raises(SwapFailed, match="pulled meanwhile"):
        host.ask("a2")
    assert host.engine.state() == {"web": "a1 running"}


def test_prepare_pulls_and_touches_no_container(host: Host) -> None:
    host.ask("a1")
    host.engine.remote[f"{REPOSITORY}:a1"] = "sha256:" + "0" * 62 + "b4"
    result = host.ask("a1", pull="always", prepare=True)
    assert (result["swap_needed"], result["actions"]) == (True, [f"pull {REPOSITORY}:a1"])
    assert host.engine.state() == {"web": "a1 running"}


def test_secrets_of_the_environment_are_in_no_result(host: Host) -> None:
    host.ask("a1", env={"PASSWORD": "correct horse"})
    host.engine.log = "login as admin with correct horse failed\n" * 30
    with pytest.raises(SwapFailed) as failure:
        host.ask("bad", env={"PASSWORD": "correct horse"})
    assert failure.value.details["last_log"] == ["login as admin with ******** failed"] * 20
    assert failure.value.details["exit_code"] == 3
    assert "correct horse" not in f"{failure.value.message} {failure.value.details}"


def test_image_is_needed_for_the_first_deploy_alone(host: Host) -> None:
    with pytest.raises(BadRequest, match="which image"):
        host.ask()
    host.ask("a1")
    assert not host.ask()["changed"]
    assert host.ask(force=True)["changed"]


def test_image_that_is_not_there_and_not_to_be_pulled(host: Host) -> None:
    with pytest.raises(ImageMissing):
        host.ask("a9", pull="never")


def test_setting_that_the_engine_discards_is_told(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    create = host.engine.create

    def weightless(spec: t.Any, name: str) -> str:
        host.engine.warnings.append("Weight of correct horse discarded.")
        return create(spec, name)

    monkeypatch.setattr(host.engine, "create", weightless)
    result = host.ask("a1", blkio_weight=300, env={"PASSWORD": "correct horse"})
    assert result["warnings"] == [f"create web-next from {result['image']}: Weight of ******** discarded."]


def test_every_result_has_the_same_keys(host: Host) -> None:
    keys = {frozenset(host.ask(**params)) for params in (KILLED["good"], KILLED["good"], KILLED["absent"])}
    with pytest.raises(SwapFailed) as failure:
        host.ask("bad")
    with pytest.raises(ImageMissing) as refusal:
        host.ask("a9", pull="never")
    assert keys == {frozenset(error.value.details) for error in (failure, refusal)}


def test_retired_predecessor_that_is_started_by_hand_does_not_become_the_current_one(host: Host) -> None:
    host.ask("a1", **SLOTS)
    host.ask("a2", retire=False, **SLOTS)
    host.ask("a2", **SLOTS)
    by_hand = host.engine.inspect_container("web-8081")
    assert by_hand is not None
    host.engine.start(by_hand["Id"])
    result = host.ask("a2", **SLOTS)
    assert (result["slot"], result["actions"]) == (8082, ["stop web-8081"])
    assert host.engine.state() == {"web-8081": "a1 exited", "web-8082": "a2 running"}


@pytest.mark.parametrize("at", range(1, 5))
def test_look_after_an_interrupted_swap_knows_the_slot_that_serves(host: Host, at: int) -> None:
    """The third swap is the first to find the free slot occupied, by what ran there before."""
    for version in ("a1", "a2"):
        host.ask(version, **SLOTS)
    assert host.dies(at, True, tag="a3", **SLOTS)
    assert host.ask(check_mode=True, **SLOTS)["slot"] == 8082
    look = host.ask("a3", check_mode=True, **SLOTS)
    assert (look["slot"], look["diff"]["before"]["digest"][-2:]) == (8081, "a2")
    assert host.ask(state="previous", check_mode=True, **SLOTS)["slot"] == 8082


def test_slot_in_use_is_told_apart_from_the_next_one(host: Host) -> None:
    def slots(*tags: str, **params: t.Any) -> tuple[int | None, int | None]:
        result = host.ask(*tags, **params, **SLOTS)
        return result["slot_before"], result["slot"]

    assert host.ask("a1", published_ports=["8080:8080"])["slot_before"] is None
    assert slots(check_mode=True) == (None, 8081)
    assert slots("a1") == (None, 8081)
    assert slots(check_mode=True) == (8081, 8081)
    assert slots("a2", check_mode=True) == (8081, 8082)
    assert slots("a2") == (8081, 8082)
    assert slots("a1", retire=False) == (8082, 8081)
    assert slots("a1") == (8081, 8081)


@pytest.mark.parametrize(("at", "slot"), [(1, None), (2, None), (3, None), (4, 8081), (5, 8081)])
def test_look_after_an_interrupted_move_to_slots_knows_whether_one_is_in_use(
    host: Host, at: int, slot: int | None
) -> None:
    """The fourth change is the first that follows the health check."""
    host.ask("a1", published_ports=["8080:8080"])
    assert host.dies(at, False, tag="a2", **SLOTS)
    assert host.ask(check_mode=True, **SLOTS)["slot_before"] == slot


@pytest.mark.parametrize("settings", [{}, SLOTS], ids=["stop first", "slots"])
def test_previous_after_an_interrupted_swap_tells_what_is_back_and_foretells_it(
    host: Host, settings: dict[str, t.Any]
) -> None:
    for version in ("a3", "a1"):
        host.ask(version, keep=2, **settings)
    assert host.dies(4, True, tag="a2", **settings)
    foretold = host.ask(state="previous", check_mode=True, **settings)
    result = host.ask(state="previous", **settings)
    assert (result["image"], result["image_id"][-2:]) == (f"{REPOSITORY}:a1@{result['digest']}", "a1")
    assert result["slot"] == (8082 if settings else None)
    assert {key: foretold[key] for key in ("image", "slot", "diff")} == {
        key: result[key] for key in ("image", "slot", "diff")
    }
    assert foretold["actions"] == []


def test_previous_by_the_version_of_a_stopped_container_starts_it(host: Host) -> None:
    host.ask("a1")
    host.ask("a2")
    current = host.engine.inspect_container("web")
    assert current is not None
    host.engine.stop(current["Id"], timeout=0)
    assert host.ask(state="previous", version="a2")["actions"] == ["start web", "wait until web is healthy"]
    assert host.engine.state() == {"web": "a2 running", "web-previous-1": "a1 exited"}


def _prune(host: Host) -> None:
    """As C(docker container prune -f) does."""
    for ident, each in list(host.engine.containers.items()):
        if not each["State"]["Running"]:
            del host.engine.containers[ident]


@pytest.mark.parametrize("settings", [{}, SLOTS], ids=["stop first", "slots"])
@pytest.mark.parametrize("then", ["a2", "a3"])
def test_new_one_stays_when_what_ran_before_was_removed_meanwhile(
    host: Host, then: str, settings: dict[str, t.Any]
) -> None:
    """The swap was killed at its health check: what runs is all that there is, and holds the settings to carry over."""
    host.ask("a1", restart_policy="always", env={"PASSWORD": "correct horse"}, **settings)
    at = 3 if settings else 6
    assert host.dies(at, True, tag="a2", **settings)
    if settings:
        first = host.engine.inspect_container("web-8081")
        assert first is not None
        host.engine.stop(first["Id"], timeout=0)
    _prune(host)
    assert list(host.engine.state().values()) == ["a2 running"]
    assert host.ask("a2", check_mode=True, **settings)["actions"] == []
    result = host.ask(then, **settings)
    assert "is gone" in result["recovered"]
    assert result["warnings"]
    assert not [action for action in result["actions"] if action.startswith("remove")]
    assert ("wait until" in result["actions"][-1]) is (then == "a2")
    _one_runs_and_nothing_is_left(host, then)
    container = host.engine.inspect_container(result["container"]["name"])
    assert container is not None
    assert "PASSWORD=correct horse" in container["Config"]["Env"]
    assert not host.ask(then, **settings)["changed"]


def test_new_one_that_stays_is_not_taken_for_healthy(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither by the run that finds what ran before gone, nor by the next."""

    def sick(*_args: t.Any) -> None:
        _prune(host)
        raise EngineError("sick")

    host.ask("a1", restart_policy="always")
    with monkeypatch.context() as patch:
        patch.setattr(Steps, "_healthy", sick)
        for _each in range(2):
            with pytest.raises(SwapFailed, match="sick") as failure:
                host.ask("a2")
            assert (host.engine.state(), failure.value.details["rolled_back"]) == ({"web": "a2 running"}, False)
    assert host.ask("a2")["actions"] == ["wait until web is healthy"]
    assert [each["result"] for each in host.ask("a2")["history"]] == ["done", "done"]
    _one_runs_and_nothing_is_left(host, "a2")


def test_what_was_removed_meanwhile_is_called_gone(host: Host) -> None:
    host.ask("a1")
    assert host.dies(4, True, tag="a2")
    host.engine.containers.clear()
    assert "is gone" in host.ask("a1")["recovered"]


@pytest.mark.parametrize("params", [{}, {**SLOTS, "slots": [9081, 9082]}], ids=["stop first", "other slots"])
def test_container_in_a_slot_that_the_task_does_not_name_is_not_left_beside(
    host: Host, params: dict[str, t.Any]
) -> None:
    host.ask("a1", env={"PASSWORD": "correct horse"}, **SLOTS)
    for asked in ({"tag": "a2"}, {"tag": "a2", "check_mode": True}, {"state": "previous"}, {"state": "absent"}):
        with pytest.raises(BadRequest, match="docker rename web-8081 web"):
            host.ask(**asked, **params)
    assert host.engine.state() == {"web-8081": "a1 running"}
    container = host.engine.inspect_container("web-8081")
    assert container is not None
    host.engine.rename(container["Id"], "web")
    name = host.ask("a2", **params)["container"]["name"]
    assert host.engine.state() == {"web-previous-1": "a1 exited", name: "a2 running"}


def test_retiring_stops_what_runs_beside_and_swaps_nothing(host: Host) -> None:
    """The rollback of a version whose task stated other settings: these are no reason to stop the one that serves."""
    host.ask("a1", restart_policy="always", stop_timeout=10, **SLOTS)
    host.ask("a2", stop_timeout=60, retire=False, **SLOTS)
    host.ask(state="previous", stop_timeout=60, retire=False, **SLOTS)
    asked = {"state": "retired", "stop_timeout": 60, **SLOTS}
    foretold = host.ask(check_mode=True, **asked)
    result = host.ask(**asked)
    assert result["actions"] == ["set the restart policy of web-8082 to no", "stop web-8082"] == foretold["actions"]
    assert (result["slot"], result["image"]) == (8081, f"{REPOSITORY}:a1@{result['digest']}")
    assert host.engine.state() == {"web-8081": "a1 running", "web-8082": "a2 exited"}
    assert not host.ask(**asked)["changed"]


def test_nothing_is_retired_where_nothing_serves(host: Host) -> None:
    assert not host.ask(state="retired", **SLOTS)["changed"]
    host.ask("a1", **SLOTS)
    host.ask("a2", retire=False, **SLOTS)
    successor = host.engine.inspect_container("web-8082")
    assert successor is not None
    successor["State"].update(Status="paused", Paused=True)
    with pytest.raises(NotServing, match="web-8082 is paused"):
        host.ask(state="retired", **SLOTS)
    assert host.engine.state() == {"web-8081": "a1 running", "web-8082": "a2 paused"}


def test_retiring_is_for_slots(host: Host) -> None:
    host.ask("a1")
    with pytest.raises(BadRequest, match="state=retired"):
        host.ask(state="retired")
