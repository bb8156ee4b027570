# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The turn of a host, way by way; what puts each failure right; and where each stage acts."""

from __future__ import annotations

import ast
import dataclasses
import itertools
import sys
import types
from pathlib import Path

import pytest
from ansible_collections.zero.downtime.plugins.plugin_utils._rollout import turn
from ansible_collections.zero.downtime.plugins.plugin_utils._rollout.turn import Done, Turn

ROOT = Path(__file__).resolve().parents[5]

ONE = Turn("app1", "app1", ("app1",), ("lb1", "lb2"))
HANDS_OVER = dataclasses.replace(ONE, balancers=("lb1",), next_host="app2", next_server="server2")
SLOTS = Turn("app1", "app1", ("app1-8081", "app1-8082", "app1"), ("lb1",), side_by_side=True, idle_line="app1-8082")
ALONE = dataclasses.replace(ONE, balancers=())
TASKS = dataclasses.replace(ONE, own_tasks=True)
BACK = dataclasses.replace(ONE, to_previous=True)
SLOTS_BACK = dataclasses.replace(SLOTS, to_previous=True)

OK = {"results": []}
HALF_OUT = {"balancer_and_line": ["lb1", "app1"], "before": [{"state": "ready"}], "after": [{"state": "drain"}]}
RUNS = {"container": {"state": "running"}}
OLD_RUNS = {"failed": True, **RUNS}
NOTHING_RUNS = {"failed": True, "container": {"state": "absent"}}
LOST = {"failed": True, "host_unreachable": True}
NOT_BEGUN = {"failed": True, "host_unreachable": True, "begun": False}
FAILED = {"failed": True, "results": [HALF_OUT]}
NOT_UP = {"failed": True, "restored": {}, "drained": {}}
BROKE_OFF = {"failed": True, "msg": "killed"}


WAYS = [
    (ONE, "drain swap restore"),
    (HANDS_OVER, "drain swap hand_over"),
    (dataclasses.replace(ONE, before_host=True), "before_host drain swap restore"),
    (dataclasses.replace(ONE, verifies=True), "drain swap restore verify"),
    (dataclasses.replace(ONE, verifies=True, check_mode=True), "drain swap restore"),
    (SLOTS, "close_slot swap restore drain retire"),
    (dataclasses.replace(SLOTS, verifies=True), "close_slot swap restore drain verify retire"),
    (dataclasses.replace(SLOTS, check_mode=True), "close_slot swap"),
    (TASKS, "drain own_tasks restore"),
    (dataclasses.replace(TASKS, verifies=True), "drain own_tasks restore verify"),
    (BACK, "drain previous restore"),
    (dataclasses.replace(BACK, verifies=True), "drain previous restore verify"),
    (SLOTS_BACK, "previous restore drain retire"),
    (dataclasses.replace(SLOTS_BACK, verifies=True), "previous restore drain retire verify"),
    (dataclasses.replace(SLOTS_BACK, check_mode=True), "previous"),
    # without a load balancer
    (ALONE, "swap"),
    (dataclasses.replace(ALONE, own_tasks=True, verifies=True), "own_tasks verify"),
    (dataclasses.replace(SLOTS, balancers=()), "swap retire"),
]


@pytest.mark.parametrize(("of", "expected"), WAYS)
def test_the_stages_of_each_way(of, expected):
    assert turn.stages(of) == expected.split()


