# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Back under load: no request before a fresh check, the right weight and address."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.names import BadValue
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.restore import InUse, NotUp
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.target import NoEffect
from ansible_collections.zero.downtime.tests.integration.haproxy.haproxy_under_test import HAProxy, Service, until

Make = t.Callable[..., HAProxy]


@pytest.mark.parametrize("out", ["drain", "maint"])
def test_no_request_reaches_a_service_that_is_not_ready_yet(haproxy: HAProxy, out: str) -> None:
    clients = haproxy.wrk(4)
    haproxy.module(out)
    haproxy.services["app1"].kill()
    haproxy.services["app1"].start(ready_after=2)
    result = haproxy.module("ready")
    answered, lost = clients.finish()
    assert (answered > 500, lost) == (True, 0)
    assert result["elapsed"] > 1.5
    assert result["after"][0]["up"]


def test_a_service_that_never_gets_ready_is_put_back_out(haproxy: HAProxy) -> None:
    haproxy.module("maint")
    haproxy.services["app1"].kill()
    haproxy.services["app1"].start(ready_after=60)
    with pytest.raises(NotUp, match=r"app/app1 .* did not pass HAProxy's check within 1.* L7STS .* health 0 of 4"):
        haproxy.module("ready", timeout=1.0)
    assert haproxy.admin_state("app1") == 1


def test_a_ready_server_that_is_down_is_waited_for_without_a_command(haproxy: HAProxy) -> None:
    haproxy.services["app1"].kill()
    until(lambda: not haproxy.facts("app1").up)
    haproxy.services["app1"].start(ready_after=0.5)
    result = haproxy.module("ready")
    assert (result["changed"], result["before"][0]["up"], result["after"][0]["up"]) == (False, False, True)


@pytest.mark.parametrize("option", ["disabled", "disabled weight 7"])
def test_a_server_disabled_in_the_configuration_comes_and_goes(make: Make, option: str) -> None:
    haproxy = make(2).start(each={"app1": option})
    haproxy.until_up("app2")
    haproxy.module("ready")
    assert haproxy.facts("app1").serves
    # 4 only tells that the configuration says 'disabled'.
    assert haproxy.admin_state("app1") == 4
    assert not haproxy.module("ready")["changed"]
    haproxy.module("maint")
    assert not haproxy.module("maint")["changed"]


def test_a_server_without_a_check_comes_back_and_is_not_down_for_ever(make: Make) -> None:
    haproxy = make(2).start(each={"app1": "no-check"})
    haproxy.module("maint")
    (warning,) = haproxy.module("ready")["warnings"]
    assert f"app/app1 at {haproxy.socket} has no check in haproxy.cfg" in warning
    assert haproxy.facts("app1").serves
    until(lambda: haproxy.request() == (200, "app1"))
    # It was in already.
    assert haproxy.module("ready")["warnings"] == []


@pytest.mark.parametrize("option", ["", "track app/app2"])
def test_a_server_with_a_check_or_with_that_of_another_comes_back_without_a_warning(make: Make, option: str) -> None:
    haproxy = make(2).start(each={"app1": option and f"no-check {option}"})
    haproxy.until_up("app2")
    haproxy.module("maint")
    assert haproxy.module("ready")["warnings"] == []


def test_a_tracking_server_says_which_one_to_change(make: Make) -> None:
    haproxy = make(2).start(more="backend other\n  server app1 127.0.0.1:1 track app/app1")
    haproxy.until_up()
    haproxy.module("maint")
    with pytest.raises(NoEffect, match="tracks app/app1, so change that one"):
        haproxy.module("ready", backend="other")


def test_slowstart_counts_as_up(make: Make) -> None:
    haproxy = make(2).start(server="slowstart 20s")
    haproxy.module("maint", min_healthy=0)
    assert haproxy.module("ready")["after"][0]["operational_state"] == 1


def test_a_check_left_disabled_is_enabled_again(haproxy: HAProxy) -> None:
    # What is left of a run that was killed while it drained.
    haproxy.ask("disable health app/app1; set server app/app1 state drain")
    haproxy.module("ready")
    assert haproxy.facts("app1").check_enabled
    haproxy.ask("disable health app/app1")
    assert haproxy.module("ready")["actions"] == [f"{haproxy.socket}: enable health app/app1"]


def test_a_weight_of_0_left_by_somebody_goes_back_to_the_configured_one(make: Make) -> None:
    haproxy = make(2).start(each={"app1": "weight 40"})
    haproxy.until_up()
    haproxy.ask("set server app/app1 weight 0")
    result = haproxy.module("ready")
    assert result["actions"] == [f"{haproxy.socket}: set server app/app1 weight 100%"]
    assert haproxy.facts("app1").weight == 40


@pytest.mark.parametrize(("asked", "got"), [("10", 10), ("50%", 20), ("1%", 1), ("0", 0), ("100%", 40)])
def test_weight(make: Make, asked: str, got: int) -> None:
    haproxy = make(2).start(each={"app1": "weight 40"})
    haproxy.until_up()
    haproxy.module("ready", weight=asked)
    assert haproxy.facts("app1").weight == got
    assert not haproxy.module("ready", weight=asked)["changed"]


def test_ramp_raises_the_weight_in_steps(make: Make) -> None:
    haproxy = make(2).start(each={"app1": "weight 40"})
    haproxy.until_up()
    haproxy.module("maint")
    result = haproxy.module("ready", ramp=1.0)
    weights = [int(line.split("weight ")[1].split(";")[0].replace("100%", "40")) for line in result["actions"]]
    assert weights == [4, 8, 12, 16, 20, 24, 28, 32, 36, 40]
    # A second for all of them, not for each.
    assert 1.0 <= result["elapsed"] < 10
    assert haproxy.facts("app1").weight == 40


def test_ramp_on_a_static_algorithm_fails_and_puts_back(make: Make) -> None:
    haproxy = make(2).start(backend="balance static-rr", each={"app1": "weight 40"})
    haproxy.until_up()
    haproxy.module("maint")
    with pytest.raises(Exception, match="algorithm of this backend is static"):
        haproxy.module("ready", ramp=1.0)
    assert haproxy.admin_state("app1") == 1
    haproxy.module("ready")
    assert haproxy.facts("app1").serves


def test_a_new_address_in_maintenance_only(haproxy: HAProxy, other_port: int) -> None:
    clients = haproxy.wrk(4)
    with pytest.raises(InUse, match="only in maintenance: use state maint first"):
        haproxy.module("ready", port=other_port)
    with pytest.raises(BadValue, match="states 'maint' and 'ready'"):
        haproxy.module("drain", port=other_port)
    result = haproxy.module("maint", port=other_port)
    assert result["after"][0]["port"] == other_port
    other = Service("other", other_port)
    haproxy.services["other"] = other
    haproxy.services["app1"].kill()
    other.start()
    assert not haproxy.module("maint", address="127.0.0.1", port=other_port)["changed"]
    haproxy.module("ready", port=other_port)
    until(lambda: haproxy.request() == (200, "other"))
    assert clients.finish()[1] == 0


def test_a_check_port_that_was_the_servers_moves_with_it(make: Make, other_port: int) -> None:
    haproxy = make(2)
    haproxy.start(each={"app1": f"port {haproxy.services['app1'].port}"})
    haproxy.until_up()
    haproxy.module("maint", port=other_port)
    haproxy.services["app1"].kill()
    haproxy.services["app1"] = Service("app1", other_port)
    haproxy.services["app1"].start()
    haproxy.module("ready")
    assert haproxy.facts("app1").check_port == other_port
