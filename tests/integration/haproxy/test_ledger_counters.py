# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the ledger makes of HAProxy's counters, beside what the clients got."""

from __future__ import annotations

import threading
import typing as t
from collections import Counter

import pytest
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.runtime import Runtime
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.server_info import read_process
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.workers import Master
from ansible_collections.zero.downtime.plugins.plugin_utils._rollout import counters, ledger
from ansible_collections.zero.downtime.plugins.plugin_utils._rollout.counters import Snapshot
from ansible_collections.zero.downtime.tests.integration.haproxy import unreliable_service
from ansible_collections.zero.downtime.tests.integration.haproxy.haproxy_under_test import HAProxy, until

Make = t.Callable[..., HAProxy]

_IMPATIENT = "timeout server 1s\n  timeout queue 200ms\n  timeout connect 300ms"


@pytest.fixture
def port() -> t.Iterator[int]:
    with unreliable_service.service() as port:
        yield port


def snapshots(haproxy: HAProxy, moment: str) -> list[Snapshot]:
    """As the role takes them, old workers included."""
    said = read_process(Runtime(haproxy.socket), Master(haproxy.master), "app", None)
    return counters.from_info([{"balancer": "lb1", "processes": [said]}], "app", moment)


def settle(haproxy: HAProxy, start: list[Snapshot], between: t.Sequence[Snapshot] = ()) -> ledger.Ledger:
    # A request is counted when HAProxy is done with it, which may be after the client is.
    until(lambda: all(look.counters["sessions"] == 0 for look in snapshots(haproxy, "end")), what="requests in flight")
    return ledger.settle([*start, *between, *snapshots(haproxy, "end")])


def expected(got: t.Iterable[str]) -> dict[str, int]:
    """What the clients got, in the words of the ledger; a status of the service itself has its code in the path."""
    found = Counter(got)
    return {
        "answered": sum(count for kind, count in found.items() if kind.isdigit() and kind < "500"),
        "app_5xx": found["500"],
        "haproxy_5xx": found["502"] + found["503"] + found["504"],
        "cut": found["cut"],
        "unanswered": found["nothing"],
    }


@pytest.mark.parametrize("kept_alive", [False, True], ids=["first", "kept-alive"])
@pytest.mark.parametrize(
    "way",
    ["200", "404", "500", "fin", "rst", "hang", "cut-fin", "cut-rst", "cut-hang", "cut-chunked-fin", "cut-chunked-rst"],
)
def test_each_way_a_request_can_end(make: Make, port: int, way: str, kept_alive: bool) -> None:
    haproxy = make(0).start(defaults=_IMPATIENT, more=f"  server wild 127.0.0.1:{port} no-check")
    with haproxy.connection() as client:
        if kept_alive:
            assert unreliable_service.ask(client, "200") == "200"
        until(lambda: snapshots(haproxy, "")[0].counters["sessions"] == 0)
        start = snapshots(haproxy, "start")
        got = unreliable_service.ask(client, way)
    found = settle(haproxy, start).as_dict()
    assert {name: found[name] for name in expected([got])} == expected([got])
    assert found["lost"] == (0 if got.isdigit() and got <= "500" else 1)
    assert (found["requests"], found["complete"]) == (1, True)


@pytest.mark.parametrize(
    ("server", "backend", "got", "tries"),
    [
        ("127.0.0.1:1 no-check", "retries 2", "503", 2),
        ("127.0.0.1:{port} no-check disabled", "", "503", 0),
        ("127.0.0.1:{port} no-check", "http-request return status 503", "503", 0),
        ("127.0.0.1:{port} no-check", "http-request deny", "403", 0),
        ("127.0.0.1:1 no-check backup\n  option allbackups\n  server other 127.0.0.1:{port} no-check", "", "200", 0),
    ],
    ids=["refused", "no-server", "returned", "denied", "backup-unused"],
)
def test_what_haproxy_answers_itself_counts_once(
    make: Make, port: int, server: str, backend: str, got: str, tries: int
) -> None:
    haproxy = make(0).start(defaults=_IMPATIENT, backend=backend, more=f"  server wild {server.format(port=port)}")
    start = snapshots(haproxy, "start")
    with haproxy.connection() as client:
        assert unreliable_service.ask(client, "200") == got
    found = settle(haproxy, start)
    assert (found.lost, found.retried) == (int(got == "503"), tries)
    assert found.answered == int(got != "503")


