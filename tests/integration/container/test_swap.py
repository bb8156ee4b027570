# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""container_swap on a real engine: what it promises, and what is left when it is killed at any step."""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
import signal
import typing as t
from pathlib import Path

import docker
import pytest
from ansible_collections.zero.downtime.plugins.module_utils._clock import Clock
from ansible_collections.zero.downtime.plugins.module_utils._container.change.decide import NothingKept
from ansible_collections.zero.downtime.plugins.module_utils._container.change.journal import Busy, Store
from ansible_collections.zero.downtime.plugins.module_utils._container.change.observe import ImageMissing
from ansible_collections.zero.downtime.plugins.module_utils._container.change.request import Request
from ansible_collections.zero.downtime.plugins.module_utils._container.change.swap import Swap
from ansible_collections.zero.downtime.plugins.module_utils._container.change.undo import SwapFailed
from ansible_collections.zero.downtime.plugins.module_utils._container.engine.client import Engine

SLEEP = ["sleep", "3600"]
SECRET = "correct-horse-battery"
# What changes something on the engine: the points at which a run can be killed.
CHANGES = ("create", "connect_network", "start", "stop", "rename", "update_restart_policy", "remove", "remove_image")
# A second look is what tells a crash at boot from a start.
QUICKLY = {"stable_for": 0.2, "interval": 0.2}
SETTINGS = {"restart_policy": "unless-stopped", "env": {"PASSWORD": SECRET}, "stop_timeout": 0}


@pytest.fixture(scope="session")
def versions(image: t.Callable[..., str]) -> dict[str, str]:
    return {
        "v1": image("app:v1", CMD=SLEEP, ENV={"VERSION": "1"}),
        "v2": image("app:v2", CMD=SLEEP, ENV={"VERSION": "2"}),
        "v3": image("app:v3", CMD=SLEEP, ENV={"VERSION": "3"}),
        "crashes": image("app:crashes", CMD=["sh", "-c", "echo cannot open $PASSWORD; exit 3"]),
        "unhealthy": image(
            "app:unhealthy", CMD=SLEEP, HEALTHCHECK="--interval=200ms --retries=2 CMD echo not today; exit 1"
        ),
    }


class Service:
    """One service on the test's engine, and how to ask for a change of it."""

    def __init__(self, client: docker.APIClient, url: str, state_dir: Path) -> None:
        self.client = client
        self.url = url
        self.state_dir = state_dir
        self.forget()

    def ask(self, engine: Engine | None = None, *, check_mode: bool = False, **params: t.Any) -> dict[str, t.Any]:
        request = Request.of({"name": "web", "pull": "never", "health": QUICKLY, **params}, check_mode=check_mode)
        return Swap(request, engine or self.engine(), self.store, Clock()).run()

    def forget(self) -> None:
        shutil.rmtree(self.state_dir, ignore_errors=True)
        self.store = Store(str(self.state_dir), "web")

    def engine(self, kind: t.Callable[..., Engine] = Engine) -> Engine:
        return kind(docker.APIClient(base_url=self.url, timeout=30))

    def containers(self) -> dict[str, str]:
        """Name to image and state of all that the engine has, such as C(app:v1 running).

        Seen once, with Docker 20.10 on an overloaded machine: after a container with --rm had gone, the engine went on
        listing one without a name that it could not find. The cause is not known.
        """
        rows = [row for row in self.client.containers(all=True) if row["Names"]]
        return {row["Names"][0].lstrip("/"): f"{row['Image']} {row['State']}" for row in rows}

    def inspect(self, name: str = "web") -> dict[str, t.Any]:
        return t.cast("dict[str, t.Any]", self.client.inspect_container(name))


@pytest.fixture
def service(clean_engine: docker.APIClient, engine_socket: str, versions: dict[str, str], tmp_path: Path) -> Service:
    return Service(clean_engine, engine_socket, tmp_path / "state")


