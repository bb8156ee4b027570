# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import itertools
import typing as t

import pytest
from ansible_collections.zero.downtime.plugins.module_utils._container.engine import service_containers


def _container(
    name: str, running: bool = True, started: str = "2026-01-01T00:00:00Z", port: str = ""
) -> dict[str, t.Any]:
    bindings = {"8080/tcp": [{"HostIp": "", "HostPort": port}]} if port else {}
    return {
        "Id": f"id of {name}",
        "Name": f"/{name}",
        "State": {"Running": running, "StartedAt": started},
        "HostConfig": {"PortBindings": bindings},
    }


class FakeEngine:
    def __init__(self, *containers: dict[str, t.Any]) -> None:
        self._found = {each["Id"]: each for each in containers}

    def inspect_container(self, name: str) -> dict[str, t.Any] | None:
        return self._found.get(name)

    def container_names(self, prefix: str) -> dict[str, str]:
        names = {each["Name"][1:]: each["Id"] for each in self._found.values()}
        return {name: ident for name, ident in names.items() if name.startswith(prefix)}


def _names(containers: t.Iterable[t.Mapping[str, t.Any]]) -> list[str]:
    return [each["Name"][1:] for each in containers]


def test_what_belongs_to_a_service_and_what_only_begins_like_it() -> None:
    engine = FakeEngine(
        _container("web"),
        _container("webshop"),
        _container("web-admin"),
        _container("web-previous-2", running=False),
        _container("web-previous-10", running=False),
        _container("web-previous-x", running=False),
    )
    facts = service_containers.find(engine, "web")
    assert facts.current is not None
    assert (facts.current["Name"], facts.beside) == ("/web", ())
    assert _names(facts.kept) == ["web-previous-10", "web-previous-2"]
    assert next(service_containers.names_aside("web", facts.taken)) == "web-previous-11"


def test_name_of_a_service_is_no_pattern() -> None:
    assert service_containers.number_of("a.b", "axb-previous-1") is None
    assert service_containers.number_of("a.b", "a.b-previous-1") == 1


def test_service_that_does_not_run_here() -> None:
    facts = service_containers.find(FakeEngine(), "web")
    assert (facts.current, facts.all) == (None, ())
    assert next(service_containers.names_aside("web", facts.taken)) == "web-previous-1"


@pytest.mark.parametrize(
    ("containers", "last", "current"),
    [
        ([_container("web-1", started="b"), _container("web-2", started="a")], "", "web-1"),
        ([_container("web-1", started="b"), _container("web-2", started="a")], "id of web-2", "web-2"),
        ([_container("web-1", running=False), _container("web-2")], "id of web-1", "web-2"),
        ([_container("web-1", running=False), _container("web-2", running=False)], "id of web-1", "web-1"),
        ([_container("web"), _container("web-2", running=False)], "", "web"),
    ],
)
def test_current_of_two(containers: list[dict[str, t.Any]], last: str, current: str) -> None:
    for order in itertools.permutations(containers):
        facts = service_containers.find(FakeEngine(*order), "web", (1, 2), last)
        assert facts.current is not None
        assert facts.current["Name"] == f"/{current}"
        assert len(facts.all) == len(containers)


@pytest.mark.parametrize(
    ("current", "in_use", "free"),
    [
        (None, None, 8081),
        (_container("web-8081", port="8081"), 8081, 8082),
        (_container("web-8082", port="8082"), 8082, 8081),
        (_container("web", port="8081"), 8081, 8082),
        (_container("web", port="80"), None, 8081),
    ],
)
def test_slot_in_use_and_free_slot(current: dict[str, t.Any] | None, in_use: int | None, free: int) -> None:
    assert service_containers.slot_in_use("web", (8081, 8082), current) == in_use
    assert service_containers.free_slot("web", (8081, 8082), current) == free


def test_name_beside_is_one_that_is_free() -> None:
    assert service_containers.name_beside("web", {"web"}) == "web-next"
    assert service_containers.name_beside("web", {"web", "web-next", "web-next-2"}) == "web-next-3"
