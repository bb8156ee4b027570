# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import dataclasses
import itertools
import typing as t

import pytest
from ansible_collections.zero.downtime.plugins.module_utils._haproxy import guard
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.names import BadValue
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.stats import BackendFacts
from ansible_collections.zero.downtime.tests.unit.plugins.module_utils._haproxy.fakes import (
    FakeClock,
    FakeHAProxy,
    FakeServer,
)


@pytest.mark.parametrize(
    ("total", "min_healthy", "needed"),
    [
        (3, "1", 1),
        (3, "3", 3),
        (3, "80%", 2),
        (3, "0.8", 2),
        (5, "0.8", 4),
        (10, "0.8", 8),
        (10, "0.7", 7),
        (100, "0.95", 95),
        (10, "50%", 5),
        (10, "12.5%", 2),
        (3, "100%", 2),
        (3, "1.0", 2),
        (1, "0.8", 1),
        (2, "0.8", 1),
        (2, "1%", 1),
        (4, "0", 0),
        (4, "0%", 0),
        (4, "0.0", 0),
    ],
)
def test_needed(total: int, min_healthy: str, needed: int) -> None:
    assert guard.needed(total, min_healthy) == needed


@pytest.mark.parametrize("share", ["0.1", "0.5", "0.8", "0.9", "0.99"])
def test_a_share_lets_one_out_and_keeps_one(share: str) -> None:
    for total in range(2, 200):
        assert 1 <= guard.needed(total, share) < total


@pytest.mark.parametrize("bad", ["", "most", "-1", "120%", "1.2", "80 %", "0.8.1", "1e1", "True"])
def test_bad_values(bad: str) -> None:
    with pytest.raises(BadValue, match="min_healthy"):
        guard.needed(3, bad)


def quorums(backend: BackendFacts, gone: t.Iterable[str], min_healthy: str) -> t.Iterator[guard.Quorum]:
    """Of each server of I(gone), after those before it have left."""
    for name in gone:
        yield guard.quorum(backend, name, min_healthy)
        servers = [
            dataclasses.replace(each, admin_state=8) if each.server == name else each for each in backend.servers
        ]
        backend = dataclasses.replace(backend, servers=tuple(servers))


@pytest.mark.parametrize("min_healthy", ["0", "1", "2", "3", "0.5", "0.8", "100%"])
@pytest.mark.parametrize(
    ("active", "backups"), [(active, backups) for active in range(5) for backups in range(3) if active + backups]
)
def test_spare_is_how_many_leave_one_after_the_other_whichever_they_are(
    clock: FakeClock, open_target: t.Callable[..., t.Any], active: int, backups: int, min_healthy: str
) -> None:
    servers = [
        FakeServer(name, backup=int(number >= active)) for number, name in enumerate("abcdef"[: active + backups])
    ]
    backend = open_target(FakeHAProxy(clock, *servers)).runtime.backend("app")
    spare = guard.spare(active, backups, guard.needed(active, min_healthy))

    def all_leave(number: int) -> bool:
        ways = itertools.permutations([server.name for server in servers], number)
        return all(found.enough for gone in ways for found in quorums(backend, gone, min_healthy))

    assert all_leave(spare)
    assert spare == len(servers) or not all_leave(spare + 1)


@pytest.mark.parametrize(
    ("others", "serving", "out"),
    [
        ([{}, {}], ("b", "c"), ()),
        ([{"admin": 1}, {"admin": 8}], (), ("b (maint)", "c (drain)")),
        ([{"op": 0}, {"weight": 0}], (), ("b (down L7OK OK, so)", "c (weight 0)")),
        ([{}, {"backup": 1}], ("b",), ()),
        ([{"op": 0}, {"backup": 1}], ("c",), ("b (down L7OK OK, so)",)),
        ([{"admin": 4}, {"admin": 5}], ("b",), ("c (maint)",)),
    ],
)
def test_quorum(
    clock: FakeClock,
    open_target: t.Callable[..., t.Any],
    others: list[dict[str, int]],
    serving: tuple[str, ...],
    out: tuple[str, ...],
) -> None:
    servers = [FakeServer(name, **fields) for name, fields in zip("bc", others)]
    backend = open_target(FakeHAProxy(clock, FakeServer("a"), *servers)).runtime.backend("app")
    found = guard.quorum(backend, "a", "1")
    assert (found.serving, found.out) == (serving, out)
    assert found.enough is bool(serving)


def test_a_message_names_some_of_hundreds_of_servers() -> None:
    said = str(guard.Quorum(needed=240, serving=tuple(f"app{number}" for number in range(239)), out=("b (maint)",)))
    assert said.startswith("only 239 other servers can serve (app0, ")
    assert said.endswith("app9, ...), min_healthy needs 240. Not serving: b (maint)")


@pytest.mark.parametrize(
    ("serving", "out", "text"),
    [
        ((), ("b (maint)",), "no other server can serve, min_healthy needs 2. Not serving: b (maint)"),
        (("b",), (), "only 1 other server can serve (b), min_healthy needs 2"),
        (("b", "c"), (), "only 2 other servers can serve (b, c), min_healthy needs 2"),
    ],
)
def test_a_quorum_in_words(serving: tuple[str, ...], out: tuple[str, ...], text: str) -> None:
    assert str(guard.Quorum(needed=2, serving=serving, out=out)) == text


@pytest.mark.parametrize(
    ("status", "text", "why"),
    [("L4CON", "Connection refused", "L4CON Connection refused"), ("", "", "down"), ("L7OK", "OK", "down L7OK OK")],
)
def test_why_a_server_is_down(
    haproxy: FakeHAProxy, open_target: t.Callable[..., t.Any], status: str, text: str, why: str
) -> None:
    backend = open_target(haproxy).runtime.backend("app")
    ours, other = backend.servers
    down = dataclasses.replace(other, operational_state=0, check_status=status, check_text=text)
    found = guard.quorum(dataclasses.replace(backend, servers=(ours, down)), "a", "1")
    assert found.out == (f"b ({why})",)
