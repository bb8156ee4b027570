# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host that fails, one that is lost, alone or with a mate in its batch: the same end on every ansible-core."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field, replace

import pytest
from site_under_test import fails_to_start_on

from faults import harm
from faults.deploy import Deploy
from faults.steps import PREPARING, WAITING
from faults.tracker import Tracker
from faults.trial import VERSIONS, leftovers, turned, version

PAIRS = {"rollout_min_healthy": 0.3, "rollout_batches": [2]}
"""Two hosts of three in the first batch."""
UNHURRIED = {"rollout_health": {"path": "/ping", "stable_for": 4}}
"""The module on the host is at work for long enough to lose it meanwhile."""
APP1_CANNOT_START = fails_to_start_on("app1")


@dataclass(frozen=True)
class Failure:
    """I(ends): of each host, whether it runs V(old) or V(new) when the rollout has stopped; I(out): of rotation."""

    name: str
    ends: tuple[str, str, str]
    out: frozenset[str] = frozenset()
    says: tuple[str, ...] = ()
    lost: str = ""
    """The host whose connections break, at I(step) of app1."""
    step: str = PREPARING
    variables: t.Mapping[str, t.Any] = field(default_factory=dict)


FAILURES = (
    Failure(
        "a task fails",
        ("old", "old", "old"),
        says=("app1: failed; runs hello:", "app2: not touched; ", "app3: not touched; "),
        variables=APP1_CANNOT_START,
    ),
    Failure(
        "a task fails, its mate does not",
        ("old", "new", "old"),
        says=("app1: failed; runs hello:", "app2: runs hello:", "app3: not touched; "),
        variables={**APP1_CANNOT_START, **PAIRS},
    ),
    # The module goes on without its connection. Nobody could tell, so the host stays out.
    Failure(
        "a host is lost in the middle of its swap",
        ("new", "old", "old"),
        out=frozenset({"app1"}),
        says=(
            "app1: failed; what it runs is unknown, out of rotation",
            "app2: not touched; ",
            "app3: not touched; ",
        ),
        lost="app1",
        step=WAITING,
        variables=UNHURRIED,
    ),
    Failure(
        "a host is lost in the middle of its swap, its mate is not",
        ("new", "new", "old"),
        out=frozenset({"app1"}),
        says=(
            "app1: failed; what it runs is unknown, out of rotation",
            "app2: runs hello:",
            "app3: not touched; ",
        ),
        lost="app1",
        step=WAITING,
        variables={**PAIRS, **UNHURRIED},
    ),
    Failure(
        "a host is lost before its turn",
        ("new", "old", "old"),
        says=("app1: runs hello:", "app2: failed; runs hello:", "app3: not touched; "),
        lost="app2",
        step=WAITING,
        variables=UNHURRIED,
    ),
)


@pytest.fixture
def whole_site(site):
    """All three hosts are rolled, and run one version."""
    site = replace(site, controller=replace(site.controller, variables={}))
    if len(set(site.versions().values())) > 1:
        run = site.deploy(turned(VERSIONS, by=version(site))[0])
        assert run.rc == 0, run.output
    return site


@pytest.mark.parametrize("core", ["2.16", "2.19", "2.21"])
@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: failure.name)
def test_it_ends_the_same_on_every_core(whole_site, failure, core):
    site = whole_site
    controller = site.controller.with_core(core)
    old, new = turned(VERSIONS, by=version(site))
    with Deploy(controller, site.image(new), **failure.variables) as deploy:
        run = _with_lost_host(site, deploy, failure) if failure.lost else deploy.end()
    assert run.rc not in (0, 124), run.output
    ends = {"old": old, "new": new}
    assert site.versions() == {
        f"app{number}": ends[end].partition(":")[2][:2] for number, end in enumerate(failure.ends, 1)
    }, run.output
    assert site.serving() == {"app1", "app2", "app3"} - failure.out, run.output
    for words in failure.says:
        assert words in run.output

    with Deploy(controller, site.image(new)) as deploy:
        again = deploy.end()
    assert again.rc == 0, again.output
    assert set(site.versions().values()) == {new.partition(":")[2][:2]}
    assert leftovers(site) == []


def _with_lost_host(site, deploy, failure):
    fleet = site.fleet
    tracker = Tracker(site, *fleet.hosts[:2])
    assert tracker.await_step(failure.step, lambda: deploy.goes_on), deploy.end().output
    host = next(host for host in fleet.hosts if host.name == failure.lost)
    loss = harm.connections_lost(host)
    next(loss)
    run = deploy.end()
    next(loss, None)
    return run