def test_first_deploy_swap_and_nothing_to_do(service: Service) -> None:
    first = service.ask(image="app:v1", **SETTINGS)
    assert (first["changed"], first["previous"], service.containers()) == (True, None, {"web": "app:v1 running"})

    second = service.ask(image="app:v2")
    assert service.containers() == {"web": "app:v2 running", "web-previous-1": "app:v1 exited"}
    assert second["previous"]["name"] == "web-previous-1"
    assert service.inspect()["HostConfig"]["RestartPolicy"]["Name"] == "unless-stopped"
    assert service.inspect("web-previous-1")["HostConfig"]["RestartPolicy"]["Name"] == "no"
    assert f"PASSWORD={SECRET}" in service.inspect()["Config"]["Env"]

    before = service.inspect()
    third = service.ask(image="app:v2", **SETTINGS)
    assert (third["changed"], third["swap_needed"], third["actions"]) == (False, False, [])
    assert service.inspect() == before


def test_actions_are_told_in_order_and_foretold_by_check_mode(service: Service) -> None:
    service.ask(image="app:v1", **SETTINGS)
    foretold = service.ask(image="app:v2", check_mode=True)
    assert service.containers() == {"web": "app:v1 running"}
    done = service.ask(image="app:v2")
    assert foretold["actions"] == done["actions"]
    assert foretold["changed"] is True
    assert foretold["diff"] == done["diff"]
    assert [action.split()[0] for action in done["actions"]] == (
        ["create", "set", "stop", "rename", "rename", "start", "wait", "set"]
    )


def test_changed_setting_swaps_and_shows_no_values(service: Service) -> None:
    service.ask(image="app:v1", **SETTINGS)
    result = service.ask(env={"PASSWORD": "another-" + SECRET})
    assert result["changed"]
    assert "PASSWORD" in str(result["diff"])
    assert SECRET not in str(result)
    assert f"PASSWORD=another-{SECRET}" in service.inspect()["Config"]["Env"]


def test_password_of_a_share_is_shown_nowhere(service: Service) -> None:
    options = {"type": "cifs", "device": "//192.0.2.1/share", "o": f"addr=192.0.2.1,username=u,password={SECRET}"}
    mounts = [{"target": "/share", "volume_driver": "local", "volume_options": options}]
    service.ask(image="app:v1", stop_timeout=0)
    foretold = service.ask(mounts=mounts, check_mode=True)
    assert foretold["diff"]["after"]["volumes"]["/share"]["volume_options"]["o"] == "(value after)"
    with pytest.raises(SwapFailed, match=r"192\.0\.2\.1") as failure:
        service.ask(mounts=mounts)
    assert SECRET not in f"{foretold} {failure.value.message} {failure.value.details}"
    assert service.containers() == {"web": "app:v1 running"}


def test_force_swaps_without_a_difference(service: Service) -> None:
    service.ask(image="app:v1", **SETTINGS)
    before = service.inspect()["Id"]
    assert service.ask(force=True)["changed"]
    assert service.inspect()["Id"] != before
    assert service.inspect()["Config"]["Image"] == "app:v1"


def test_stopped_container_of_the_right_image_is_started(service: Service) -> None:
    service.ask(image="app:v1", **SETTINGS)
    before = service.inspect()["Id"]
    service.client.stop("web", timeout=0)
    assert service.ask(image="app:v1")["actions"] == ["start web", "wait until web is healthy"]
    assert (service.inspect()["Id"], service.inspect()["State"]["Running"]) == (before, True)


def test_paused_container_is_none_that_runs(service: Service) -> None:
    service.ask(image="app:v1", **SETTINGS)
    before = service.inspect()["Id"]
    service.client.pause("web")
    assert service.ask(image="app:v1", check_mode=True)["changed"]
    assert service.ask(image="app:v1")["actions"] == ["start web", "wait until web is healthy"]
    assert (service.inspect()["Id"], service.inspect()["State"]["Status"]) == (before, "running")
    service.client.pause("web")
    service.ask(image="app:v2")
    assert service.containers() == {"web": "app:v2 running", "web-previous-1": "app:v1 exited"}


