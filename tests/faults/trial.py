# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One fault at one step of a rollout under load, then the same command again; and what there was to see."""

from __future__ import annotations

import contextlib
import json
import math
import time
import typing as t
from dataclasses import dataclass, field

from accounts import Ledger, Rollout
from controller import Run
from lab import AppHost
from lab.watch import serving
from site_under_test import CLIENTS, Site, Traffic

from .catalogue import Fault, Loss
from .deploy import Deploy
from .harm import Mending, Missed, Scene
from .ledgers import untrue
from .rotation import left_too_few
from .steps import NEXT, PREPARING
from .tracker import Tracker, journal, lock

VERSIONS = ("hello:v1-dies", "hello:v2-dies")
"""Both die at once on SIGTERM: whoever relies on a graceful stop loses requests here."""
ROLLED = ("app1", "app2")
"""The hosts that a trial rolls, one after the other. The third is a healthy server, whatever breaks."""
PATIENCE = 30.0
"""Seconds that servers get to be up again after the last run."""


@dataclass
class Result:
    fault: str
    step: str
    struck_at: str = ""
    """The step that was seen last before the strike; a short one may be missed."""
    missed: str = ""
    """Why the strike hit nothing."""
    at_stake: int = 0
    """Requests that the struck host may take along."""
    lost: int = 0
    """Requests without a good answer, by the clients' count."""
    signs: int = 0
    """Of loss, in HAProxy's counters."""
    reason: str = ""
    """Why losing some is in the nature of the fault."""
    first: str = ""
    first_seconds: float = 0.0
    versions: str = ""
    again: str = ""
    seconds: float = 0.0
    problems: list[str] = field(default_factory=list)
    screens: list[str] = field(default_factory=list)
    """What the runs said; for a failed test, not for the table."""

    @property
    def hit(self) -> bool:
        return self.struck_at == self.step and not self.missed


class Trial:
    """Sites go from one of VERSIONS to the other with every trial, so that none has to be set back."""

    def __init__(self, site: Site, fault: Fault, step: str) -> None:
        self.site = site
        self.fault = fault
        self.result = Result(f"{fault.name}{', with slots' if site.slots else ''}", step)
        self._old, self._new = turned(VERSIONS, by=version(site))
        self._histories = self._read_histories()

    def at_its_step(self, tracker: Tracker, deploy: Deploy) -> None:
        if not tracker.await_step(self.result.step, lambda: deploy.goes_on):
            self.result.problems.append(f"the rollout ended before the step was reached, at: {tracker.at}")

    def run(self, wait: t.Callable[[Tracker, Deploy], None] | None = None) -> Result:
        """I(wait) says when to strike; by default at the step of this trial."""
        began = time.monotonic()
        with self.site.traffic("/hello?sleep=0.2", slow="/hello?sleep=1.5") as traffic:
            deploys = self._strike(wait or self.at_its_step)
            first, *rivals = [deploy.end() for deploy in deploys]
            self.result.first = f"{ended(first)}: {self._new_entries()}"
            self.result.first_seconds = first.seconds
            signs_before = traffic.counted.signs_of_loss
            with Deploy(self.site.controller, self.site.image(self._new)) as the_same:
                again = the_same.end()
            self.result.again = f"{ended(again)}: {self._new_entries()}"
        self.result.screens = [run.output for run in (first, again, *rivals)]
        self.result.lost = sum(report.lost for report in traffic.reports)
        self.result.signs = traffic.counted.signs_of_loss
        self.result.seconds = time.monotonic() - began
        self._judge_runs(first, again, rivals)
        self._judge_requests(traffic, signs_before)
        self._judge_ledgers(traffic, [*deploys, the_same])
        self._judge_end()
        return self.result

    def _strike(self, wait: t.Callable[[Tracker, Deploy], None]) -> list[Deploy]:
        """The one that was struck, and those beside it; all have ended."""
        fleet = self.site.fleet
        host, following = fleet.hosts[:2]
        image = self.fault.image or self._new
        with contextlib.ExitStack() as cleanup:
            deploy = cleanup.enter_context(Deploy(self.site.controller, self.site.image(image), **self.fault.variables))
            tracker = Tracker(self.site, host, following)
            wait(tracker, deploy)
            self.result.struck_at = tracker.at or PREPARING
            struck = following if self.result.struck_at == NEXT else host
            scene = Scene(self.site, struck, image, self._old, deploy, cleanup)
            mending = self._hit(scene, tracker)
            # With an interrupted test its lab goes.
            cleanup.push(lambda kind, *_: None if kind is KeyboardInterrupt else next(mending, None))
            if self.fault.lasts is not None:
                time.sleep(self.fault.lasts)
                next(mending, None)
            deploys = [deploy, *scene.rivals]
            for each in deploys:
                each.end()
            return deploys

    def _hit(self, scene: Scene, tracker: Tracker) -> Mending:
        mending = self.fault.harm(scene)
        loss = self.fault.loss
        if loss and loss.most is None:
            lines = self.site.lines(scene.host.name)
            in_flight, served = tracker.in_flight(lines), tracker.serves(lines)
            self._begin(mending)
            # Until HAProxy's checks have seen it, each client may send one more. A server may just have come up.
            self.result.at_stake = in_flight + (CLIENTS if served or tracker.serves(lines) else 0)
        else:
            self._begin(mending)
        return mending

    def _begin(self, mending: Mending) -> None:
        try:
            next(mending)
        except Missed as missed:
            self.result.missed = str(missed)

    @property
    def _loss(self) -> Loss | None:
        """What is in the nature of the fault where it struck."""
        loss = self.fault.loss
        return loss if loss and self.result.struck_at in loss.at else None

    def _judge_runs(self, first: Run, again: Run, rivals: list[Run]) -> None:
        problems = self.result.problems
        if 124 in (first.rc, again.rc):
            problems.append("a run hung")
        if self.fault.survives and first.rc and self.result.struck_at in self.fault.steps:
            problems.append("the first run failed, and need not have")
        if self.fault.image and not self.fault.survives and not first.rc:
            problems.append("a bad version was taken for a good one")
        if again.rc:
            problems.append("the same command again failed")
        if any(rival.rc for rival in rivals):
            problems.append("the second rollout failed")

    def _judge_requests(self, traffic: Traffic, signs_before: int) -> None:
        result, loss = self.result, self._loss
        if not loss and (result.lost or result.signs):
            result.problems.append(f"{result.lost} requests lost, {result.signs} signs of it at HAProxy")
        if loss:
            result.reason = loss.why
            most = result.at_stake if loss.most is None else loss.most
            if result.lost > most:
                result.problems.append(f"{result.lost} requests lost, and no more than {most} were at stake")
            if math.isinf(most) and result.signs > signs_before:
                result.problems.append(f"{result.signs - signs_before} signs of loss after the first run")
        # With slots nobody goes out, but for a host whose servers a fault takes.
        needed = len(self.site.fleet.hosts) - (0 if self.site.slots and not loss else 1)
        result.problems += left_too_few(traffic.watch, needed)

    def _judge_ledgers(self, traffic: Traffic, deploys: t.Sequence[Deploy]) -> None:
        offset, rivals = time.monotonic() - traffic.watch.now, len(deploys) > 2
        for deploy in deploys:
            run, began = deploy.end(), deploy.began - offset
            last = deploy is deploys[-1]
            ledger = Ledger.read(run.output)
            if ledger is not None:
                rollout = Rollout(began, began + run.seconds, ledger)
                disturbed = bool(self.fault.loss or run.rc or (rivals and not last))
                self.result.problems += untrue(rollout, traffic.watch, self.result.lost, disturbed)
            elif last and "swap done" in self.result.again:
                self.result.problems.append("the same command again told no ledger")

    def _judge_end(self) -> None:
        versions = rolled_versions(self.site)
        self.result.versions = " ".join(versions)
        wanted = self._new.partition(":")[2][:2]
        if set(versions) != {wanted}:
            self.result.problems.append(f"not everywhere {wanted}")
        self.result.problems += leftovers(self.site)

    def _read_histories(self) -> dict[str, list[dict[str, t.Any]]]:
        return {host.name: _history(self.site, host) for host in self.site.fleet.hosts}

    def _new_entries(self) -> str:
        """What the hosts' histories say since the last look: V(app1 undone, done; app2 done)."""
        before, self._histories = self._histories, self._read_histories()
        told = []
        for name, entries in self._histories.items():
            known = {entry["began"] for entry in before[name]}
            words = [f"{entry['what']} {entry['result']}" for entry in entries if entry["began"] not in known]
            if words:
                told.append(f"{name} {', '.join(words)}")
        return "; ".join(told) or "changed nothing"


