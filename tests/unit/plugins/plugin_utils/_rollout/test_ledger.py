# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import itertools

import pytest
from ansible_collections.zero.downtime.plugins.plugin_utils._rollout import ledger
from ansible_collections.zero.downtime.plugins.plugin_utils._rollout.counters import CLASSES, GROWING, Snapshot

ZERO = {**dict.fromkeys(GROWING, 0), "sessions": 0}


def look(moment, pid=1, balancer="lb1", socket="/a.sock", servers=None, uptime=100, **counters):
    return Snapshot(moment, balancer, socket, pid, "hello", {**ZERO, **counters}, uptime, servers)


def servers(**fives):
    return {name: {**ZERO, "answered_5xx": count} for name, count in fives.items()}


def settled(**counters):
    """One process, that counted I(counters) meanwhile on top of a long life."""
    past = {"answered_2xx": 500, "answered_5xx": 7, "sessions_total": 507, "server_aborts": 3, "connect_errors": 2}
    fives = counters.pop("app_5xx", 0)
    end = {name: past.get(name, 0) + counters.get(name, 0) for name in ZERO}
    return ledger.settle(
        [look("start", servers=servers(app1=5), **past), look("end", servers=servers(app1=5 + fives), **end)]
    )


@pytest.mark.parametrize(
    ("counters", "became"),
    [
        ({"sessions_total": 3, "answered_2xx": 1, "answered_3xx": 1, "answered_4xx": 1}, {"answered": 3}),
        ({"sessions_total": 1, "answered_5xx": 1, "app_5xx": 1}, {"app_5xx": 1}),
        ({"sessions_total": 1, "answered_5xx": 1, "response_errors": 2}, {"haproxy_5xx": 1, "lost": 1}),
        ({"sessions_total": 1, "answered_5xx": 1, "connect_errors": 1, "retries": 3}, {"haproxy_5xx": 1, "lost": 1}),
        ({"sessions_total": 1, "answered_2xx": 1, "retries": 2}, {"answered": 1, "retried": 2}),
        ({"sessions_total": 1, "answered_2xx": 1, "redispatches": 1}, {"answered": 1, "redispatched": 1}),
        ({"sessions_total": 1, "answered_2xx": 1, "server_aborts": 1}, {"cut": 1, "lost": 1}),
        ({"sessions_total": 1}, {"unanswered": 1, "lost": 1}),
        # One request, or two of which one was cut.
        ({"sessions_total": 1, "server_aborts": 1}, {"unanswered": 1, "lost": 1, "lost_at_most": 2}),
        ({"sessions_total": 1, "answered_2xx": 1, "client_aborts": 1}, {"answered": 1, "client_aborts": 1}),
        ({"sessions_total": 1, "answered_other": 1, "client_aborts": 1}, {"other": 1, "client_aborts": 1}),
        # In flight at the end.
        ({"sessions_total": 4, "sessions": 1, "answered_2xx": 3}, {"answered": 3}),
        # A row read while another thread ends a request.
        ({"sessions_total": 3, "sessions": 1, "answered_2xx": 3}, {"answered": 3}),
    ],
)
def test_what_became_of_requests(counters, became):
    found = settled(**counters).as_dict()
    shown = ("answered", "app_5xx", "haproxy_5xx", "cut", "unanswered", "other", "lost", "lost_at_most")
    expected = {**dict.fromkeys(shown, 0), "lost_at_most": became.get("lost", 0), **became}
    assert {name: found[name] for name in expected} == expected
    assert found["complete"]


@pytest.mark.parametrize("requests", range(6))
def test_every_request_that_ended_is_in_one_class_only(requests):
    for kinds in itertools.combinations_with_replacement(_KINDS, requests):
        found = settled(**_add_up(kinds)).as_dict()
        assert found["requests"] == len(kinds)
        assert all(value >= 0 for value in found.values() if isinstance(value, int))
        truly_lost = sum(kind in ("502", "cut", "fin", "rst") for kind in kinds)
        assert found["lost"] <= truly_lost <= found["lost_at_most"]


_KINDS = {
    "200": {"answered_2xx": 1},
    "500": {"answered_5xx": 1, "app_5xx": 1},
    "502": {"answered_5xx": 1, "response_errors": 1},
    "cut": {"answered_2xx": 1, "server_aborts": 1},
    "fin": {},
    "rst": {"server_aborts": 1},
}


def _add_up(kinds):
    total = {"sessions_total": len(kinds)}
    for kind in kinds:
        for name, count in _KINDS[kind].items():
            total[name] = total.get(name, 0) + count
    return total


def test_a_reload_that_was_watched_changes_nothing():
    """The old worker is still there at the end, the new one began at 0."""
    whole = [
        look("start", servers=servers(a=1), answered_5xx=1, sessions_total=1),
        look("end", servers=servers(a=3), answered_5xx=4, answered_2xx=9, sessions_total=13, uptime=160),
    ]
    parted = [
        whole[0],
        look("end", servers=servers(a=2), answered_5xx=3, answered_2xx=4, sessions_total=7, uptime=160),
        look("end", pid=2, servers=servers(a=1), answered_5xx=1, answered_2xx=5, sessions_total=6, uptime=30),
    ]
    assert ledger.settle(parted).as_dict() == ledger.settle(whole).as_dict()
    assert ledger.settle(whole).lost == 1