@pytest.mark.parametrize(
    ("version", "evidence"),
    [
        ("crashes", {"exit_code": 3, "last_log": ["cannot open ********"]}),
        ("unhealthy", {"exit_code": None, "oom_killed": False}),
    ],
)
def test_failing_version_is_undone(service: Service, version: str, evidence: dict[str, t.Any]) -> None:
    service.ask(image="app:v1", **SETTINGS)
    before = service.inspect()
    with pytest.raises(SwapFailed) as failure:
        service.ask(image=f"app:{version}")
    after = service.inspect()
    assert service.containers() == {"web": "app:v1 running"}
    assert after["Id"] == before["Id"]
    assert after["HostConfig"] == before["HostConfig"]
    details = failure.value.details
    assert details["rolled_back"] is True
    assert {key: details[key] for key in evidence} == evidence
    assert version != "unhealthy" or "not today" in details["health_log"]
    assert SECRET not in f"{failure.value.message} {details}"
    assert service.ask(image="app:v1")["changed"] is False


@pytest.mark.parametrize("health", [None, {"timeout": 30}, {"path": "/ping"}])
@pytest.mark.parametrize("settings", [{}, {"entrypoint": ["sh", "-c", "sleep 0.7; exit 3"]}], ids=["at once", "soon"])
def test_crash_at_boot_is_noticed_whatever_health_says(
    service: Service, health: dict[str, t.Any] | None, settings: dict[str, t.Any]
) -> None:
    service.ask(image="app:v1", published_ports=["18080:8080"], **SETTINGS)
    with pytest.raises(SwapFailed, match="exited with code 3"):
        service.ask(image="app:crashes", health=health, **settings)


def test_first_deploy_that_fails_leaves_nothing(service: Service) -> None:
    with pytest.raises(SwapFailed, match="nothing ran before") as failure:
        service.ask(image="app:crashes")
    assert service.containers() == {}
    assert failure.value.details["rolled_back"] is False


@pytest.mark.parametrize(
    "settings", [{"runtime": "no-such-runtime"}, {"restart_retries": 3}, {"health": {"path": "/ping"}}], ids=str
)
def test_error_at_create_costs_nothing(service: Service, settings: dict[str, t.Any]) -> None:
    service.ask(image="app:v1", **SETTINGS)
    started = service.inspect()["State"]["StartedAt"]
    with pytest.raises(SwapFailed):
        service.ask(image="app:v2", **settings)
    assert service.containers() == {"web": "app:v1 running"}
    assert service.inspect()["State"]["StartedAt"] == started


def test_previous_brings_back_the_very_container_and_keeps_the_other(service: Service) -> None:
    service.ask(image="app:v1", **SETTINGS)
    first = service.inspect()
    service.ask(image="app:v2", env={"PASSWORD": "of the second"})
    result = service.ask(state="previous")
    assert service.inspect()["Id"] == first["Id"]
    assert service.inspect()["HostConfig"] == first["HostConfig"]
    assert service.containers() == {"web": "app:v1 running", "web-previous-2": "app:v2 exited"}
    assert result["previous"]["name"] == "web-previous-2"
    service.ask(state="previous")
    assert service.inspect()["Config"]["Image"] == "app:v2"
    assert service.inspect()["HostConfig"]["RestartPolicy"]["Name"] == "unless-stopped"


def test_previous_by_version_is_idempotent_and_names_what_there_is(service: Service) -> None:
    for version in ("v1", "v2", "v3"):
        service.ask(image=f"app:{version}", keep=5, **SETTINGS)
    assert service.ask(state="previous", version="v1", keep=5)["changed"]
    assert not service.ask(state="previous", version="app:v1", keep=5)["changed"]
    assert service.inspect()["Config"]["Image"] == "app:v1"
    with pytest.raises(NothingKept, match=r"app:v3.*app:v2"):
        service.ask(state="previous", version="v0", keep=5)


