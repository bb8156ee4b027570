# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: it may change without notice.
"""What M(zero.downtime.haproxy_server_state) does: from its options to its result, with the same keys always."""

from __future__ import annotations

import typing as t

from ansible_collections.zero.downtime.plugins.module_utils._clock import Clock
from ansible_collections.zero.downtime.plugins.module_utils._errors import ZeroDowntimeError
from ansible_collections.zero.downtime.plugins.module_utils._haproxy import all_or_nothing
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.desired import Desired
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.names import BadValue
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.persist import StateFile
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.runtime import Runtime
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.stats import ServerFacts
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.target import Journal, Target
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.tls import Tls, tls_of
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.workers import Master


class StateChange:
    def __init__(self, params: t.Mapping[str, t.Any], clock: Clock, *, rehearsal: bool) -> None:
        self.journal = Journal()
        self._params = params
        self._clock = clock
        self._started = clock.monotonic()
        self._rehearsal = rehearsal
        self._targets: list[Target] = []
        self._counted_before: list[dict[str, int]] = []

    def desired(self) -> Desired:
        """Raises BadValue for options that can't be right. HAProxy is not asked."""
        desired = Desired.of(self._params)
        sockets = self._params["socket"]
        if not sockets or len(set(sockets)) < len(sockets):
            raise BadValue(f"socket is {sockets}: name at least one, and none twice", option="socket")
        if self._params["persist"] and len(sockets) > 1:
            raise BadValue(
                "persist goes with one socket: a state file holds the states of one process", option="persist"
            )
        return desired

    def run(self) -> None:
        self._started = self._clock.monotonic()
        desired = self.desired()
        tls = tls_of(self._params)
        # All are read before one is touched.
        for socket in self._params["socket"]:
            self._targets.append(self._open(socket, desired, tls))
            self._counted_before.append(_counted(self._targets[-1]))
        all_or_nothing.run(self._targets, desired, self._clock)

    @property
    def warnings(self) -> list[str]:
        return self.journal.warnings

    def result(self) -> dict[str, t.Any]:
        return {
            "changed": bool(self.journal.actions),
            "actions": self.journal.actions,
            "elapsed": round(self._clock.monotonic() - self._started, 2),
            "before": [
                _describe(target, target.before, counted)
                for target, counted in zip(self._targets, self._counted_before)
            ],
            "after": [_describe(target, target.now, _counted(target)) for target in self._targets],
            "sessions_cut": self.journal.sessions_cut,
            "persisted": bool(self._targets) and all(target.persisted for target in self._targets),
        }

    def diff(self) -> dict[str, t.Any]:
        """What is set, not what is counted."""
        return {
            "before": {target.runtime.socket: _settings(target.before) for target in self._targets},
            "after": {target.runtime.socket: _settings(target.now) for target in self._targets},
        }

    def _open(self, socket: str, desired: Desired, tls: Tls | None) -> Target:
        master, state_file = self._params["master_socket"], self._params["persist"]
        return Target(
            Runtime(socket, clock=self._clock, tls=tls),
            desired.backend,
            desired.server,
            journal=self.journal,
            clock=self._clock,
            master=Master(master, clock=self._clock, tls=tls) if master else None,
            state_file=StateFile(state_file) if state_file else None,
            rehearsal=self._rehearsal,
        )


def _describe(target: Target, facts: ServerFacts, counted: dict[str, int]) -> dict[str, t.Any]:
    return {"socket": target.runtime.socket, "pid": facts.pid, **facts.describe(), "backend_counters": counted}


def _counted(target: Target) -> dict[str, int]:
    """The counters of the whole backend; empty where HAProxy can't be asked any more, which undoes nothing."""
    try:
        return target.runtime.backend(target.backend).counters
    except ZeroDowntimeError:
        return {}


def _settings(facts: ServerFacts) -> dict[str, t.Any]:
    return {name: getattr(facts, name) for name in ("state", "weight", "address", "port")}
