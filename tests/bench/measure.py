# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Deploy after deploy under load, the contestants of a scenario in turn."""

from __future__ import annotations

import itertools
import os
import time
import typing as t

from lab import Fleet
from lab.watch import Watch

from . import floor, playbooks, results, stage
from .results import Deploy, Requests
from .scenarios import Scenario

CONTESTANTS: dict[str, t.Callable[[Fleet, str, Scenario], tuple[float, list[results.Step]]]] = {
    "floor": floor.deploy,
    "recipe": playbooks.recipe,
    "recipe-without-facts": playbooks.recipe_without_facts,
    "ours": playbooks.ours,
}
"""Each brings an image to all hosts and returns the processor's seconds it took, and its steps."""

SAMPLES_APART = 0.1
"""Seconds between two looks at what HAProxy can send requests to."""


def measure(fleet: Fleet, scenario: Scenario, names: t.Sequence[str], turns: int) -> dict[str, list[Deploy]]:
    """What the first turn took is thrown away."""
    found: dict[str, list[Deploy]] = {name: [] for name in names}
    versions = itertools.cycle(stage.VERSIONS)
    for turn in range(turns + 1):
        for name in names:
            deploy = measured(fleet, scenario, name, next(versions))
            label = f"turn {turn}" if turn else "warm-up"
            figures = f"{deploy.seconds:>7.2f} s{deploy.cpu:>7.2f} s CPU{deploy.requests.lost:>6} lost"
            print(f"{label:<8} {name:<21}{figures}   load {os.getloadavg()[0]:.1f}", flush=True)
            if turn:
                found[name].append(deploy)
    return found


def measured(fleet: Fleet, scenario: Scenario, name: str, version: str) -> Deploy:
    fleet.keys.close_connections()  # a deploy begins without any
    service = scenario.service
    with stage.traffic(fleet, scenario) as traffic:
        with Watch(fleet.balancers[0], service.backend, SAMPLES_APART) as watch:
            began = time.monotonic()
            cpu, steps = CONTESTANTS[name](fleet, stage.image(fleet, version), scenario)
            seconds = time.monotonic() - began
        stage.verify(fleet, service, version)
        report = traffic.stop()
    out = results.out_of_rotation(watch.samples, [service.servers(host.name) for host in fleet.hosts])
    return Deploy(seconds, cpu, out, Requests(report.ok_2xx, report.lost), steps)
