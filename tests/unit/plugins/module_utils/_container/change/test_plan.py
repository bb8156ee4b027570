# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import replace

from ansible_collections.zero.downtime.plugins.module_utils._container.change import plan
from ansible_collections.zero.downtime.plugins.module_utils._container.change.intent import (
    ContainerRef,
    Intent,
    SetAside,
)

ALWAYS = {"Name": "always", "MaximumRetryCount": 0}
OLD = ContainerRef(id="old", name="web", image="app:v1", running=True, policy=ALWAYS)
NEW = ContainerRef(id="", name="web-next")
SWAP = Intent(
    what="swap",
    service="web",
    name="web",
    new=NEW,
    created=True,
    policy=ALWAYS,
    before=(SetAside(OLD, "web-previous-1"),),
    image="app:v2",
)
ASIDE = replace(OLD, name="web-previous-1", running=False, policy={"Name": "no", "MaximumRetryCount": 0})


def _texts(steps: list[plan.Step]) -> list[str]:
    return [step.text for step in steps]


def test_swap_makes_the_new_one_first_and_trusts_it_last() -> None:
    assert _texts(plan.forward(SWAP)) == [
        "create web-next from app:v2",
        "set the restart policy of web to no",
        "stop web",
        "rename web to web-previous-1",
        "rename web-next to web",
        "start web",
        "wait until web is healthy",
        "set the restart policy of web to always",
    ]


def test_old_container_with_rm_is_waited_for_and_not_renamed() -> None:
    old = replace(OLD, auto_remove=True, policy={"Name": "no"})
    steps = plan.forward(replace(SWAP, before=(SetAside(old, "web-previous-1"),)))
    assert _texts(steps)[1:4] == ["stop web", "wait until the engine has removed web", "rename web-next to web"]


def test_kept_container_goes_back_to_where_it_was() -> None:
    kept = replace(ASIDE, id="kept", name="web-previous-7")
    intent = replace(SWAP, new=kept, created=False)
    assert _texts(plan.forward(intent))[:1] == ["set the restart policy of web to no"]
    there = {"kept": replace(kept, name="web", running=True, policy=ALWAYS), "old": ASIDE}
    assert _texts(plan.undo(intent, there["kept"], there.get)) == [
        "stop web",
        "rename web to web-previous-7",
        "set the restart policy of web-previous-7 to no",
        "rename web-previous-1 to web",
        "set the restart policy of web to always",
        "start web",
    ]


def test_undo_frees_the_name_and_the_port_before_it_takes_them_and_removes_last() -> None:
    new = ContainerRef(id="new", name="web", running=True, policy=ALWAYS)
    assert _texts(plan.undo(SWAP, new, {"old": ASIDE}.get)) == [
        "stop web",
        "rename web to web-next",
        "set the restart policy of web-next to no",
        "rename web-previous-1 to web",
        "set the restart policy of web to always",
        "start web",
        "remove web-next",
    ]


def test_undo_waits_last_for_the_engine_to_remove_a_container_with_rm() -> None:
    new = ContainerRef(id="new", name="web", running=True, auto_remove=True)
    assert _texts(plan.undo(SWAP, new, {"old": ASIDE}.get)) == [
        "stop web",
        "rename web to web-next",
        "rename web-previous-1 to web",
        "set the restart policy of web to always",
        "start web",
        "remove web-next",
        "wait until the engine has removed web-next",
    ]


def test_undo_of_what_was_not_begun_or_is_undone_already_is_nothing() -> None:
    assert plan.undo(SWAP, None, {"old": OLD}.get) == []


def test_undo_does_not_start_what_did_not_run() -> None:
    stopped = replace(OLD, running=False)
    steps = plan.undo(replace(SWAP, before=(SetAside(stopped, "web-previous-1"),)), None, {"old": ASIDE}.get)
    assert "start web" not in _texts(steps)


def test_undo_leaves_what_somebody_removed_by_hand() -> None:
    assert plan.undo(SWAP, None, {}.get) == []


def test_finish_spares_what_runs_unless_all_is_to_go() -> None:
    kept, running = replace(ASIDE, id="kept"), replace(OLD, id="running", name="web-previous-2")
    there = {"kept": kept, "running": running}
    pruning = Intent(what="swap", service="web", remove=(kept, running), done=True)
    assert _texts(plan.finish(pruning, there.get)) == ["remove web-previous-1"]
    assert _texts(plan.finish(replace(pruning, what="absent"), there.get)) == [
        "remove web-previous-1",
        "stop web-previous-2",
        "remove web-previous-2",
    ]
    assert plan.finish(pruning, {}.get) == []
