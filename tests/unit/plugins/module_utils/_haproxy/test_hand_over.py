# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t

import pytest
import yaml
from ansible_collections.zero.downtime.plugins.module_utils._errors import ZeroDowntimeError
from ansible_collections.zero.downtime.plugins.module_utils._haproxy import runtime
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.hand_over import HandOver
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.options import HAND_OVER_OPTIONS, HAPROXY_OPTIONS
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.restore import NotUp
from ansible_collections.zero.downtime.plugins.modules import haproxy_server_state, rollout_hand_over
from ansible_collections.zero.downtime.tests.unit.plugins.module_utils._haproxy.fakes import (
    FakeClock,
    FakeHAProxy,
    FakeServer,
)

KEYS = {"changed", "actions", "elapsed", "restored", "drained"}
DOCUMENTED: dict[str, t.Any] = yaml.safe_load(rollout_hand_over.RETURN)
OF_ONE_SERVER: dict[str, t.Any] = yaml.safe_load(haproxy_server_state.RETURN)
SERVER_KEYS = {"changed"} | {name for name, key in OF_ONE_SERVER.items() if key["returned"] == "always"}

READY = "set server app/a state drain; set server app/a health down; set server app/a state ready"
DRAIN = "disable health app/b; set server app/b state drain"
MAINT = "set server app/b state maint; enable health app/b"

Begin = t.Callable[..., HandOver]


@pytest.fixture
def haproxy(clock: FakeClock) -> FakeHAProxy:
    """Server a is in maintenance, b is ready."""
    return FakeHAProxy(clock, FakeServer("a", admin=1), FakeServer("b"))


@pytest.fixture
def begin(clock: FakeClock, haproxy: FakeHAProxy, monkeypatch: pytest.MonkeyPatch) -> Begin:
    """A hand-over from a to b, on that HAProxy."""
    monkeypatch.setattr(runtime, "CommandSocket", lambda *_arguments, **_options: haproxy)

    def build(*, rehearsal: bool = False, **options: t.Any) -> HandOver:
        defaults = {name: option.get("default") for name, option in {**HAPROXY_OPTIONS, **HAND_OVER_OPTIONS}.items()}
        asked = {"backend": "app", "restore": "a", "drain": "b", "socket": ["/nowhere/1.sock"]}
        return HandOver({**defaults, **asked, **options}, clock, rehearsal=rehearsal)

    return build


