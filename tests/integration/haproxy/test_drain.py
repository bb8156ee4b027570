# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Out under load: nothing is lost, and nothing is left on the server when the module returns."""

from __future__ import annotations

import re
import time
import typing as t

import pytest
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.drain import StillBusy
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.target import Interfered
from ansible_collections.zero.downtime.tests.integration.haproxy.haproxy_under_test import HAProxy, until

Make = t.Callable[..., HAProxy]
COOKIE = "cookie S insert indirect"
COOKIES = {"app1": "cookie app1", "app2": "cookie app2"}
SHUTDOWN = "on-marked-down shutdown-sessions"
# As docs/haproxy.md has it.
LEAVE_IN_DRAIN = """
  ignore-persist if { req.cook(S) app1 } { nbsrv(app1-in) eq 0 }
  ignore-persist if { req.cook(S) app2 } { nbsrv(app2-in) eq 0 }
"""
IN = """
backend app1-in
  server app1 127.0.0.1:1 track app/app1
backend app2-in
  server app2 127.0.0.1:1 track app/app2
"""


@pytest.mark.parametrize("load", ["wrk", "h2load"])
def test_a_service_killed_after_maint_loses_nothing(haproxy: HAProxy, load: str) -> None:
    clients = getattr(haproxy, load)(4)
    slow = haproxy.background("/slow", 4)
    for _round in range(3):
        haproxy.module("maint")
        haproxy.services["app1"].kill()
        haproxy.services["app1"].start()
        haproxy.module("ready")
    answered, lost = clients.finish()
    haproxy.join()
    assert answered > 500
    assert lost == 0
    assert [status for status, _name in slow] == [200] * 4


def test_drain_waits_for_the_last_request_and_stays_in_drain(haproxy: HAProxy) -> None:
    long = haproxy.background("/long", 4)
    until(lambda: haproxy.facts("app1").sessions == 2)
    result = haproxy.module("drain", timeout=60.0)
    assert haproxy.facts("app1").in_flight == 0
    assert haproxy.admin_state("app1") == 8
    assert haproxy.facts("app1").check_enabled
    assert result["elapsed"] < 30
    haproxy.join()
    assert [status for status, _name in long] == [200] * 4


def test_wait_false_returns_with_requests_in_flight(haproxy: HAProxy) -> None:
    long = haproxy.background("/long", 2)
    until(lambda: haproxy.facts("app1").sessions == 1)
    haproxy.module("drain", wait=False)
    assert haproxy.facts("app1").sessions == 1
    haproxy.join()
    assert [status for status, _name in long] == [200] * 2


def test_a_failing_check_does_not_cut_the_last_requests(make: Make) -> None:
    haproxy = make(2).start(server=SHUTDOWN)
    haproxy.until_up()
    # The check moves to a port where nobody listens, so it fails soon after the drain has begun.
    long = haproxy.background("/long", 2)
    until(lambda: haproxy.facts("app1").sessions == 1)
    haproxy.ask("set server app/app1 check-port 1")
    result = haproxy.module("maint")
    haproxy.join()
    assert result["elapsed"] > 2
    assert [status for status, _name in long] == [200, 200]


def test_clients_with_a_cookie_are_moved(make: Make) -> None:
    haproxy = make(2).start(backend=COOKIE, each=COOKIES)
    haproxy.until_up()
    clients = haproxy.wrk(3, headers=["Cookie: S=app1"])
    until(lambda: haproxy.facts("app1").sessions_total > 100)
    result = haproxy.module("maint")
    before = haproxy.facts("app1").sessions_total
    haproxy.services["app1"].kill()
    answered, lost = clients.finish()
    assert (answered > 100, lost) == (True, 0)
    assert haproxy.facts("app1").sessions_total == before
    assert haproxy.request(cookie="S=app1") == (200, "app2")
    assert result["after"][0]["state"] == "maint"


def test_clients_with_a_cookie_keep_a_drain_from_ending(make: Make) -> None:
    haproxy = make(2).start(backend=COOKIE, each=COOKIES)
    haproxy.until_up()
    _always_one_on_app1(haproxy)
    with pytest.raises(StillBusy, match="clients with persistence keep coming: state maint moves them"):
        haproxy.module("drain", timeout=3.0)
    assert haproxy.admin_state("app1") == 0