def test_a_connect_error_that_another_server_answered_is_not_lost(make: Make, port: int) -> None:
    haproxy = make(0).start(
        backend="option redispatch 1\n  retries 1\n  balance roundrobin",
        more=f"  server dead 127.0.0.1:1 no-check\n  server wild 127.0.0.1:{port} no-check",
    )
    start = snapshots(haproxy, "start")
    for _each in range(4):
        with haproxy.connection() as client:
            assert unreliable_service.ask(client, "200") == "200"
    found = settle(haproxy, start)
    assert (found.answered, found.lost) == (4, 0)
    assert found.redispatched > 0


def test_a_client_that_leaves_is_not_lost_by_us(make: Make, port: int) -> None:
    haproxy = make(0).start(
        defaults=_IMPATIENT + "\n  option abortonclose", more=f"  server wild 127.0.0.1:{port} no-check"
    )
    start = snapshots(haproxy, "start")
    client = haproxy.connection()
    client.sendall(b"GET /hang HTTP/1.1\r\nHost: x\r\n\r\n")
    until(lambda: snapshots(haproxy, "")[0].counters["sessions"] == 1)
    unreliable_service.reset(client)
    found = settle(haproxy, start)
    assert found.lost == 0
    assert found.client_aborts > 0


@pytest.mark.parametrize("rounds", [12])
def test_a_mixture_of_many_clients_agrees_to_the_request(make: Make, port: int, rounds: int) -> None:
    """Without a cut answer on top of an unanswered one, which a sum can not tell apart."""
    haproxy = make(0).start(defaults=_IMPATIENT, more=f"  server wild 127.0.0.1:{port} no-check")
    start = snapshots(haproxy, "start")
    got: list[str] = []

    def client() -> None:
        for way in ["200", "200", "500", "404", "200", "rst", "200", "fin"] * rounds:
            with haproxy.connection() as connection:
                if way in ("200", "404", "500"):
                    got.append(unreliable_service.ask(connection, "200"))
                got.append(unreliable_service.ask(connection, way))
        with haproxy.connection() as connection:
            got.extend([unreliable_service.ask(connection, "200"), unreliable_service.ask(connection, "fin")])

    threads = [threading.Thread(target=client) for _each in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    found = settle(haproxy, start).as_dict()
    assert {name: found[name] for name in expected(got)} == expected(got)
    assert found["requests"] == len(got)
    assert found["lost"] == sum(kind in ("502", "503", "nothing") for kind in got)


def test_a_killed_service_under_load_agrees_with_its_clients_to_the_request(haproxy: HAProxy) -> None:
    start = snapshots(haproxy, "start")
    got: list[str] = []
    end = threading.Event()

    def client() -> None:
        while not end.is_set():
            with haproxy.connection() as connection:
                while not end.is_set():
                    got.append(unreliable_service.ask(connection, "hello"))
                    if got[-1] != "200":
                        break

    threads = [threading.Thread(target=client) for _each in range(16)]
    for thread in threads:
        thread.start()
    try:
        until(lambda: len(got) > 300)
        haproxy.services["app1"].kill()
        until(lambda: not haproxy.facts("app1").up)
        seen = len(got)
        until(lambda: len(got) > seen + 300)
    finally:
        end.set()
        for thread in threads:
            thread.join(20)
    found = settle(haproxy, start)
    lost = sum(kind != "200" for kind in got)
    assert lost > 0
    assert (found.answered, found.lost) == (len(got) - lost, lost), Counter(got)


def test_a_reload_under_load_that_was_watched_to_its_end_loses_no_count(haproxy: HAProxy) -> None:
    start = snapshots(haproxy, "start")
    long = haproxy.background("/long", 2)
    until(lambda: snapshots(haproxy, "")[0].counters["sessions"] == 2)
    haproxy.reload()
    short = [haproxy.request()[0] for _each in range(5)]
    end = snapshots(haproxy, "end")
    assert len(end) == 2
    still_there = ledger.settle([*start, *end])
    assert (still_there.answered, still_there.complete) == (5, True)
    haproxy.join()
    assert [status for status, _name in long] + short == [200] * 7


def test_an_old_worker_that_went_unread_is_a_gap(haproxy: HAProxy) -> None:
    start = snapshots(haproxy, "start")
    haproxy.request()
    haproxy.reload()
    until(lambda: len(snapshots(haproxy, "")) == 1, what="the end of the old worker")
    haproxy.request()
    found = settle(haproxy, start)
    assert (found.answered, found.complete) == (1, False)
    assert f"process {start[0].pid}" in found.text
