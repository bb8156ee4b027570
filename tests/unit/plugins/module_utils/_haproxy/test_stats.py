# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import dataclasses
import typing as t

import pytest
from ansible_collections.zero.downtime.plugins.module_utils._haproxy import stats
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.stats import Unreadable
from ansible_collections.zero.downtime.tests.unit.plugins.module_utils._haproxy.fakes import (
    STAT_COLUMNS,
    STATE_COLUMNS,
    FakeHAProxy,
)


@pytest.fixture
def facts(haproxy: FakeHAProxy, open_target: t.Callable[..., t.Any]) -> stats.ServerFacts:
    return open_target(haproxy).now


@pytest.mark.parametrize(
    ("admin_state", "state"),
    [
        (0, "ready"),
        (1, "maint"),
        (2, "maint"),
        (4, "ready"),
        (5, "maint"),
        (8, "drain"),
        (12, "drain"),
        (16, "drain"),
        (32, "maint"),
        (64, "ready"),
    ],
)
def test_state_by_bits(facts: stats.ServerFacts, admin_state: int, state: str) -> None:
    assert dataclasses.replace(facts, admin_state=admin_state).state == state


@pytest.mark.parametrize(("operational_state", "up"), [(0, False), (1, True), (2, True), (3, False)])
def test_up(facts: stats.ServerFacts, operational_state: int, up: bool) -> None:
    assert dataclasses.replace(facts, operational_state=operational_state).up is up


@pytest.mark.parametrize(
    ("fields", "passed"),
    [
        ({}, True),
        ({"check_health": 2}, False),
        ({"check_health": 3}, False),
        ({"operational_state": 0, "check_health": 0}, False),
        ({"check_state": 0}, False),
        ({"check_state": 2}, False),
        ({"check_health": 2, "fall": 1}, True),
    ],
)
def test_a_fresh_check_is_full_health_not_up(facts: stats.ServerFacts, fields: dict[str, int], passed: bool) -> None:
    assert dataclasses.replace(facts, **fields).fresh_check_passed is passed


def test_facts_of_a_server(facts: stats.ServerFacts) -> None:
    assert (facts.check_status, facts.check_text) == ("L7OK", "OK, so")
    assert (facts.backend_id, facts.server_id, facts.pid) == (3, 1, 100)
    assert facts.counters["answered_2xx"] == 0
    assert facts.counters["retries"] == 0


@pytest.mark.parametrize(
    ("parse", "text"),
    [
        (stats.parse_info, ""),
        (stats.parse_info, "Name: HAProxy\nPid: 1"),
        (stats.parse_servers_state, ""),
        (stats.parse_servers_state, "2\n# be_id\n"),
        (stats.parse_servers_state, "1\n# be_id be_name\n"),
        (stats.parse_servers_state, f"1\n# {STATE_COLUMNS}\n3 app 1\n"),
        (stats.parse_stat, "Permission denied"),
        (stats.parse_stat, "# pxname,svname\n"),
        (stats.parse_stat, f"# {STAT_COLUMNS}\napp,a,0\n"),
    ],
)
def test_half_or_other_texts_are_unreadable(parse: t.Callable[[str], t.Any], text: str) -> None:
    with pytest.raises(Unreadable):
        parse(text)