RECOVERIES = [
    # nothing, or it only looked
    (ONE, Done(), ""),
    (SLOTS, Done(), ""),
    (TASKS, Done(), ""),
    (BACK, Done(), ""),
    # a drain that failed, or that nothing came of
    (ONE, Done(drained=FAILED), "restore"),
    (ONE, Done(drained=OK), "restore"),
    (ONE, Done(drained=OK, swapped=NOT_BEGUN), "restore"),
    (ONE, Done(drained=FAILED, restored=FAILED), ""),
    (TASKS, Done(drained=FAILED), "restore"),
    (ONE, Done(drained={"failed": True, "results": []}), ""),
    (ALONE, Done(swapped=OLD_RUNS), ""),
    (ALONE, Done(swapped=RUNS), "previous"),
    (dataclasses.replace(TASKS, balancers=()), Done(own_tasks=True), ""),
    (BACK, Done(drained=FAILED), "restore"),
    # a swap that failed
    (ONE, Done(drained=OK, swapped=OLD_RUNS), "restore"),
    (ONE, Done(drained=OK, swapped=OLD_RUNS, restored=FAILED), ""),
    (ONE, Done(drained=OK, swapped=NOTHING_RUNS), ""),
    (ONE, Done(drained=OK, swapped=LOST), ""),
    (SLOTS, Done(swapped=OLD_RUNS), ""),
    (SLOTS, Done(swapped=NOT_BEGUN), ""),
    # swapped, and then not restored or not verified
    (ONE, Done(drained=OK, swapped=RUNS, restored=FAILED), "drain previous restore"),
    (ONE, Done(drained=OK, swapped=RUNS, restored=OK), "drain previous restore"),
    (HANDS_OVER, Done(drained=OK, swapped=RUNS, handed_over=NOT_UP), "drain previous restore"),
    (HANDS_OVER, Done(drained=OK, swapped=RUNS, handed_over=BROKE_OFF), "restore_next drain previous restore"),
    (SLOTS, Done(swapped=RUNS, restored=FAILED), "previous restore drain retire"),
    (SLOTS, Done(swapped=RUNS, restored=OK, drained=FAILED), "previous restore drain retire"),
    (SLOTS, Done(swapped=RUNS, restored=OK, drained=OK), "previous restore drain retire"),
    # the way back failed, and what runs has been found bad
    (ONE, Done(drained=FAILED, swapped=RUNS, restored=OK), "restore"),
    (ONE, Done(drained=OK, swapped=RUNS, previous=OLD_RUNS), ""),
    (ONE, Done(drained=OK, swapped=RUNS, previous=RUNS, restored=FAILED), ""),
    (SLOTS, Done(swapped=RUNS, previous=OLD_RUNS), "drain_new"),
    (SLOTS, Done(swapped=RUNS, previous=RUNS, restored=FAILED), "drain_new"),
    (SLOTS, Done(swapped=RUNS, previous=RUNS, restored=OK, drained=FAILED), "drain_new"),
    # the user's tasks
    (TASKS, Done(drained=OK, own_tasks=True), "restore_if_healthy"),
    (TASKS, Done(drained=OK, own_tasks=True, restored=FAILED), ""),
    (TASKS, Done(drained=OK, own_tasks=True, restored=OK), ""),
    # a rollback, or a host that is put back: what runs was not found bad
    (BACK, Done(drained=OK, previous=OLD_RUNS), "restore"),
    (BACK, Done(drained=OK, previous=OLD_RUNS, restored=FAILED), ""),
    (BACK, Done(drained=OK, previous=NOTHING_RUNS), ""),
    (BACK, Done(drained=OK, previous=LOST), ""),
    (BACK, Done(drained=OK, previous=RUNS, restored=FAILED), ""),
    (BACK, Done(drained=OK, previous=RUNS, restored=OK), ""),
    (SLOTS_BACK, Done(previous=OLD_RUNS), ""),
    (SLOTS_BACK, Done(previous=RUNS, restored=FAILED), ""),
    (SLOTS_BACK, Done(previous=RUNS, restored=OK, drained=FAILED), "restore"),
    (SLOTS_BACK, Done(previous=RUNS, restored=FAILED, drained=FAILED), ""),
]


@pytest.mark.parametrize(("of", "done", "expected"), RECOVERIES)
def test_what_puts_a_failed_turn_right(of, done, expected):
    assert turn.recovery(of, done) == expected.split()


def test_what_has_been_tried_in_vain_is_not_tried_again():
    done = Done(swapped=RUNS, previous=OLD_RUNS)
    assert turn.recovery(SLOTS, done, ["previous", "restore", "drain", "retire"]) == ["drain_new"]
    assert turn.recovery(SLOTS, done, ["drain_new"]) == []


PLACES = [
    (ONE, Done(), "drain", "lb1/app1 lb2/app1"),
    (ONE, Done(drained=OK, swapped=RUNS), "restore", "lb1/app1 lb2/app1"),
    (SLOTS, Done(), "close_slot", "lb1/app1-8082"),
    (dataclasses.replace(SLOTS, idle_line=""), Done(), "close_slot", ""),
    (SLOTS, Done(swapped={"slot": 8082}), "restore", "lb1/app1-8082"),
    (SLOTS, Done(swapped={"slot": 8082}), "drain", "lb1/app1-8081 lb1/app1"),
    # the way back, in slots and from them to the layout without
    (SLOTS, Done(swapped={"slot": 8082}, previous={"slot": 8081}), "restore", "lb1/app1-8081"),
    (SLOTS, Done(swapped={"slot": 8082}, previous={"slot": 8081}), "drain", "lb1/app1-8082 lb1/app1"),
    (SLOTS, Done(swapped={"slot": 8082}, previous={"slot": None}), "restore", "lb1/app1"),
    (SLOTS, Done(swapped={"slot": 8082}, drained=FAILED, previous={"slot": 8081}), "restore", "lb1/app1-8081"),
    (SLOTS, Done(swapped={"slot": 8082}, previous={"failed": True, "slot": 8081}), "drain_new", "lb1/app1-8082"),
    (HANDS_OVER, Done(), "restore_next", "lb1/server2"),
]


