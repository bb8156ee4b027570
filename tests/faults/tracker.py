# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Looking at a rollout from outside, often enough to catch each of its steps."""

from __future__ import annotations

import json
import time
import typing as t

from lab import AppHost, Balancer
from lab.watch import ServerState, parse_states

from .steps import ADMIN_DRAIN, ADMIN_MAINT, Sight, advance, reached

STATE = "upper/var/lib/zero_downtime"
"""The state folder of a host as this machine sees it, under the host's home."""
UNKNOWN = ServerState(admin=0, operational=2, weight=1)
PAUSE = 0.005  # s; the shortest step, a rename, takes about 10 ms


class Tracker:
    """Follows one host's turn."""

    def __init__(self, balancer: Balancer, host: AppHost, following: AppHost) -> None:
        self._balancer = balancer
        self._host = host
        self._following = following
        self.at: str | None = None

    def await_step(self, step: str, while_true: t.Callable[[], bool]) -> bool:
        """Whether C(step) was reached while C(while_true) held."""
        while not reached(step, self.look()):
            if not while_true():
                return False
            time.sleep(PAUSE)
        return True

    def look(self) -> str | None:
        self.at = advance(self.at, self._sight())
        return self.at

    def in_flight(self, host: AppHost) -> int:
        """Requests that the server has now; 0 where HAProxy does not say."""
        try:
            rows = self._balancer.stats("hello")
        except OSError:
            return 0
        return next((int(row["scur"]) for row in rows if row["svname"] == host.name), 0)

    def serves(self, host: AppHost) -> bool:
        """Whether requests go to the server; where HAProxy does not say, they do."""
        return self._states().get(host.name, UNKNOWN).serves

    def _states(self) -> dict[str, ServerState]:
        try:
            return parse_states(self._balancer.runtime("show servers state hello"))
        except (OSError, StopIteration):
            return {}

    def _sight(self) -> Sight:
        # The journal after HAProxy: seen the other way round, the end of a swap would look like its beginning.
        locked = (self._balancer.home / STATE / "locks" / "hello.json").exists()
        states = self._states()
        state, following = (states.get(host.name, UNKNOWN) for host in (self._host, self._following))
        return Sight(
            locked=locked,
            admin=state.admin,
            serves=state.serves,
            in_flight=self.in_flight(self._host) if state.admin & ADMIN_DRAIN else 0,
            journal=self._journal(),
            next_out=bool(following.admin & (ADMIN_DRAIN | ADMIN_MAINT)),
        )

    def _journal(self) -> str | None:
        try:
            text = (self._host.home / STATE / "containers" / "hello" / "journal.json").read_text()
        except FileNotFoundError:
            return None
        intent = json.loads(text)["intent"]
        return "" if intent["done"] else str(intent["step"])