def test_maint_moves_clients_whose_requests_never_leave_a_gap(make: Make) -> None:
    haproxy = make(2).start(backend=COOKIE, each=COOKIES)
    haproxy.until_up()
    _always_one_on_app1(haproxy)
    result = haproxy.module("maint")
    assert re.search(r"persistence kept coming .* with [12] requests? in flight", result["warnings"][0])
    assert result["elapsed"] > 2
    until(lambda: haproxy.facts("app2").sessions == 2, what="both clients are on app2")


def test_clients_with_a_cookie_that_are_moved_are_cut_where_haproxy_is_told_so(make: Make) -> None:
    haproxy = make(2).start(backend=COOKIE, each=COOKIES, server=SHUTDOWN)
    haproxy.until_up()
    clients = haproxy.wrk(5, path="/slow", connections=8, headers=["Cookie: S=app1"])
    until(lambda: haproxy.facts("app1").sessions == 8)
    (warning,) = haproxy.module("maint")["warnings"]
    told = re.search(r"with (\d+) requests? in flight.*'on-marked-down shutdown-sessions', which cuts", warning)
    assert clients.finish()[1] == int(told.group(1)) > 0


@pytest.mark.parametrize("path", ["/hello", "/slow"])
def test_clients_with_a_cookie_that_leave_in_drain_are_never_cut(make: Make, path: str) -> None:
    haproxy = make(2).start(backend=COOKIE + LEAVE_IN_DRAIN, each=COOKIES, server=SHUTDOWN, more=IN)
    haproxy.until_up()
    clients = haproxy.wrk(4, path=path, connections=8, headers=["Cookie: S=app1"])
    until(lambda: haproxy.facts("app1").sessions_total > 8)
    result = haproxy.module("maint")
    haproxy.services["app1"].kill()
    assert (result["warnings"], result["elapsed"] < 2) == ([], True)
    haproxy.services["app1"].start()
    haproxy.module("ready")
    assert haproxy.request(cookie="S=app1") == (200, "app1")
    assert clients.finish()[1] == 0


def _always_one_on_app1(haproxy: HAProxy) -> None:
    """One client has a request in flight for 4 s, another comes all the time."""
    haproxy.wrk(60, path="/long", connections=1, headers=["Cookie: S=app1"])
    until(lambda: haproxy.facts("app1").sessions == 1)
    haproxy.wrk(60, connections=1, headers=["Cookie: S=app1"])
    until(lambda: haproxy.facts("app1").sessions_total > 10)


def test_a_server_with_a_queue_is_empty_afterwards(make: Make) -> None:
    haproxy = make(2).start(server="maxconn 2")
    haproxy.until_up()
    slow = haproxy.background("/slow", 12)
    until(lambda: haproxy.facts("app1").sessions == 2)
    result = haproxy.module("maint")
    haproxy.services["app1"].kill()
    haproxy.join()
    assert [status for status, _name in slow] == [200] * 12
    assert result["elapsed"] > 0.6


def test_a_queue_that_takes_long_is_waited_for(make: Make) -> None:
    haproxy = make(2).start(backend="balance source", server=f"maxconn 1 {SHUTDOWN}")
    haproxy.until_up()
    slow = haproxy.background("/slow", 5)
    server = until(lambda: next((name for name in haproxy.services if haproxy.facts(name).queue == 4), None))
    result = haproxy.module("maint", server)
    haproxy.services[server].kill()
    haproxy.join()
    assert ([status for status, _name in slow], result["warnings"]) == ([200] * 5, [])


def test_timeout_puts_the_server_back_and_names_the_sessions(haproxy: HAProxy) -> None:
    long = haproxy.background("/long", 2)
    until(lambda: haproxy.facts("app1").sessions == 1)
    with pytest.raises(StillBusy, match=r"1 session and 0 queued requests left on app/app1 .* after 1\.") as failure:
        haproxy.module("maint", timeout=1.0)
    assert failure.value.details["sessions"] == 1
    assert haproxy.admin_state("app1") == 0
    haproxy.until_up("app1")
    haproxy.join()
    assert [status for status, _name in long] == [200, 200]