@pytest.mark.parametrize(("of", "done", "stage", "expected"), PLACES)
def test_where_a_stage_acts(of, done, stage, expected):
    assert turn.places(of, done, stage) == [tuple(place.split("/")) for place in expected.split()]


READY, DRAIN, MAINT = ({"state": state} for state in ("ready", "drain", "maint"))
DRAINS = [
    ({"before": [READY], "after": [MAINT]}, True),
    ({"before": [READY], "after": [DRAIN]}, True),
    ({"failed": True, "before": [READY], "after": [READY]}, False),
    ({"before": [MAINT], "after": [MAINT]}, False),
    ({"before": [MAINT, READY], "after": [MAINT, MAINT]}, True),
    ({"failed": True, "before": [], "after": []}, False),
    ({"failed": True, "host_unreachable": True}, True),
]


def drain_of(result):
    return {"failed": True, "results": [{"balancer_and_line": ["lb2", "app1"], **result}]}


def taken_out(may_be_out):
    return [("lb2", "app1")] if may_be_out else []


@pytest.mark.parametrize(
    ("result", "may_be_out"),
    DRAINS,
    ids=["out", "draining", "put back", "out before", "one socket of two", "not read", "lost on the way"],
)
def test_what_a_failed_drain_took_out_is_restored_and_nothing_else(result, may_be_out):
    drained = drain_of(result)
    for of, done in (
        (ONE, Done(drained=drained)),
        (ONE, Done(drained=drained, swapped=RUNS, restored=OK)),  # the drain of the way back
        (SLOTS_BACK, Done(drained=drained, previous=RUNS, restored=OK)),
    ):
        assert turn.recovery(of, done) == (["restore"] if may_be_out else [])
        assert turn.places(of, done, "restore") == taken_out(may_be_out)


LEFT = {"drained": {"out": True, "before": [READY], "after": [MAINT]}}
HANDED_OVER = [
    (LEFT, {"results": [{**LEFT["drained"], "balancer_and_line": ["lb1", "app1"]}]}),
    ({"drained": {"out": False, "why": "too few"}}, None),
    ({"drained": {}}, None),
    (None, None),
]
(DRAINED_BEFORE,) = turn.batch([dataclasses.replace(ONE, previous_host="app0")])


@pytest.mark.parametrize(("visit", "drained"), HANDED_OVER)
def test_a_host_that_the_turn_before_drained_is_not_drained_again(visit, drained):
    assert turn.handed_over(visit, ("lb1", "app1")) == drained
    left = "swap restore" if drained else "drain swap restore"
    assert turn.remaining(DRAINED_BEFORE, Done(drained=drained)) == left.split()
    assert turn.recovery(DRAINED_BEFORE, Done(drained=drained)) == (["restore"] if drained else [])


def ways(slots):
    """Every turn that may share a batch with the others."""
    plain = [SLOTS] if slots else [ONE, TASKS]
    for of, check_mode, hook, verifies in itertools.product(plain, (False, True), (False, True), (False, True)):
        yield dataclasses.replace(of, check_mode=check_mode, before_host=hook, verifies=verifies)


@pytest.mark.parametrize("slots", [False, True])
def test_a_batch_goes_through_one_list_in_an_order_that_is_right_for_each_host(slots):
    """Ansible takes the files of the first host first, and would restore a mate before its own tasks ran."""
    for turns in itertools.permutations(ways(slots), 3):
        if len({each.check_mode for each in turns}) == 1:
            for own in turn.batch(turns):
                assert [stage for stage in own.in_step if stage not in own.sits_out] == turn.stages(own)


def test_failed_mates_go_back_in_an_order_that_is_right_for_each():
    recoveries = [
        ["restore"],
        ["drain", "previous", "restore"],
        ["restore_next", "drain", "previous", "restore"],
        ["restore_if_healthy"],
        [],
    ]
    for lists in itertools.permutations(recoveries):
        together = turn.in_step(lists)
        for own in lists:
            assert [stage for stage in together if stage in own] == own


