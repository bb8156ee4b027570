# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole change against an engine in memory."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.zero.downtime.plugins.module_utils._container.change.observe import ImageMissing
from ansible_collections.zero.downtime.plugins.module_utils._container.change.undo import SwapFailed
from ansible_collections.zero.downtime.plugins.module_utils._container.engine.client import EngineError
from ansible_collections.zero.downtime.tests.unit.plugins.module_utils._container.change.fakes import (
    REPOSITORY,
    SLOTS,
    Host,
)


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


def test_an_empty_version_to_go_back_to_is_none(host: Host) -> None:
    """As a survey has it whose question was left unanswered, and ansible-core from 2.20 on makes it of null."""
    host.ask("a1")
    host.ask("a2")
    host.ask(state="previous", version="")
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


def test_secrets_of_the_environment_are_in_no_result(host: Host) -> None:
    host.ask("a1", env={"PASSWORD": "correct horse"})
    host.engine.log = "login as admin with correct horse failed\n" * 30
    with pytest.raises(SwapFailed) as failure:
        host.ask("bad", env={"PASSWORD": "correct horse"})
    assert failure.value.details["last_log"] == ["login as admin with ******** failed"] * 20
    assert failure.value.details["exit_code"] == 3
    assert "correct horse" not in f"{failure.value.message} {failure.value.details}"


def test_setting_that_the_engine_discards_is_told(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    create = host.engine.create

    def weightless(spec: t.Any, name: str) -> str:
        host.engine.warnings.append("Weight of correct horse discarded.")
        return create(spec, name)

    monkeypatch.setattr(host.engine, "create", weightless)
    result = host.ask("a1", blkio_weight=300, env={"PASSWORD": "correct horse"})
    assert result["warnings"] == [f"create web-next from {result['image']}: Weight of ******** discarded."]


def test_every_result_has_the_same_keys(host: Host) -> None:
    keys = {frozenset(host.ask(**params)) for params in ({"tag": "a2"}, {"tag": "a2"}, {"state": "absent"})}
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


def test_previous_by_the_version_of_a_stopped_container_starts_it(host: Host) -> None:
    host.ask("a1")
    host.ask("a2")
    current = host.engine.inspect_container("web")
    assert current is not None
    host.engine.stop(current["Id"], timeout=0)
    assert host.ask(state="previous", version="a2")["actions"] == ["start web", "wait until web is healthy"]
    assert host.engine.state() == {"web": "a2 running", "web-previous-1": "a1 exited"}


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