def test_the_drain_begins_once_the_restored_server_is_up(
    clock: FakeClock, haproxy: FakeHAProxy, begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    haproxy.check_after = 3
    up_at_drain: list[bool] = []
    set_state = haproxy._set_state

    def watch(server: FakeServer, state: str) -> None:
        if server.name == "b" and state == "drain":
            up_at_drain.append(haproxy.servers["a"].op == 2)
        set_state(server, state)

    monkeypatch.setattr(haproxy, "_set_state", watch)
    hand_over = begin()
    hand_over.run()
    result = hand_over.result()
    assert haproxy.log == [READY, DRAIN, MAINT]
    assert up_at_drain == [True]
    assert result["actions"] == [f"/nowhere/1.sock: {line}" for line in haproxy.log]
    assert result["changed"] is True
    assert 3 <= result["elapsed"] < 5
    assert [server["up"] for server in result["restored"]["after"]] == [True]
    assert [server["state"] for server in result["drained"]["after"]] == ["maint"]
    assert (result["drained"]["out"], result["drained"]["why"], hand_over.warnings) == (True, "", [])
    assert set(result["restored"]) == SERVER_KEYS
    assert set(result["drained"]) == SERVER_KEYS | {"out", "why"}


def test_a_server_that_can_not_leave_is_a_warning(haproxy: FakeHAProxy, begin: Begin) -> None:
    hand_over = begin(min_healthy=2, drain_timeout=5.0)
    hand_over.run()
    result = hand_over.result()
    assert haproxy.log == [READY]
    assert result["restored"]["after"][0]["state"] == result["drained"]["after"][0]["state"] == "ready"
    assert result["drained"]["out"] is False
    assert "app/b was not drained at /nowhere/1.sock within 5 s" in result["drained"]["why"]
    assert hand_over.warnings == [f"a is restored; draining b failed: {result['drained']['why']}"]


def test_nothing_is_drained_where_the_first_server_is_not_restored(haproxy: FakeHAProxy, begin: Begin) -> None:
    haproxy.check_after = 99
    hand_over = begin(restore_timeout=5.0)
    with pytest.raises(NotUp):
        hand_over.run()
    result = hand_over.result()
    assert haproxy.log == [READY, "set server app/a state maint"]
    assert result["drained"] == {}
    assert result["restored"]["actions"] == result["actions"]
    assert result["changed"] is True


def test_check_mode_rehearses_the_restore_alone(haproxy: FakeHAProxy, begin: Begin) -> None:
    hand_over = begin(rehearsal=True)
    hand_over.run()
    result = hand_over.result()
    assert haproxy.log == []
    assert result["actions"] == [f"/nowhere/1.sock: {READY}"]
    assert result["drained"] == {}
    assert hand_over.diff()["after"].keys() == {"a"}
    assert hand_over.warnings == []


def test_a_second_run_changes_nothing(haproxy: FakeHAProxy, begin: Begin) -> None:
    begin().run()
    again = begin()
    again.run()
    assert (again.result()["changed"], again.result()["actions"]) == (False, [])
    assert again.result()["drained"]["out"] is True


def test_the_diff_shows_each_server(begin: Begin) -> None:
    hand_over = begin()
    hand_over.run()
    shown = {
        side: {server: settings["/nowhere/1.sock"]["state"] for server, settings in servers.items()}
        for side, servers in hand_over.diff().items()
    }
    assert shown == {"before": {"a": "maint", "b": "ready"}, "after": {"a": "ready", "b": "maint"}}


def test_the_ramp_and_the_timeouts_are_each_servers_own(clock: FakeClock, haproxy: FakeHAProxy, begin: Begin) -> None:
    haproxy.servers["a"].weight = haproxy.servers["a"].configured = 100
    haproxy.servers["b"].sessions = 1
    started = clock.now
    hand_over = begin(ramp=10.0, drain_timeout=2.0, on_timeout="cut")
    hand_over.run()
    assert haproxy.servers["a"].weight == 100
    assert hand_over.result()["drained"]["sessions_cut"] == 1
    assert 12 <= clock.now - started < 15


@pytest.mark.parametrize(
    ("options", "option", "message"),
    [
        ({"restore": "a; x"}, "restore", "restore: server 'a; x' is not a valid name"),
        ({"drain": "b; x"}, "drain", "drain: server 'b; x' is not a valid name"),
        ({"drain": "a"}, "drain", "restore and drain are both a"),
        ({"backend": "a b"}, "backend", "backend 'a b' is not a valid name"),
        ({"restore_timeout": -1.0}, "restore_timeout", "restore_timeout: timeout is -1.0"),
        ({"drain_timeout": -1.0}, "drain_timeout", "drain_timeout: timeout is -1.0"),
        ({"ramp": -1.0}, "ramp", "ramp is -1.0"),
        ({"min_healthy": "most"}, "min_healthy", "neither a number of servers nor a share"),
        ({"socket": ["/a", "/b"], "persist": "/c"}, "persist", "persist goes with one socket"),
        ({"tls": True}, None, "stays on the host"),
    ],
)
def test_wrong_values_are_refused_before_anything_is_touched(
    haproxy: FakeHAProxy, begin: Begin, options: dict[str, t.Any], option: str | None, message: str
) -> None:
    refused = begin(**options)
    with pytest.raises(ZeroDowntimeError, match=message) as failure:
        refused.run()
    assert failure.value.details.get("option") == option
    assert haproxy.log == []
    assert set(refused.result()) == KEYS
    assert refused.result()["changed"] is False
    assert refused.result()["drained"] == {}
    assert set(failure.value.details) <= {name for name in DOCUMENTED if name not in KEYS}


def test_the_keys_of_every_result_are_those_that_are_documented() -> None:
    assert {"changed"} | {name for name, key in DOCUMENTED.items() if key["returned"] == "always"} == KEYS
