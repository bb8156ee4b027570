# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reloads, restarts and what they leave behind."""

from __future__ import annotations

import multiprocessing
import os
import threading
import typing as t
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.drain import StillBusy
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.persist import StateFile
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.workers import Master
from ansible_collections.zero.downtime.tests.integration.haproxy.haproxy_under_test import HAProxy, until

Make = t.Callable[..., HAProxy]


def test_a_reload_between_drain_and_zero_does_not_end_the_drain(haproxy: HAProxy) -> None:
    long = haproxy.background("/long", 2)
    until(lambda: haproxy.facts("app1").sessions == 1)
    haproxy.once_out(haproxy.reload)
    result = haproxy.module("maint", master_socket=haproxy.master)
    # The new worker never had the request; the old one did, and was waited for.
    assert result["elapsed"] > 2.5
    assert result["warnings"] == []
    assert sum("set server app/app1 state drain" in action for action in result["actions"]) == 2
    haproxy.services["app1"].kill()
    haproxy.join()
    assert [status for status, _name in long] == [200, 200]
    assert haproxy.admin_state("app1") == 1


def test_a_reload_before_the_timeout_does_not_keep_the_server_from_serving_at_once(make: Make) -> None:
    haproxy = make(2).start(server="on-marked-down shutdown-sessions")
    haproxy.until_up()
    long = haproxy.background("/long", 2)
    until(lambda: haproxy.facts("app1").sessions == 1)
    haproxy.once_out(haproxy.reload)
    with pytest.raises(StillBusy, match="which a reload left behind"):
        haproxy.module("maint", master_socket=haproxy.master, timeout=2.5)
    facts = haproxy.facts("app1")
    assert (facts.serves, facts.check_enabled) == (True, True)
    haproxy.join()
    assert [status for status, _name in long] == [200, 200]


def test_a_reload_seen_without_master_socket_is_warned_of(haproxy: HAProxy) -> None:
    haproxy.background("/long", 2)
    until(lambda: haproxy.facts("app1").sessions == 1)
    haproxy.once_out(haproxy.reload)
    assert "master_socket" in haproxy.module("maint")["warnings"][0]


def test_an_old_worker_with_a_request_in_flight_is_waited_for(haproxy: HAProxy) -> None:
    long = haproxy.background("/long", 2)
    until(lambda: haproxy.facts("app1").sessions == 1)
    haproxy.reload()
    with pytest.raises(StillBusy, match=r"old workers \d+ \(1 in flight\), which a reload left behind"):
        haproxy.module("maint", master_socket=haproxy.master, timeout=0.5)
    haproxy.until_up()
    haproxy.module("maint", master_socket=haproxy.master)
    haproxy.services["app1"].kill()
    haproxy.join()
    assert [status for status, _name in long] == [200, 200]


def test_an_old_worker_whose_idle_clients_may_send_once_more_is_waited_for(make: Make) -> None:
    haproxy = make(2).start(defaults="option idle-close-on-response\n  timeout http-keep-alive 3s")
    haproxy.until_up()
    with haproxy.connection() as client:
        assert haproxy.exchange(client)[0] == 200
        haproxy.reload()
        (use,) = until(lambda: Master(haproxy.master).old_worker_use("app", "app1"))
        assert (use.in_flight, use.may_send) == (0, True)
        result = haproxy.module("maint", master_socket=haproxy.master)
    assert result["elapsed"] > 1
    assert Master(haproxy.master).old_worker_use("app", "app1") == []


def drained_over_a_restart(haproxy: HAProxy, *within: str, away: float = 0) -> dict[str, t.Any]:
    """The result of a drain in which HAProxy stops, and comes back I(within) another program after I(away) s."""
    haproxy.background("/long", 2)
    until(lambda: haproxy.facts("app1").sessions == 1)
    with ThreadPoolExecutor(1) as pool:  # not for the launch: a tied program ends with its thread
        waiting = pool.submit(haproxy.module, "maint")
        haproxy.once_out(haproxy.stop)
        haproxy.join()
        threading.Event().wait(away)
        haproxy.launch(*within)
        return waiting.result()


