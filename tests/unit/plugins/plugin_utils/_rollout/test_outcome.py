# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.zero.downtime.plugins.plugin_utils._rollout import outcome

SWAPPED = {"changed": True, "elapsed": 2.5, "container": {"state": "running"}}
FAILED = {"failed": True, "container": {"state": "running"}}
DRAINED = {"changed": True, "results": []}
RESTORED = {"changed": True, "results": []}
BY_TASKS = {"by_tasks": True, "drained": DRAINED}


def what(**changes):
    plan = changes.pop("plan", {"hosts": ["app1"], "up_to_date": []})
    said = {
        "failed": None,
        "lost": False,
        "by_tasks": False,
        "drained": {},
        "swapped": {},
        "undone": {},
        "restored": {},
        **changes,
    }
    return outcome.outcome("app1", plan, **said)


@pytest.mark.parametrize(
    ("said", "runs"),
    [
        ({"plan": {"hosts": [], "up_to_date": ["app1"]}}, outcome.UP_TO_DATE),
        ({"plan": {"hosts": [], "up_to_date": []}, "swapped": SWAPPED, "restored": RESTORED}, outcome.UNTOUCHED),
        ({}, outcome.UNTOUCHED),
        ({"swapped": SWAPPED, "restored": RESTORED}, outcome.NEW),
        ({"failed": "not reached"}, outcome.OLD),
        ({"failed": "not drained", "drained": {"failed": True}, "restored": RESTORED}, outcome.OLD),
        ({"failed": "not drained", "drained": {"failed": True}, "restored": {"failed": True}}, outcome.OLD),
        ({"failed": "crashed", "swapped": FAILED}, outcome.OLD),
        ({"failed": "gone", "swapped": {"failed": True, "away": True}}, outcome.UNKNOWN),
        ({"failed": "nothing ran", "swapped": {"failed": True, "container": {"state": "absent"}}}, outcome.UNKNOWN),
        ({"failed": "no check", "swapped": SWAPPED, "undone": {"changed": True}}, outcome.OLD),
        ({"failed": "no check", "swapped": SWAPPED, "undone": {"failed": True}}, outcome.UNKNOWN),
        ({"failed": "no check", "swapped": SWAPPED, "undone": {"failed": True, "away": True}}, outcome.UNKNOWN),
        ({"failed": "no check", "swapped": SWAPPED}, outcome.UNKNOWN),
        ({"failed": "no check", "swapped": SWAPPED, "restored": {"failed": True}}, outcome.UNKNOWN),
        ({"failed": "too little traffic", "swapped": SWAPPED, "restored": RESTORED}, outcome.NEW),
        ({"failed": "own tasks", **BY_TASKS, "restored": RESTORED}, outcome.SERVING),
        ({"failed": "own tasks", **BY_TASKS, "restored": {"failed": True}}, outcome.UNKNOWN),
        ({"failed": "own tasks", **BY_TASKS}, outcome.UNKNOWN),
        # The turn before took it out, and its own came no further.
        ({"failed": "the lock is lost", "drained": DRAINED, "restored": RESTORED}, outcome.OLD),
        ({"failed": "the lock is lost", "drained": DRAINED, "restored": {"failed": True}}, outcome.OLD),
        ({"failed": "nothing kept", "drained": DRAINED, "undone": FAILED, "restored": RESTORED}, outcome.OLD),
        ({"failed": "nothing kept", "swapped": SWAPPED, "undone": FAILED, "restored": RESTORED}, outcome.NEW),
        ({"swapped": SWAPPED, "restored": RESTORED, "undone": {"changed": True}}, outcome.PUT_BACK),
    ],
)
def test_what_a_host_runs_after_all(said, runs):
    assert what(**said).runs == runs


@pytest.mark.parametrize(
    ("said", "runs"),
    [
        ({}, outcome.OLD),
        (BY_TASKS, outcome.UNKNOWN),
        ({**BY_TASKS, "restored": RESTORED}, outcome.SERVING),
        ({"drained": DRAINED, "swapped": SWAPPED, "restored": RESTORED}, outcome.NEW),
    ],
)
def test_a_host_that_ansible_lost_has_failed(said, runs):
    """In the hook before_host, in rollout_update_tasks, and in the hook after_host of either."""
    told = what(lost=True, **said)
    assert told.runs == runs
    assert "unreachable" in told.why


def test_a_host_that_failed_and_was_lost_later_says_why_it_failed():
    assert what(lost=True, failed="no check").why == "no check"


def test_a_host_that_was_up_to_date_is_not_lost():
    assert what(lost=True, plan={"hosts": [], "up_to_date": ["app1"]}).why == ""


def test_each_host_has_a_line_and_why_it_failed_below_it():
    lines = outcome.text(
        [
            outcome.Outcome("app1", outcome.NEW, seconds=2.51),
            outcome.Outcome("app2", outcome.OLD, "exit code 3"),
            outcome.Outcome("app3", outcome.UNTOUCHED),
        ]
    )
    assert lines == [
        "app1: runs the new version and serves (swapped in 2.5 s)",
        "app2: failed, and runs what it ran before",
        "  exit code 3",
        "app3: was not touched",
    ]