def test_previous_that_fails_is_undone(service: Service) -> None:
    service.ask(image="app:v1", **SETTINGS)
    service.ask(image="app:v2")
    with pytest.raises(SwapFailed):
        service.ask(state="previous", health={"tcp": "127.0.0.1:1", "timeout": 0.5})
    assert service.containers() == {"web": "app:v2 running", "web-previous-1": "app:v1 exited"}
    assert service.inspect("web-previous-1")["HostConfig"]["RestartPolicy"]["Name"] == "no"


@pytest.mark.parametrize(("keep", "kept"), [(0, []), (1, ["app:v2"]), (2, ["app:v1", "app:v2"])])
def test_keep(service: Service, keep: int, kept: list[str]) -> None:
    for version in ("v1", "v2", "v3"):
        service.ask(image=f"app:{version}", keep=keep, **SETTINGS)
    others = {name: state for name, state in service.containers().items() if name != "web"}
    assert sorted(others.values()) == [f"{image} exited" for image in kept]


def test_pruning_spares_volumes_that_the_new_container_shares(service: Service) -> None:
    service.ask(
        image="app:v1", volumes=["/data"], command=["sh", "-c", "echo mine > /data/file; sleep 3600"], **SETTINGS
    )
    service.ask(image="app:v2", keep=0, command=["sh", "-c", "cat /data/file; sleep 3600"])
    assert service.client.logs("web") == b"mine\n"


@pytest.mark.parametrize("carry_over", [True, False])
def test_data_in_a_volume_that_the_image_declares_stays(
    service: Service, image: t.Callable[..., str], carry_over: bool
) -> None:
    declaring = image("app:declaring", CMD=SLEEP, VOLUME=["/data"])
    service.ask(image=declaring, command=["sh", "-c", "echo mine > /data/file; sleep 3600"], stop_timeout=0)
    for version in (declaring, "app:v2"):
        service.ask(image=version, command=["sh", "-c", "cat /data/file; sleep 3600"], carry_over=carry_over, keep=0)
        assert service.client.logs("web") == b"mine\n"
        again = service.ask(command=["sh", "-c", "cat /data/file; sleep 3600"], carry_over=carry_over, keep=0)
        assert not again["changed"], again["diff"]


def test_absent_removes_all(service: Service) -> None:
    service.ask(image="app:v1", **SETTINGS)
    service.ask(image="app:v2")
    assert service.ask(state="absent", check_mode=True)["changed"]
    assert len(service.containers()) == 2
    assert service.ask(state="absent")["changed"]
    assert service.containers() == {}
    assert not service.ask(state="absent")["changed"]


def test_container_with_rm_comes_back_too(service: Service) -> None:
    service.ask(image="app:v1", auto_remove=True, env={"PASSWORD": SECRET}, stop_timeout=0)
    with pytest.raises(SwapFailed) as failure:
        service.ask(image="app:v2", auto_remove=False, health={"tcp": "127.0.0.1:1", "timeout": 0.5})
    assert failure.value.details["rolled_back"] is True
    assert f"PASSWORD={SECRET}" in service.inspect()["Config"]["Env"]
    assert "VERSION=1" in service.inspect()["Config"]["Env"]
    assert list(service.containers()) == ["web"]


def test_container_with_rm_comes_back_when_the_new_one_has_rm_too(service: Service) -> None:
    """The engine is still removing the new one, and its name is taken, when stop and remove have returned."""
    service.ask(image="app:v1", auto_remove=True, env={"PASSWORD": SECRET}, stop_timeout=0)
    with pytest.raises(SwapFailed) as failure:
        service.ask(image="app:unhealthy")
    assert failure.value.details["rolled_back"] is True
    assert service.containers() == {"web": f"{service.inspect()['Image']} running"}
    assert "VERSION=1" in service.inspect()["Config"]["Env"]
    assert service.inspect()["HostConfig"]["AutoRemove"] is True


