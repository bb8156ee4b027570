# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.zero.downtime.plugins.filter._rollout_taken_out import taken_out


def drained(*ways, **rest):
    """What haproxy_server_state says; I(ways): the state before and after at each socket."""
    return {
        "balancer_and_line": ("lb1", "app1"),
        "before": [{"state": before} for before, _after in ways],
        "after": [{"state": after} for _before, after in ways],
        **rest,
    }


@pytest.mark.parametrize(
    "result",
    [
        drained(("ready", "maint"), changed=True),
        drained(("maint", "maint"), ("ready", "maint"), changed=True),
        # It failed, and could not put it back.
        drained(("ready", "drain"), changed=True, failed=True),
        # Lost in the middle of the drain, or killed there.
        {"balancer_and_line": ("lb1", "app1"), "failed": True, "away": True},
        {"balancer_and_line": ("lb1", "app1"), "failed": True, "module_stderr": "Killed"},
    ],
)
def test_what_was_taken_out_or_may_have_been_is_let_in_again(result):
    assert taken_out({"results": [result]}) == [["lb1", "app1"]]


@pytest.mark.parametrize(
    "result",
    [
        # An operator keeps it out, or it is the line of the layout before the slots.
        drained(("maint", "maint"), changed=False),
        drained(("drain", "maint"), changed=True),
        # It failed, and has put it back itself.
        drained(("ready", "ready"), changed=True, failed=True),
        # HAProxy could not be asked.
        drained(failed=True),
    ],
)
def test_what_was_not_taken_out_is_left_as_it_is(result):
    assert taken_out({"results": [result]}) == []


def test_a_loop_that_never_began_took_nothing_out():
    assert taken_out({"failed": True, "msg": "'rollout_backend' is undefined"}) == []