def test_load_balancers_are_summed_whatever_their_order():
    one = (look("start"), look("end", answered_2xx=3, sessions_total=4, uptime=160))
    two = (
        look("start", balancer="lb2", answered_2xx=9, sessions_total=9),
        look("end", balancer="lb2", answered_2xx=10, sessions_total=10, uptime=160),
    )
    found = ledger.settle([one[0], two[0], one[1], two[1]])
    assert found == ledger.settle([two[0], one[0], two[1], one[1]])
    assert (found.answered, found.lost, found.balancers) == (4, 1, ("lb1", "lb2"))


def test_two_haproxies_with_one_pid_on_one_balancer_are_two():
    """Each in a container of its own."""
    found = ledger.settle(
        [
            look("start", pid=8, socket="/a.sock", servers=servers(app1=0), answered_2xx=5000, sessions_total=5000),
            look("start", pid=8, socket="/b.sock", servers=servers(app1=0), answered_2xx=10, sessions_total=10),
            look(
                "end",
                pid=8,
                socket="/a.sock",
                servers=servers(app1=0),
                answered_2xx=6000,
                answered_5xx=50,
                sessions_total=6050,
            ),
            look("end", pid=8, socket="/b.sock", servers=servers(app1=0), answered_2xx=1010, sessions_total=1010),
        ]
    )
    assert (found.answered, found.lost, found.balancers, found.complete) == (2000, 50, ("lb1",), True)


def test_a_worker_that_went_unread_is_a_gap_and_what_is_known_of_it_counts():
    found = ledger.settle(
        [
            look("start", answered_2xx=5, sessions_total=5),
            look("app1 maint", answered_2xx=8, sessions_total=8, servers=None),
            look("end", pid=2, answered_2xx=2, sessions_total=2, uptime=10),
        ]
    )
    assert found.answered == 5
    assert not found.complete
    assert "lb1 (/a.sock), process 1, between 'app1 maint' and 'end': it was not read again" in found.text


@pytest.mark.parametrize(
    ("end", "answered"),
    [
        # HAProxy in a container: pid 1 after every restart.
        ({"answered_2xx": 900, "sessions_total": 900, "uptime": 3}, 900),
        ({"answered_2xx": 2, "sessions_total": 2, "uptime": 160}, 2),
    ],
)
def test_counters_that_began_again_are_a_gap(end, answered):
    found = ledger.settle([look("start", answered_2xx=500, sessions_total=500), look("end", **end)])
    assert found.answered == answered
    assert "began at 0 again" in found.gaps[0].why


def test_a_load_balancer_that_was_not_read_at_the_start_is_a_gap_not_a_sum_of_its_life():
    late = [
        look("start"),
        look("app1 maint", balancer="lb2", answered_2xx=1000, sessions_total=1000),
        look("end"),
        look("end", balancer="lb2", answered_2xx=1001, sessions_total=1001),
    ]
    assert ledger.settle(late).answered == 1
    assert not ledger.settle(late).complete


def test_5xx_of_servers_that_were_not_read_are_nobodys():
    found = ledger.settle(
        [
            look("start", servers=servers(a=0)),
            look("app1 maint", answered_5xx=3, sessions_total=3),
            look("end", pid=2, servers=servers(a=0), uptime=1),
        ]
    )
    assert (found.unknown_5xx, found.app_5xx, found.haproxy_5xx, found.lost, found.lost_at_most) == (3, 0, 0, 0, 3)


def test_a_server_that_was_deleted_takes_its_share_with_it():
    found = ledger.settle(
        [look("start", servers=servers(a=0, b=0)), look("end", servers=servers(a=1), answered_5xx=2, sessions_total=2)]
    )
    assert found.unknown_5xx == 2


def test_without_current_sessions_nothing_is_said_of_closed_connections():
    start, end = ({name: 0 for name in GROWING}, {**dict.fromkeys(GROWING, 0), "answered_2xx": 1, "sessions_total": 3})
    found = ledger.settle(
        [
            Snapshot(moment, "lb1", "/a.sock", 1, "hello", counted)
            for moment, counted in (("start", start), ("end", end))
        ]
    )
    assert found.unanswered == 0
    assert "current sessions were not read" in found.gaps[0].why


def test_in_tcp_mode_connections_are_counted_and_the_ledger_says_what_it_can_not_see():
    found = ledger.settle([look("start"), look("end", sessions_total=10, connect_errors=2, server_aborts=1)])
    assert (found.answered, found.unanswered, found.cut, found.lost) == (7, 2, 1, 3)
    assert "mode tcp" in found.gaps[0].why


def test_a_new_worker_whose_first_requests_are_still_in_flight_is_not_in_tcp_mode():
    assert ledger.settle([look("start"), look("end", sessions_total=2, sessions=2)]).complete


def test_without_an_end_nothing_is_complete():
    found = ledger.settle([look("start"), look("app1 maint", answered_2xx=3, sessions_total=3)])
    assert (found.answered, found.complete) == (3, False)
    assert not ledger.settle([look("start")]).complete


def test_nothing_to_settle_is_refused():
    with pytest.raises(ledger.NothingSeen):
        ledger.settle([])


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        (
            {"answered": 12345, "retried": 2, "seconds": 14.21, "balancers": ("lb1", "lb2")},
            "12,345 requests answered, 0 lost, 2 retried, in 14.2 s on lb1, lb2",
        ),
        (
            {"answered": 10, "app_5xx": 2, "haproxy_5xx": 1, "perhaps_cut": 1, "balancers": ("lb1",)},
            "12 requests answered, 2 of them with a 5xx of the service, 1 lost (at most 2), on lb1",
        ),
    ],
)
def test_one_line_for_people(fields, text):
    assert ledger.Ledger(**fields).text == text


def test_the_classes_are_those_that_grow():
    assert set(CLASSES) < set(GROWING)
