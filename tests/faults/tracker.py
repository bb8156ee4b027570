# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Looking at a rollout from outside, often enough to catch each of its steps."""

from __future__ import annotations

import json
import time
import typing as t
from pathlib import Path

from lab import AppHost
from lab.watch import OUT_OF_SERVICE, ServerState, parse_states
from site_under_test import Site

from .steps import ADMIN_DRAIN, ADMIN_MAINT, STEPS, STEPS_BESIDE, Sight, advance, reached

STATE = "upper/var/lib/zero_downtime"
"""The state folder of a host as this machine sees it, under the host's home."""
UNKNOWN = ServerState(admin=0, operational=2, weight=1)
PAUSE = 0.005  # s; the shortest step, a rename, takes about 10 ms


class Tracker:
    """Follows one host's turn."""

    def __init__(self, site: Site, host: AppHost, following: AppHost) -> None:
        self._site = site
        self._balancer = site.fleet.balancers[0]
        self._host = host
        self._following = following
        self._steps = STEPS_BESIDE if site.slots else STEPS
        lines, states = site.lines(host.name), self._states()
        self._old = next((line for line in lines if line in states and states[line].serves), lines[0])
        self._new = next((line for line in lines if line != self._old), self._old)
        self.at: str | None = None

    def await_step(self, step: str, while_true: t.Callable[[], bool]) -> bool:
        """Whether C(step) was reached while C(while_true) held."""
        while not reached(step, self.look(), self._steps):
            if not while_true():
                return False
            time.sleep(PAUSE)
        return True

    def look(self) -> str | None:
        self.at = advance(self.at, self._sight(), self._steps)
        return self.at

    def in_flight(self, lines: t.Collection[str]) -> int:
        """Requests that these servers have now; 0 where HAProxy does not say."""
        try:
            rows = self._balancer.stats(self._site.backend)
        except OSError:
            return 0
        return sum(int(row["scur"]) for row in rows if row["svname"] in lines)

    def serves(self, lines: t.Collection[str]) -> bool:
        """Whether requests go to one of these servers; where HAProxy does not say, they do."""
        states = self._states()
        return any(states.get(line, UNKNOWN).serves for line in lines)

    def _states(self) -> dict[str, ServerState]:
        try:
            return parse_states(self._balancer.runtime(f"show servers state {self._site.backend}"))
        except (OSError, StopIteration):
            return {}

    def _sight(self) -> Sight:
        # The journal after HAProxy: seen the other way round, the end of a swap would look like its beginning.
        locked = lock(self._site).exists()
        states = self._states()
        old, new = (states.get(line, UNKNOWN) for line in (self._old, self._new))
        return Sight(
            locked=locked,
            admin=old.admin,
            serves=new.serves,
            let_in=not new.admin & OUT_OF_SERVICE,
            in_flight=self.in_flight([self._old]) if old.admin & ADMIN_DRAIN else 0,
            journal=self._journal(),
            next_out=self._next_out(states),
        )

    def _next_out(self, states: t.Mapping[str, ServerState]) -> bool:
        if self._site.slots:
            return journal(self._site, self._following).exists()
        return bool(states.get(self._following.name, UNKNOWN).admin & (ADMIN_DRAIN | ADMIN_MAINT))

    def _journal(self) -> str | None:
        try:
            text = journal(self._site, self._host).read_text()
        except FileNotFoundError:
            return None
        intent = json.loads(text)["intent"]
        return "" if intent["done"] else str(intent["step"])


def journal(site: Site, host: AppHost) -> Path:
    return host.home / STATE / "containers" / site.service / "journal.json"


def lock(site: Site) -> Path:
    return site.fleet.balancers[0].home / STATE / "locks" / f"{site.service}.json"
