# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t

import pytest
from ansible_collections.zero.downtime.plugins.plugin_utils._rollout import status

DIGEST = "sha256:5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03"
SWAP = {
    "when": "2026-01-20T14:00:01+00:00",
    "who": "alice@control.example.com",
    "what": "swap",
    "image": f"registry.example.com/web:v2@{DIGEST}",
    "digest": DIGEST,
    "seconds": 2.4,
    "result": "done",
}


def look(**changes: t.Any) -> dict[str, t.Any]:
    """What container_swap says in check mode."""
    container = {"state": "running", "started_at": "2026-01-20T14:00:03.123456Z"}
    found = {"container": container, "image": SWAP["image"], "digest": DIGEST, "history": [SWAP]}
    return {**found, "slot_before": None, "slot": None, **changes}


def balancer(name: str, **servers: tuple[str, bool]) -> dict[str, t.Any]:
    """What haproxy_server_info says."""
    rows = [{"server": server, "state": state, "up": up} for server, (state, up) in servers.items()]
    return {"balancer": name, "processes": [{"servers": rows}]}


def test_a_host_has_its_version_and_its_state_on_each_load_balancer() -> None:
    balancers = [balancer("lb1", app1=("ready", True), app2=("ready", True)), balancer("lb2", app1=("maint", False))]
    row = status.row("app1", look(), ["app1"], balancers)
    assert (row.version, row.digest, row.since, row.state) == (
        "v2",
        DIGEST,
        "2026-01-20T14:00:03",
        "running",
    )
    assert row.servers == {"lb1/app1": "ready, up", "lb2/app1": "maint, down"}


@pytest.mark.parametrize(
    ("said", "state"),
    [
        ({"container": {"state": "exited", "started_at": ""}}, "exited"),
        ({"container": {"state": "absent", "started_at": ""}, "history": []}, "absent"),
        ({"container": {}, "host_unreachable": True}, "unreachable"),
        ({"container": {}, "msg": "the engine does not answer", "history": []}, "unknown"),
    ],
)
def test_what_does_not_run_has_no_version(said: dict[str, t.Any], state: str) -> None:
    row = status.row("app1", look(**said), ["app1"], [])
    assert (row.version, row.digest, row.state) == ("-", "", state)


def test_why_a_host_is_unknown_stands_below_the_table() -> None:
    silent = status.row("app1", look(container={}, msg="Cannot reach the container engine", history=[]), ["app1"], [])
    absent = status.row("app2", look(container={"state": "absent"}, msg="not here yet", history=[]), ["app2"], [])
    assert status.table([silent, absent])[3:] == ["app1: Cannot reach the container engine"]


@pytest.mark.parametrize(
    ("history", "line"),
    [
        ([SWAP], "app1: 2026-01-20T14:00:01 alice@control.example.com: swap v2, done in 2.4 s"),
        (
            [{**SWAP, "result": "undone"}],
            "app1: 2026-01-20T14:00:01 alice@control.example.com: swap v2, undone in 2.4 s",
        ),
        (
            [{**SWAP, "what": "retire", "image": ""}, SWAP],
            "app1: 2026-01-20T14:00:01 alice@control.example.com: swap v2, done in 2.4 s",
        ),
        (
            [{**SWAP, "what": "absent", "image": ""}],
            "app1: 2026-01-20T14:00:01 alice@control.example.com: absent, done in 2.4 s",
        ),
        ([], ""),
    ],
)
def test_the_last_change_is_one_line(history: list[dict[str, t.Any]], line: str) -> None:
    assert status.row("app1", look(history=history), ["app1"], []).last == line


def test_the_table_has_equal_columns_then_the_drift_then_the_last_changes() -> None:
    slots = {"slot_before": 8081, "slot": 8082}  # which it is in, and which comes next
    other = {"image": "registry.example.com/web:v1", "digest": "sha256:" + "0" * 64, **slots, "history": []}
    rows = [
        status.row("app1", look(), ["app1"], [balancer("lb1", app1=("ready", True))]),
        status.row("backend2", look(**other), ["backend2"], []),
    ]
    heads, first, second, drift, last = status.table(rows)
    assert heads.index("version") == first.index("v2") == second.index("v1")
    assert heads.index("digest") == first.index("sha256:5891b5b522d5  ")
    assert heads.index("servers") == first.index("lb1/app1: ready, up")
    assert second.endswith("running, slot 8081  -")
    assert drift == "drift: v1@sha256:000000000000 on backend2; v2@sha256:5891b5b522d5 on app1"
    assert last.startswith("app1: 2026-01-20T14:00:01 alice")


def test_there_is_no_drift_where_all_run_the_same() -> None:
    assert status.drift([status.row(name, look(), [name], []) for name in ("app1", "app2")]) == ""


def test_a_load_balancer_that_does_not_answer_is_told_and_hides_no_other() -> None:
    dead = {"balancer": "lb2", "failed": True, "msg": "Cannot connect to /run/haproxy/admin.sock"}
    balancers = [balancer("lb1", app1=("ready", True)), dead]
    assert status.row("app1", look(), ["app1"], balancers).servers == {"lb1/app1": "ready, up"}
    assert status.unheard(balancers) == ["lb2: Cannot connect to /run/haproxy/admin.sock"]
