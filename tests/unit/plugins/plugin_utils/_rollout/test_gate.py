# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.zero.downtime.plugins.plugin_utils._rollout import gate
from ansible_collections.zero.downtime.plugins.plugin_utils._rollout.counters import GROWING, Snapshot

ZERO = {**dict.fromkeys(GROWING, 0), "sessions": 0, "response_time": 0}
LIMITS = {"max_5xx_ratio": 0.01, "max_error_ratio": 0.02, "min_requests": 20}


def served(good, bad=0, **counters):
    return {**ZERO, "sessions_total": good + bad, "answered_2xx": good, "answered_5xx": bad, **counters}


def look(moment, balancer="lb1", socket="/a.sock", pid=1, uptime=10, **servers):
    return Snapshot(moment, balancer, socket, pid, "hello", {**ZERO, "answered_2xx": 1}, uptime, servers)


def judge(limits, *, old=(), **servers):
    before = [look("before", **dict.fromkeys(servers, served(1000, 50)))]
    grown = {
        name: {key: value + ({**served(1000, 50)}[key] if key in GROWING else 0) for key, value in each.items()}
        for name, each in servers.items()
    }
    return gate.judge(limits, before, [look("after", uptime=70, **grown)], new=set(servers) - set(old), old=old)


@pytest.mark.parametrize(
    ("servers", "old", "answer", "words"),
    [
        ({"app1": served(120)}, [], "go", "app1 answered 5xx to 0 and gave no whole answer to 0 of 120 requests"),
        (
            {"app1": served(79, 41), "app2": served(250)},
            ["app2"],
            "roll_back",
            "app1 answered 5xx to 41 of 120 requests (34.2%), at most 0.01 of them allowed; "
            "the old servers 0 of 250 requests (0.0%)",
        ),
        ({"app1": served(79, 41)}, [], "roll_back", "app1 answered 5xx to 41 of 120 requests"),
        # 1 of 100 is at most 0.01.
        ({"app1": served(99, 1)}, [], "go", "app1 answered 5xx to 1"),
        ({"app1": served(5)}, [], "not_enough", "app1 had 5 of the 20 requests that are needed to tell"),
        ({"app1": served(0, 5)}, [], "not_enough", "app1 had 5 of the 20"),
        # A bad one is not hidden by its mate, nor kept waiting by it.
        ({"app1": served(200), "app2": served(50, 50)}, [], "roll_back", "app2 answered 5xx to 50"),
        ({"app1": served(3), "app2": served(50, 50)}, [], "roll_back", "app2 answered 5xx to 50"),
        # All suffer alike.
        ({"app1": served(70, 30), "app2": served(210, 90)}, ["app2"], "not_enough", "what ails both"),
        ({"app1": served(0, 100), "app2": served(99, 1)}, ["app2"], "roll_back", "the old servers 1 of 100"),
        # Too few on the old ones to compare with.
        ({"app1": served(70, 30), "app2": served(1, 1)}, ["app2"], "roll_back", "app1 answered 5xx to 30 of 100"),
        ({"app1": served(90, sessions_total=100)}, [], "roll_back", "app1 gave no whole answer to 10 of 100"),
        ({"app1": served(90, sessions_total=100, client_aborts=10)}, [], "go", "app1"),
        ({"app1": served(100, server_aborts=9)}, [], "roll_back", "app1 gave no whole answer to 9 of 100"),
        ({"app1": served(90, sessions_total=100, sessions=10)}, [], "go", "of 90 requests"),
    ],
)
def test_the_answer_and_why(servers, old, answer, words):
    found = judge(LIMITS, old=old, **servers)
    assert found.answer == answer
    assert any(words in reason for reason in found.reasons), found.reasons


def test_each_server_has_its_own_verdict():
    found = judge(LIMITS, app1=served(200), app2=served(50, 50), app3=served(3))
    assert {name: each.answer for name, each in found.servers.items()} == {
        "app1": "go",
        "app2": "roll_back",
        "app3": "not_enough",
    }
    assert found.reasons == found.servers["app2"].reasons


def test_only_the_window_counts():
    """Every server has 50 answers of 5xx from before it."""
    found = judge(LIMITS, app1=served(30))
    assert found.numbers["app1"]["answered_5xx"] == 0
    assert found.numbers["app1"]["requests"] == 30


def test_without_limits_one_request_is_enough_and_none_is_not():
    assert judge({}, app1=served(0, 1)).answer == "go"
    assert judge({}, app1=served(0)).answer == "not_enough"