@pytest.mark.parametrize("state", ["drain", "maint"])
def test_timeout_cuts_nothing_and_the_server_serves_at_once(make: Make, state: str) -> None:
    haproxy = make(2).start(server=SHUTDOWN)
    haproxy.until_up()
    long = haproxy.background("/long", 2)
    until(lambda: haproxy.facts("app1").sessions == 1)
    with pytest.raises(StillBusy):
        haproxy.module(state, timeout=0.5)
    facts = haproxy.facts("app1")
    assert (facts.serves, facts.check_enabled, facts.sessions) == (True, True, 1)
    haproxy.join()
    assert [status for status, _name in long] == [200, 200]


def test_timeout_puts_a_server_that_was_down_back_down(make: Make) -> None:
    haproxy = make(2).start()
    haproxy.until_up()
    long = haproxy.background("/long", 2)
    until(lambda: haproxy.facts("app1").sessions == 1)
    haproxy.ask("set server app/app1 check-port 1")
    until(lambda: not haproxy.facts("app1").up)
    with pytest.raises(StillBusy):
        haproxy.module("drain", timeout=0.5)
    facts = haproxy.facts("app1")
    assert (facts.state, facts.up, facts.check_enabled) == ("ready", False, True)
    haproxy.join()
    assert [status for status, _name in long] == [200, 200]


@pytest.mark.parametrize("server", ["", SHUTDOWN])
def test_timeout_cuts_when_told_so(make: Make, server: str) -> None:
    haproxy = make(2).start(server=server)
    haproxy.until_up()
    long = haproxy.background("/long", 2)
    until(lambda: haproxy.facts("app1").sessions == 1)
    result = haproxy.module("maint", timeout=1.0, on_timeout="cut")
    haproxy.join()
    assert result["sessions_cut"] == 1
    assert result["elapsed"] < 3
    assert "shutdown sessions server app/app1" in result["actions"][-1]
    assert dict(long)[200] == "app2"
    assert len({status for status, _name in long}) == 2


def test_an_agent_that_answers_ready_does_not_undo_it(make: Make, agent: int) -> None:
    haproxy = make(2).start(each={"app1": f"agent-check agent-port {agent} agent-inter 100ms"})
    haproxy.until_up()
    haproxy.module("maint")
    time.sleep(0.5)
    assert haproxy.admin_state("app1") == 1
    haproxy.module("ready")
    assert haproxy.facts("app1").agent_enabled


def test_somebody_else_putting_it_back_is_noticed(haproxy: HAProxy) -> None:
    haproxy.background("/slow", 2)
    until(lambda: haproxy.facts("app1").sessions == 1)
    haproxy.once_out(lambda: haproxy.ask("set server app/app1 state ready"))
    with pytest.raises(Interfered, match="two tools manage this server"):
        haproxy.module("drain")
    haproxy.join()
    assert haproxy.facts("app1").check_enabled


def test_check_mode_says_the_same_and_touches_nothing(haproxy: HAProxy) -> None:
    for state in ("maint", "ready"):
        seen = haproxy.ask("show servers state app")
        rehearsed = haproxy.module(state, check_mode=True)
        assert _set(haproxy.ask("show servers state app")) == _set(seen)
        done = haproxy.module(state)
        assert rehearsed["actions"] == done["actions"]
        assert rehearsed["diff"] == done["diff"]
        assert rehearsed["changed"] is done["changed"] is True


@pytest.mark.parametrize("state", ["ready", "drain", "maint"])
def test_a_second_run_under_load_changes_nothing(haproxy: HAProxy, state: str) -> None:
    haproxy.wrk(4)
    haproxy.module(state)
    for _again in range(5):
        result = haproxy.module(state)
        assert (result["changed"], result["actions"]) == (False, [])


def _set(text: str) -> list[list[str]]:
    """Names, address, admin state, weights and port; the rest of show servers state moves with the checks."""
    return [row[1:5] + row[6:9] + row[18:19] for row in map(str.split, text.splitlines())]
