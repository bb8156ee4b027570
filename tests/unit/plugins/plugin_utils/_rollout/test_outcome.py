# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import dataclasses

import pytest
from ansible_collections.zero.downtime.plugins.plugin_utils._rollout import outcome
from ansible_collections.zero.downtime.plugins.plugin_utils._rollout.turn import Done, Turn

V1, V2 = "registry.example.com/hello:v1@sha256:" + "1" * 64, "registry.example.com/hello:v2@sha256:" + "2" * 64
TURN = Turn("app1", "app1", ("app1",), ("lb1",), image=V2)
BACK = dataclasses.replace(TURN, to_previous=True, image=V1)
PUT_BACK = TURN.put_back_instead()
BY_TASKS = dataclasses.replace(TURN, image="", own_tasks=True)

RUNS = {"container": {"state": "running"}}
SWAPPED = {"changed": True, "image": V2, **RUNS}
WENT_BACK = {"changed": True, "image": V1, **RUNS}
OLD_RUNS = {"failed": True, **RUNS}
NOTHING_RUNS = {"failed": True, "container": {"state": "absent"}}
LOST = {"failed": True, "host_unreachable": True}
NOT_BEGUN = {"failed": True, "begun": False}
OK = {"results": []}
TASKS = {"own_tasks": True, "drained": OK}


@pytest.mark.parametrize(
    ("turn", "done", "failed", "runs", "image"),
    [
        # no turn, or a batch that did not come
        (None, {}, False, outcome.UNTOUCHED, V1),
        (TURN, {}, False, outcome.UNTOUCHED, V1),
        # well
        (TURN, {"drained": OK, "swapped": SWAPPED, "restored": OK}, False, outcome.NEW, V2),
        (BY_TASKS, {**TASKS, "restored": OK}, False, outcome.NEW, ""),
        (BACK, {"previous": WENT_BACK, "restored": OK}, False, outcome.NEW, V1),
        # failed before the swap
        (TURN, {}, True, outcome.OLD, V1),
        (TURN, {"drained": LOST}, True, outcome.OLD, V1),
        (TURN, {"drained": OK, "swapped": NOT_BEGUN}, True, outcome.OLD, V1),
        (BACK, {"drained": LOST}, True, outcome.OLD, V1),
        # the swap failed
        (TURN, {"drained": OK, "swapped": OLD_RUNS}, True, outcome.OLD, V1),
        (TURN, {"drained": OK, "swapped": LOST}, True, outcome.UNKNOWN, ""),
        (TURN, {"drained": OK, "swapped": NOTHING_RUNS}, True, outcome.UNKNOWN, ""),
        # it did not hold
        (TURN, {"swapped": SWAPPED}, True, outcome.NEW, V2),
        (TURN, {"swapped": SWAPPED, "previous": WENT_BACK}, True, outcome.OLD, V1),
        (TURN, {"swapped": SWAPPED, "previous": OLD_RUNS}, True, outcome.NEW, V2),
        (TURN, {"swapped": SWAPPED, "previous": LOST}, True, outcome.UNKNOWN, ""),
        # a rollback
        (BACK, {"previous": OLD_RUNS}, True, outcome.OLD, V1),
        (BACK, {"previous": LOST}, True, outcome.UNKNOWN, ""),
        (BACK, {"previous": WENT_BACK, "restored": LOST}, True, outcome.NEW, V1),
        # put back, because another host failed
        (PUT_BACK, {"previous": WENT_BACK, "restored": OK}, False, outcome.PUT_BACK, V1),
        (PUT_BACK, {"previous": OLD_RUNS, "restored": OK}, True, outcome.NEW, V2),
        (PUT_BACK, {"drained": LOST}, True, outcome.NEW, V2),
        (PUT_BACK, {"previous": LOST}, True, outcome.UNKNOWN, ""),
        # only the user's tasks know
        (BY_TASKS, TASKS, True, outcome.BY_TASKS, ""),
        (BY_TASKS, {**TASKS, "restored": OK}, True, outcome.BY_TASKS, ""),
    ],
)
def test_what_a_host_runs_after_all(turn, done, failed, runs, image):
    done = Done(**done)
    assert outcome.runs(turn, done, up_to_date=False, failed=failed) == runs
    assert outcome.image(runs, turn, done, V1) == image


def test_a_host_that_is_up_to_date_runs_what_it_ran():
    assert outcome.runs(None, Done(), up_to_date=True, failed=False) == outcome.UP_TO_DATE
    assert outcome.image(outcome.UP_TO_DATE, None, Done(), V2) == V2


def balancer(name, *rows, second=()):
    processes = [{"servers": [dict(zip(("server", "state", "up"), row)) for row in rows]}]
    return {"balancer": name, "processes": processes + ([{"servers": list(second)}] if second else [])}