def test_prepare_says_whether_a_swap_is_due(service: Service) -> None:
    service.ask(image="app:v1", **SETTINGS)
    assert service.ask(image="app:v2", prepare=True)["swap_needed"] is True
    assert service.ask(image="app:v1", prepare=True)["swap_needed"] is False
    assert service.containers() == {"web": "app:v1 running"}


def test_missing_image_that_may_not_be_pulled(service: Service) -> None:
    service.ask(image="app:v1", **SETTINGS)
    with pytest.raises(ImageMissing, match="app:v9"):
        service.ask(image="app:v9")


def test_files_are_for_root_alone_and_hold_no_secret(service: Service) -> None:
    service.ask(image="app:v1", **SETTINGS)
    service.ask(image="app:v2")
    for path in [service.store.folder, *service.store.folder.iterdir()]:
        assert path.stat().st_mode & 0o077 == 0
        assert path.is_dir() or SECRET not in path.read_text()
    entries = service.store.history()
    assert [(entry["what"], entry["image"][:7], entry["result"]) for entry in entries] == [
        ("swap", "sha256:", "done"),
        ("swap", "sha256:", "done"),
    ]


def test_other_runs_wait_for_the_one_at_work(service: Service) -> None:
    with service.store.locked(0, Clock()), pytest.raises(Busy, match="web"):
        service.ask(image="app:v1", lock_timeout=0.3)
    assert service.containers() == {}


# Two slots

SLOTS = {"strategy": "start_first", "slots": [18081, 18082], "container_port": 8080}


def test_slots_take_turns(service: Service) -> None:
    ports = []
    for version in ("v1", "v2", "v3"):
        result = service.ask(image=f"app:{version}", **SLOTS, **SETTINGS)
        ports.append(result["slot"])
        assert not service.ask(image=f"app:{version}", **SLOTS, **SETTINGS)["changed"]
    assert ports == [18081, 18082, 18081]
    assert service.containers() == {"web-18081": "app:v3 running", "web-18082": "app:v2 exited"}


def test_look_tells_the_slot_in_use_apart_from_the_next_one(service: Service) -> None:
    service.ask(image="app:v1", published_ports=["18080:8080"], **SETTINGS)
    for before, after in ((None, 18081), (18081, 18082)):
        look = service.ask(check_mode=True, force=True, **SLOTS)
        assert (look["slot_before"], look["slot"]) == (before, after)
        result = service.ask(force=True, **SLOTS)
        assert (result["slot_before"], result["slot"]) == (before, after)


def test_old_one_serves_until_it_is_retired(service: Service) -> None:
    service.ask(image="app:v1", **SLOTS, **SETTINGS)
    service.ask(image="app:v2", retire=False, **SLOTS)
    assert service.containers() == {"web-18081": "app:v1 running", "web-18082": "app:v2 running"}
    assert not service.ask(image="app:v2", retire=False, **SLOTS)["changed"]
    assert service.ask(image="app:v2", **SLOTS)["changed"]
    assert service.containers() == {"web-18081": "app:v1 exited", "web-18082": "app:v2 running"}
    service.ask(state="previous", **SLOTS)
    assert service.containers() == {"web-18081": "app:v1 running", "web-18082": "app:v2 exited"}


def test_what_serves_is_left_as_it_is_when_the_other_one_is_retired(service: Service) -> None:
    """After a rollback that is the older one, and the task states settings for the newer."""
    service.ask(image="app:v1", **SLOTS, **SETTINGS)
    before = service.inspect("web-18081")["State"]["StartedAt"]
    service.ask(image="app:v2", retire=False, stop_timeout=1, **SLOTS)
    service.ask(state="previous", retire=False, stop_timeout=1, **SLOTS)
    assert service.ask(state="retired", stop_timeout=1, **SLOTS)["changed"]
    assert service.containers() == {"web-18081": "app:v1 running", "web-18082": "app:v2 exited"}
    assert service.inspect("web-18081")["State"]["StartedAt"] == before
    assert not service.ask(state="retired", stop_timeout=1, **SLOTS)["changed"]