def leftovers(site: Site, patience: float = PATIENCE) -> list[str]:
    """What a settled site does not have."""
    problems = []
    deadline = time.monotonic() + patience
    while _not_serving(site) and time.monotonic() < deadline:
        time.sleep(0.1)
    out = _not_serving(site)
    if out:
        problems.append(f"not with one server in rotation: {', '.join(out)}")
    running = [f"{site.service}-{slot}" for slot in site.slots] or [site.service]
    for name, containers in site.containers().items():
        kept = [each for each in containers if each.startswith(f"{site.service}-previous-")]
        strange = containers.keys() - {*kept, *running}
        if strange:
            problems.append(f"orphans on {name}: {', '.join(strange)}")
        if len(containers) > 2:
            problems.append(f"more than one version kept on {name}: {', '.join(containers)}")
    for host in site.fleet.hosts:
        if journal(site, host).exists():
            problems.append(f"an open change on {host.name}")
    if lock(site).exists():
        problems.append("a lock that nobody holds")
    return problems


def _not_serving(site: Site) -> list[str]:
    """The hosts that have no server in rotation, or with slots two."""
    ours = serving(site.fleet.balancers[0], site.backend)
    return [host.name for host in site.fleet.hosts if len(ours & set(site.lines(host.name))) != 1]


def _history(site: Site, host: AppHost) -> list[dict[str, t.Any]]:
    path = journal(site, host).with_name("history.json")
    try:
        return list(json.loads(path.read_text())["entries"])
    except FileNotFoundError:
        return []


def rolled_versions(site: Site) -> list[str]:
    versions = site.versions()
    return [versions[name] for name in ROLLED]


def version(site: Site) -> str:
    return site.versions()[site.fleet.hosts[0].name]


def turned(pair: tuple[str, str], by: str) -> tuple[str, str]:
    """I(pair) with the one first whose tag begins like the version I(by)."""
    first, second = pair
    return pair if first.partition(":")[2].startswith(by or "-") else (second, first)


def ended(run: Run) -> str:
    how = {0: "well", 124: "hung"}.get(run.rc, "killed" if run.rc < 0 else "failed")
    return f"{how} in {run.seconds:.0f} s"