@pytest.mark.parametrize(
    ("lines", "balancers", "expected"),
    [
        (["a"], [balancer("lb1", ("a", "ready", True))], {"lb1": True}),
        (["a"], [balancer("lb1", ("a", "maint", True))], {"lb1": False}),
        (["a"], [balancer("lb1", ("a", "drain", True))], {"lb1": False}),
        (["a"], [balancer("lb1", ("a", "ready", False))], {"lb1": False}),
        (["a-1", "a-2"], [balancer("lb1", ("a-1", "maint", True), ("a-2", "ready", True))], {"lb1": True}),
        (
            ["a"],
            [balancer("lb1", ("a", "ready", True)), {"balancer": "lb2", "failed": True}],
            {"lb1": True, "lb2": None},
        ),
        (
            ["a"],
            [balancer("lb1", ("a", "ready", True), second=[{"server": "a", "state": "maint", "up": True}])],
            {"lb1": False},
        ),
        (["a"], [], {}),
        ([], [balancer("lb1", ("a", "ready", True))], {}),
        (["a"], [{"balancer": "app1", "processes": []}], {}),
    ],
)
def test_the_load_balancers_say_whether_a_host_is_in_rotation(lines, balancers, expected):
    assert outcome.rotation(lines, balancers) == expected


@pytest.mark.parametrize(
    ("told", "line"),
    [
        (
            {"runs": outcome.NEW, "image": V2, "rotation": {"lb1": True}, "swapped": True, "seconds": 2.51},
            "app1: runs hello:v2 (sha256:222222222222), in rotation; swapped in 2.5 s",
        ),
        (
            {"runs": outcome.NEW, "image": V2, "rotation": {"lb1": True}, "seconds": 0.2},
            "app1: runs hello:v2 (sha256:222222222222), in rotation",
        ),
        (
            {"runs": outcome.OLD, "image": V1, "rotation": {"lb1": True}, "why": ["exit code 3"]},
            "app1: failed; runs hello:v1 (sha256:111111111111), in rotation",
        ),
        (
            {"runs": outcome.OLD, "image": V1, "rotation": {"lb1": False, "lb2": False}, "why": ["x"]},
            "app1: failed; runs hello:v1 (sha256:111111111111), out of rotation",
        ),
        (
            {"runs": outcome.OLD, "image": V1, "rotation": {"lb1": True, "lb2": False}, "why": ["x"]},
            "app1: failed; runs hello:v1 (sha256:111111111111), out of rotation on lb2",
        ),
        (
            {"runs": outcome.UNKNOWN, "rotation": {"lb1": False}, "why": ["x"]},
            "app1: failed; what it runs is unknown, out of rotation",
        ),
        (
            {"runs": outcome.OLD, "image": V1, "rotation": {"lb1": True, "lb2": None}, "why": ["x"]},
            "app1: failed; runs hello:v1 (sha256:111111111111), rotation unknown (lb2 did not answer)",
        ),
        ({"runs": outcome.UNTOUCHED, "image": V1}, "app1: not touched; runs hello:v1 (sha256:111111111111)"),
        ({"runs": outcome.UNTOUCHED}, "app1: not touched; runs what it ran before"),
        ({"runs": outcome.UP_TO_DATE, "image": V2}, "app1: up to date; runs hello:v2 (sha256:222222222222)"),
        ({"runs": outcome.PUT_BACK, "image": V1}, "app1: put back; runs hello:v1 (sha256:111111111111)"),
        ({"runs": outcome.BY_TASKS, "why": ["x"]}, "app1: failed; runs what rollout_update_tasks left"),
        ({"runs": outcome.NEW}, "app1: runs what rollout_update_tasks left"),
        ({"runs": outcome.UNTOUCHED, "image": "Not An Image"}, "app1: not touched; runs Not An Image"),
        ({"runs": outcome.OLD, "image": "sha256:" + "1" * 64, "why": ["x"]}, "app1: failed; runs sha256:111111111111"),
        (
            {"runs": outcome.NEW, "image": V2, "swapped": True, "rehearsed": True},
            "app1: would run hello:v2 (sha256:222222222222)",
        ),
    ],
)
def test_a_host_has_a_line_with_what_it_runs_and_whether_it_is_in_rotation(told, line):
    assert str(outcome.Outcome("app1", **told)) == line


def test_why_a_host_failed_is_below_it_line_by_line():
    failed = outcome.Outcome("app2", outcome.OLD, V1, why=["exit code 3", "log: giving up"])
    assert outcome.text([outcome.Outcome("app1", outcome.UNTOUCHED), failed])[1:] == [
        "app2: failed; runs hello:v1 (sha256:111111111111)",
        "  exit code 3",
        "  log: giving up",
    ]


def test_the_report_has_all_of_it():
    told = outcome.Outcome("app1", outcome.NEW, V2, {"lb1": True}, swapped=True, seconds=2.5).as_dict()
    assert (told["in_rotation"], told["digest"], told["why"]) == (True, "sha256:" + "2" * 64, "")