def test_failing_version_in_a_slot_never_touches_the_old_one(service: Service) -> None:
    service.ask(image="app:v1", **SLOTS, **SETTINGS)
    before = service.inspect("web-18081")["State"]["StartedAt"]
    with pytest.raises(SwapFailed, match=r"\napp:v1 still runs$"):
        service.ask(image="app:crashes", **SLOTS)
    assert service.containers() == {"web-18081": "app:v1 running"}
    assert service.inspect("web-18081")["State"]["StartedAt"] == before


@pytest.mark.parametrize("address", ["", "127.0.0.1"])
def test_move_from_one_port_to_slots(service: Service, address: str) -> None:
    service.ask(image="app:v1", published_ports=[f"{address}:18081:8080".lstrip(":")], **SETTINGS)
    result = service.ask(image="app:v1", **{**SLOTS, "container_port": None})
    assert (result["slot_before"], result["slot"]) == (18081, 18082)
    assert service.containers() == {"web-18082": "app:v1 running", "web-previous-1": "app:v1 exited"}
    bindings = service.inspect("web-18082")["HostConfig"]["PortBindings"]
    assert bindings == {"8080/tcp": [{"HostIp": address, "HostPort": "18082"}]}
    assert not service.ask(image="app:v1", **SLOTS)["changed"]


# Killed at any step


class KilledAt(Engine):
    """An engine whose user dies at its nth change, right before or right after it."""

    at = 0
    after = False
    made = 0


def _dying(name: str) -> t.Callable[..., t.Any]:
    def call(self: KilledAt, *args: t.Any, **kwargs: t.Any) -> t.Any:
        self.made += 1
        if self.made == self.at and not self.after:
            os.kill(os.getpid(), signal.SIGKILL)
        result = getattr(Engine, name)(self, *args, **kwargs)
        if self.made == self.at:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    return call


for _name in CHANGES:
    setattr(KilledAt, _name, _dying(_name))


def _ask_and_die(service: Service, at: int, after: bool, **params: t.Any) -> bool:
    """Whether the run was killed; it is not when it makes fewer changes than I(at)."""
    pid = os.fork()
    if pid == 0:
        try:
            engine = t.cast(KilledAt, service.engine(KilledAt))
            engine.at, engine.after = at, after
            service.ask(engine, **params)
        except SwapFailed:
            pass
        finally:
            os._exit(0)
    return os.WIFSIGNALED(os.waitpid(pid, 0)[1])


def _kill_everywhere(
    service: Service, begin: t.Callable[[], None], check: t.Callable[[], None], **params: t.Any
) -> int:
    """Begin anew, kill the run at its nth change, check; for each n, before and after it. Returns the last n."""
    at = 0
    killed = True
    while killed:
        at += 1
        for after in (False, True):
            for name in service.containers():
                service.client.remove_container(name, force=True, v=True)
            service.forget()
            begin()
            killed = _ask_and_die(service, at, after, **params)
            check()
    return at - 1


@pytest.mark.parametrize(
    "killed", [{"image": "app:v2"}, {"image": "app:crashes"}, {"state": "previous"}], ids=["good", "bad", "previous"]
)
def test_next_run_goes_on_wherever_a_run_was_killed(service: Service, killed: dict[str, t.Any]) -> None:
    """Whichever image the next run asks for: one container runs, it is that one, and nothing is left lying about."""
    wanted = itertools.cycle(["app:v1", "app:v2", "app:v3"])

    def begin() -> None:
        service.ask(image="app:v3", **SETTINGS)
        service.ask(image="app:v1", **SETTINGS)

    def check() -> None:
        image = next(wanted)
        service.ask(image=image)
        containers = service.containers()
        kept = {name: state for name, state in containers.items() if name != "web"}
        assert containers["web"] == f"{image} running"
        assert service.inspect()["HostConfig"]["RestartPolicy"]["Name"] == "unless-stopped"
        assert len(kept) == 1, containers
        assert all("previous" in name and state.endswith("exited") for name, state in kept.items())
        assert all(service.inspect(name)["HostConfig"]["RestartPolicy"]["Name"] == "no" for name in kept)
        assert service.store.open_change() is None
        assert not service.ask(image=image)["changed"]

    assert _kill_everywhere(service, begin, check, **killed) >= 6


