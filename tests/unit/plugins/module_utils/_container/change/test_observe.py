# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is found and decided, against an engine in memory."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.zero.downtime.plugins.module_utils._container.change.decide import NotServing
from ansible_collections.zero.downtime.plugins.module_utils._container.change.observe import ImageMissing
from ansible_collections.zero.downtime.plugins.module_utils._container.change.request import BadRequest
from ansible_collections.zero.downtime.plugins.module_utils._container.change.undo import SwapFailed
from ansible_collections.zero.downtime.tests.unit.plugins.module_utils._container.change.fakes import (
    REPOSITORY,
    SLOTS,
    Host,
)


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


def test_prepare_pulls_and_touches_no_container(host: Host) -> None:
    host.ask("a1")
    host.engine.remote[f"{REPOSITORY}:a1"] = "sha256:" + "0" * 62 + "b4"
    result = host.ask("a1", pull="always", prepare=True)
    assert (result["swap_needed"], result["actions"]) == (True, [f"pull {REPOSITORY}:a1"])
    assert host.engine.state() == {"web": "a1 running"}


def test_image_is_needed_for_the_first_deploy_alone(host: Host) -> None:
    with pytest.raises(BadRequest, match="which image"):
        host.ask()
    host.ask("a1")
    assert not host.ask()["changed"]
    assert host.ask(force=True)["changed"]


def test_image_that_is_not_there_and_not_to_be_pulled(host: Host) -> None:
    with pytest.raises(ImageMissing):
        host.ask("a9", pull="never")


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