def test_haproxy_away_for_a_moment_while_waiting(haproxy: HAProxy) -> None:
    result = drained_over_a_restart(haproxy, away=1)
    assert haproxy.admin_state("app1") == 1
    assert result["elapsed"] > 1


@pytest.mark.skipif(os.geteuid() != 0, reason="a process tree of its own takes root")
def test_a_restart_in_a_container_has_the_server_drained_again(haproxy: HAProxy) -> None:
    contained = ("unshare", "--pid", "--fork")
    haproxy.stop()
    haproxy.launch(*contained)
    haproxy.until_up()
    pid = until(lambda: haproxy.facts("app1").uptime > 2 and haproxy.facts("app1").pid)
    result = drained_over_a_restart(haproxy, *contained)
    assert (haproxy.facts("app1").pid, haproxy.admin_state("app1")) == (pid, 1)
    assert sum("set server app/app1 state drain" in action for action in result["actions"]) == 2


def test_a_reload_while_coming_back(haproxy: HAProxy) -> None:
    haproxy.module("maint")
    haproxy.services["app1"].kill()
    haproxy.services["app1"].start(ready_after=1.5)
    reload = threading.Timer(0.3, haproxy.reload)
    reload.start()
    result = haproxy.module("ready")
    assert result["elapsed"] > 1.2
    assert haproxy.facts("app1").fresh_check_passed


def test_the_state_file_brings_the_state_over_a_reload(haproxy: HAProxy) -> None:
    state_file = haproxy.folder / "state"
    result = haproxy.module("maint", persist=str(state_file))
    assert result["persisted"]
    haproxy.reload()
    assert haproxy.admin_state("app1") == 1
    again = haproxy.module("maint", persist=str(state_file))
    assert (again["changed"], again["persisted"]) == (False, True)
    haproxy.module("ready", persist=str(state_file))
    assert StateFile(str(state_file)).holds(haproxy.facts("app1"))
    haproxy.reload()
    assert haproxy.admin_state("app1") == 0


def test_the_state_file_of_who_is_killed_while_it_waits_for_the_check_lets_the_server_in(haproxy: HAProxy) -> None:
    state_file = haproxy.folder / "state"
    haproxy.module("maint", persist=str(state_file))
    haproxy.services["app1"].kill()
    process = multiprocessing.get_context("fork").Process(
        target=haproxy.module, args=("ready",), kwargs={"persist": str(state_file)}
    )
    process.start()
    until(lambda: haproxy.admin_state("app1") == 0 and StateFile(str(state_file)).holds(haproxy.facts("app1")))
    process.kill()
    process.join()
    haproxy.reload()
    facts = haproxy.facts("app1")
    assert (facts.state, facts.up) == ("ready", False)  # not before the new worker's own check
    haproxy.services["app1"].start(ready_after=1)
    answers = {haproxy.request()[0] for _each in range(50)}
    haproxy.until_up("app1")
    assert answers == {200}


def test_the_state_file_keeps_owner_mode_and_link(haproxy: HAProxy, tmp_path: Path) -> None:
    real, link = tmp_path / "real", tmp_path / "link"
    real.write_text("1\n# half a fi")
    real.chmod(0o640)
    if os.geteuid() == 0:
        os.chown(real, 1234, 1235)
    link.symlink_to(real)
    assert haproxy.module("maint", persist=str(link))["persisted"]
    assert link.is_symlink()
    assert real.stat().st_mode & 0o777 == 0o640
    assert os.geteuid() != 0 or (real.stat().st_uid, real.stat().st_gid) == (1234, 1235)
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == ["link", "real"]


def test_an_unwritable_state_file_is_a_warning(haproxy: HAProxy) -> None:
    result = haproxy.module("maint", persist="/proc/nowhere/state")
    assert not result["persisted"]
    assert "Could not write the state file /proc/nowhere/state" in result["warnings"][0]
    assert haproxy.admin_state("app1") == 1