def test_next_run_goes_on_wherever_a_run_with_slots_was_killed(service: Service) -> None:
    def begin() -> None:
        service.ask(image="app:v1", **SLOTS, **SETTINGS)

    def check() -> None:
        service.ask(image="app:v3", **SLOTS)
        containers = sorted(service.containers().values())
        assert [what for what in containers if "running" in what] == ["app:v3 running"]
        assert len(containers) == 2, service.containers()
        assert not service.ask(image="app:v3", **SLOTS)["changed"]

    assert _kill_everywhere(service, begin, check, image="app:v2", **SLOTS) >= 6


@pytest.mark.parametrize("polite", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_polite_signals_do_not_stop_a_swap_midway(service: Service, polite: signal.Signals) -> None:
    class Disturbed(Engine):
        def stop(self, *args: t.Any, **kwargs: t.Any) -> None:
            os.kill(os.getpid(), polite)
            super().stop(*args, **kwargs)

    service.ask(image="app:v1", **SETTINGS)
    pid = os.fork()
    if pid == 0:
        try:
            service.ask(service.engine(Disturbed), image="app:v2")
        finally:
            os._exit(0)
    assert os.waitpid(pid, 0)[1] == 0
    assert service.containers()["web"] == "app:v2 running"


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL], ids=["stopped", "killed"])
@pytest.mark.parametrize("at", range(1, 8))
def test_engine_that_restarts_in_the_middle(
    service: Service, private_engine: t.Any, at: int, how: signal.Signals
) -> None:
    """The run itself gets to one of the two versions, or the next one does."""
    count = itertools.count(1)

    class Restarted(Engine):
        def _trying(self, what: str) -> t.Any:
            if what.split()[0] in ("create", "start", "stop", "rename", "set") and next(count) == at:
                private_engine.stop_engine(how)
                private_engine.start_engine()
            return super()._trying(what)

    service.ask(image="app:v1", **SETTINGS)
    with contextlib.suppress(SwapFailed):
        service.ask(service.engine(Restarted), image="app:v2")
    running = [name for name, what in service.containers().items() if what.endswith("running")]
    assert running == ["web"]
    service.ask(image="app:v2")
    assert service.containers() == {"web": "app:v2 running", "web-previous-1": "app:v1 exited"}


def test_host_that_reboots_in_the_middle_starts_nothing_unchecked(service: Service, private_engine: t.Any) -> None:
    """Killed while it waits for health, then the engine anew: neither the old nor the unproven one comes up alone."""
    service.ask(image="app:v1", **SETTINGS)
    assert _ask_and_die(service, 6, True, image="app:v2")
    private_engine.stop_engine(signal.SIGTERM)
    private_engine.start_engine()
    assert not [what for what in service.containers().values() if what.endswith("running")]
    result = service.ask(image="app:v1")
    assert "app:v1 is back" in result["recovered"]
    assert service.containers() == {"web": "app:v1 running"}


def test_pruning_after_a_kill_does_not_cost_the_container_that_is_left(service: Service) -> None:
    service.ask(image="app:v1", **SETTINGS)
    assert _ask_and_die(service, 6, True, image="app:v2")
    service.client.prune_containers()
    started = service.inspect()["State"]["StartedAt"]
    result = service.ask(image="app:v2")
    assert result["actions"] == ["set the restart policy of web to unless-stopped", "wait until web is healthy"]
    assert "is gone" in result["recovered"]
    assert service.containers() == {"web": "app:v2 running"}
    assert service.inspect()["State"]["StartedAt"] == started
    assert f"PASSWORD={SECRET}" in service.inspect()["Config"]["Env"]
    assert service.store.open_change() is None