@pytest.mark.parametrize(
    ("new", "old", "answer"), [(100, 40, "roll_back"), (100, 60, "go"), (2, 1, "go"), (500, 0, "roll_back")]
)
def test_response_time_is_held_against_the_old_servers(new, old, answer):
    """2 ms against 1 ms is within HAProxy's rounding."""
    before = [look("before", app1=served(0), app2=served(0))]
    after = [look("after", app1=served(300, response_time=new), app2=served(300, response_time=old))]
    found = gate.judge({"max_response_time_ratio": 2}, before, after, new={"app1"}, old={"app2"})
    assert found.answer == answer


def test_response_time_without_old_servers_is_no_reason():
    assert judge({"max_response_time_ratio": 1}, app1=served(300, response_time=900)).answer == "go"


def test_load_balancers_are_summed():
    before = [look("before", app1=served(0)), look("before", balancer="lb2", app1=served(0))]
    after = [look("after", app1=served(10)), look("after", balancer="lb2", app1=served(10))]
    assert gate.judge(LIMITS, before, after, new={"app1"}, old=()).answer == "go"


def test_two_haproxies_with_one_pid_on_one_balancer_are_two():
    before, after = (
        [look(moment, socket="/a.sock", app1=served(a)), look(moment, socket="/b.sock", app1=served(b))]
        for moment, a, b in (("before", 900, 10), ("after", 920, 25))
    )
    assert gate.judge(LIMITS, before, after, new={"app1"}, old=()).numbers["app1"]["requests"] == 35


def test_an_old_worker_told_of_at_two_sockets_is_one():
    before = [look("before", app1=served(900)), look("before", socket="/b.sock", pid=7, app1=served(0))]
    after = [
        look("after", pid=2, app1=served(1)),
        look("after", socket=None, app1=served(910)),
        look("after", socket="/b.sock", pid=7, app1=served(0)),
        look("after", socket=None, app1=served(910)),
    ]
    assert gate.judge(LIMITS, before, after, new={"app1"}, old=()).numbers["app1"]["requests"] == 11


def test_after_a_reload_what_is_known_counts_and_else_it_says_so():
    before = [look("before", app1=served(900))]
    enough = [look("after", pid=2, app1=served(25))]
    assert gate.judge(LIMITS, before, enough, new={"app1"}, old=()).answer == "go"
    few = [look("after", pid=2, app1=served(3))]
    found = gate.judge(LIMITS, before, few, new={"app1"}, old=())
    assert found.answer == "not_enough"
    assert "lb1 (/a.sock), process 1, was reloaded or restarted meanwhile" in found.reasons[-1]


def test_a_restart_with_the_same_pid_begins_at_0():
    before = [look("before", uptime=900, app1=served(10))]
    after = [look("after", uptime=5, app1=served(25))]
    assert gate.judge(LIMITS, before, after, new={"app1"}, old=()).numbers["app1"]["requests"] == 25


def test_in_tcp_mode_a_session_without_status_is_no_error():
    before, after = (
        [Snapshot(moment, "lb1", "/a.sock", 1, "hello", counted, 10, {"app1": counted})]
        for moment, counted in (("before", ZERO), ("after", {**ZERO, "sessions_total": 50}))
    )
    assert gate.judge(LIMITS, before, after, new={"app1"}, old=()).answer == "go"


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        ({"max_5xx_ratio": 1.5}, "max_5xx_ratio is 1.5"),
        ({"max_error_ratio": -0.1}, "max_error_ratio is -0.1"),
        ({"max_5xx_ratio": "1%"}, "max_5xx_ratio is '1%'"),
        ({"max_5xx_ratio": True}, "max_5xx_ratio is True"),
        ({"max_5xx_ratio": float("nan")}, "max_5xx_ratio is nan"),
        ({"max_response_time_ratio": 0.5}, "max_response_time_ratio is 0.5"),
        ({"min_requests": 0}, "min_requests is 0"),
        ({"min_requests": 1.5}, "min_requests is 1.5"),
        ({"max_5xx": 0.1}, "no 'max_5xx'; there are max_5xx_ratio"),
        ({1: 2}, "no '1'"),
    ],
)
def test_what_is_no_limit_is_refused(limits, words):
    with pytest.raises(gate.BadGate, match="rollout_gate") as refusal:
        gate.check(limits)
    assert words in refusal.value.message


@pytest.mark.parametrize(
    "limits", [{}, {"max_5xx_ratio": None}, {"max_5xx_ratio": 0, "max_error_ratio": 1, "min_requests": 1}]
)
def test_limits_are_optional(limits):
    gate.check(limits)
