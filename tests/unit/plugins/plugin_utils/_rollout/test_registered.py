# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from ansible_collections.zero.downtime.plugins.plugin_utils._rollout import registered, turn
from ansible_collections.zero.downtime.plugins.plugin_utils._rollout.turn import Turn

APP1 = Turn("app1", "s1", ("s1",), ("lb1",), next_host="app2", next_server="s2").as_dict()
APP2 = Turn("app2", "s2", ("s2",), ("lb1",), previous_host="app1").as_dict()
LEFT = {"out": True, "before": [], "after": [], "sessions_cut": 1}


def host(of, **facts):
    return {
        "__rollout_of": "hello",
        "__rollout_turn": of,
        **{f"__rollout_{name}": value for name, value in facts.items()},
    }


def test_a_stage_that_did_not_run_or_was_skipped_has_done_nothing():
    done = registered.done(host(APP1, drained={}, swapped={"skipped": True, "changed": False}))
    assert done == turn.Done()


def test_what_the_visit_of_the_turn_before_did_is_the_drain_of_this_one():
    hostvars = {"app1": host(APP1, handed_over={"restored": {}, "drained": LEFT}), "app2": host(APP2, drained={})}
    assert registered.done_by("app2", hostvars).drained["results"][0]["balancer_and_line"] == ["lb1", "s2"]
    assert registered.done_by("app1", hostvars).drained is None
    own = {"results": ["its own"]}
    hostvars["app2"] = host(APP2, drained=own)
    assert registered.done_by("app2", hostvars).drained == own


def test_every_drain_counts_for_the_ledger():
    drains = registered.drains(
        host(
            APP1,
            drained_before={"results": [{"server": "way there"}]},
            drained={"results": [{"server": "way back"}]},
            handed_over={"drained": LEFT},
        )
    )
    assert drains == [{"server": "way there"}, {"server": "way back"}, {**LEFT, "balancer_and_line": ["lb1", "s2"]}]


def test_two_services_in_one_play_do_not_meet():
    hello = host(APP1, swapped={"image": "hello"}, failed=["why"])
    world = {
        **host(APP2, swapped={"image": "world"}),
        "__rollout_of": "world",
        "__rollout_stash": registered.stash(hello),
    }
    assert registered.done(registered.of_service(world, "hello")).swapped == {"image": "hello"}
    assert registered.why(registered.of_service(world, "hello")) == ["why"]
    assert registered.done(registered.of_service(world, "world")).swapped == {"image": "world"}
    assert registered.of_service(world, "other") == {}
    assert set(registered.stash(world)) == {"hello", "world"}


def test_the_image_that_ran_before_is_known_from_the_look():
    due = {"swap_needed": True, "image": "v2", "diff": {"before": {"image": "v1"}}}
    assert registered.before({"__rollout_look": due}) == "v1"
    assert registered.before({"__rollout_look": {"swap_needed": False, "image": "v2"}}) == "v2"
    assert registered.before({"__rollout_look": {"skipped": True}}) == ""


def test_a_reason_of_several_lines_is_told_line_by_line():
    assert registered.why(host(APP1, failed=["a\nb", "c"])) == ["a", "b", "c"]
    assert registered.why(host(APP1)) == []


class LazyList(list):
    """As the templates of ansible-core 2.19 give: only Ansible can make one."""

    def __init__(self):
        super().__init__()


def test_a_turn_out_of_a_template_can_be_copied():
    lines = LazyList()
    lines.append("s1")
    found = registered.turn_of({**APP1, "lines": lines})
    assert found.put_back_instead().as_dict()["lines"] == ["s1"]


def test_a_host_that_could_not_be_looked_at_was_not_found():
    assert not registered.was_found({"__rollout_look": {"failed": True}})
    assert registered.was_found({"__rollout_look": {"skipped": True}})
    assert registered.was_found({"__rollout_look": {"image": "v2"}})