def test_a_recovery_ends_whatever_fails_in_it():
    """Every combination of what stages may have registered, each tried again as long as there is something to try."""
    restores, swaps = (None, OK, FAILED), (None, RUNS, OLD_RUNS, NOTHING_RUNS, LOST, NOT_BEGUN)
    for of, drained, swapped, previous, restored in itertools.product(
        (ONE, SLOTS, TASKS, BACK, SLOTS_BACK), restores, swaps, swaps, restores
    ):
        done, tried = Done(drained=drained, swapped=swapped, previous=previous, restored=restored), []
        for _attempt in range(3):
            tried = turn.recovery(of, done, tried)
            if not tried:
                break
        else:
            pytest.fail(f"{of} {done}: {tried} again and again")


def test_a_host_that_is_put_back_takes_a_turn_to_what_it_ran_before():
    verified = turn.batch([dataclasses.replace(HANDS_OVER, verifies=True, before_host=True)])[0]
    back = verified.put_back_instead()
    assert (back.in_step, back.sits_out) == (["drain", "previous", "restore"], ())
    assert (back.put_back, back.next_host) == (True, "")


def test_every_stage_is_a_file_of_the_role():
    files = {path.stem for path in (ROOT / "roles" / "rollout" / "tasks" / "stages").iterdir()}
    ways_ = {stage for of in (*ways(slots=True), *ways(slots=False), HANDS_OVER, BACK) for stage in turn.stages(of)}
    results = (
        (None, OK, FAILED),
        (None, RUNS, OLD_RUNS),
        (None, RUNS, OLD_RUNS),
        (None, NOT_UP, BROKE_OFF),
        (False, True),
    )
    back = {
        stage
        for of in (HANDS_OVER, SLOTS, TASKS, BACK)
        for drained, swapped, previous, visit, own_tasks in itertools.product(*results)
        for stage in turn.recovery(of, Done(drained, swapped, previous, None, visit, own_tasks))
    }
    assert ways_ | back | {"refresh_lock", "refuse_after_unreachable"} == files


def mutants(source):
    """Each list of stages in I(source) without one of them, and each condition turned round."""
    tree = ast.parse(source)
    for number, node in enumerate(ast.walk(tree)):
        if isinstance(node, ast.List):
            for stage in [each for each in node.elts if isinstance(each, ast.Constant)]:
                yield (
                    number,
                    f"without {stage.value}",
                    lambda there, gone=stage.value: there.elts.__delitem__(
                        [getattr(each, "value", None) for each in there.elts].index(gone)
                    ),
                )
        elif isinstance(node, (ast.If, ast.IfExp)):
            yield number, "turned round", lambda there: setattr(there, "test", ast.UnaryOp(ast.Not(), there.test))


def mutated(source, number, change):
    tree = ast.parse(source)
    change(list(ast.walk(tree))[number])
    module = types.ModuleType("mutant")
    sys.modules["mutant"] = module  # where dataclasses look
    exec(compile(ast.fix_missing_locations(tree), "mutant", "exec"), module.__dict__)  # noqa: S102
    return module


def tables_hold(module):
    return (
        all(module.stages(of) == expected.split() for of, expected in WAYS)
        and all(module.recovery(of, done) == expected.split() for of, done, expected in RECOVERIES)
        and all(
            ["/".join(place) for place in module.places(of, done, stage)] == expected.split()
            for of, done, stage, expected in PLACES
        )
        and all(module.handed_over(visit, ("lb1", "app1")) == drained for visit, drained in HANDED_OVER)
        and module.in_step([["restore"], ["drain", "previous", "restore"]]) == ["drain", "previous", "restore"]
        and module.remaining(DRAINED_BEFORE, Done(drained=OK)) == ["swap", "restore"]
        and module.recovery(SLOTS, Done(swapped=RUNS, previous=OLD_RUNS), ["drain_new"]) == []
        and [module.may_be_out(result) for result, _out in DRAINS] == [out for _result, out in DRAINS]
        and all(
            module.places(ONE, Done(drained=drain_of(result)), "restore") == taken_out(out) for result, out in DRAINS
        )
    )


def test_no_row_of_the_tables_can_be_changed_without_a_test_that_fails():
    source = Path(turn.__file__).read_text()
    assert tables_hold(turn)
    survivors = []
    for number, what, change in mutants(source):
        try:
            if tables_hold(mutated(source, number, change)):
                survivors.append(f"{ast.unparse(list(ast.walk(ast.parse(source)))[number])}: {what}")
        except (AttributeError, IndexError, KeyError, TypeError, ValueError):
            pass  # a mutant that breaks is caught as well
    assert survivors == []
