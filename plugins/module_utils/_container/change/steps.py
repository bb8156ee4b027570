# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: it may change without notice.
"""Taking one step of a plan on the engine."""

from __future__ import annotations

import copy
import math
import typing as t

from ansible_collections.zero.downtime.plugins.module_utils._clock import Clock, Deadline
from ansible_collections.zero.downtime.plugins.module_utils._container.change.intent import NO_RESTART
from ansible_collections.zero.downtime.plugins.module_utils._container.change.plan import NEW, Step
from ansible_collections.zero.downtime.plugins.module_utils._container.change.request import Request
from ansible_collections.zero.downtime.plugins.module_utils._container.description import probe_url
from ansible_collections.zero.downtime.plugins.module_utils._container.description.spec import Spec
from ansible_collections.zero.downtime.plugins.module_utils._container.engine.client import (
    Engine,
    EngineError,
    EngineUnreachable,
)
from ansible_collections.zero.downtime.plugins.module_utils._wait.container_state import healthcheck_seconds
from ansible_collections.zero.downtime.plugins.module_utils._wait.health import see_it_started, wait_until_healthy
from ansible_collections.zero.downtime.plugins.module_utils._wait.probes.kinds import waits_for_an_answer

ENGINES_STOP_TIMEOUT = 10  # s, where neither the task nor the container states it
REMOVAL_TIMEOUT = 30.0  # s, for the engine to clear an --rm container away after its end
START_TIMEOUT = 10.0  # s
POLL = 0.1  # s
# How long a container has to run where nothing else is asked for: long enough to notice a crash at boot, short enough
# not to be felt (s).
STABLE_FOR = 1.0


class Steps:
    """Each kind of step is a method. Ids that a plan could not know yet are looked up in I(ids)."""

    def __init__(self, engine: Engine, clock: Clock, request: Request, spec: Spec | None = None) -> None:
        self._engine = engine
        self._clock = clock
        self._request = request
        self._spec = spec
        self.ids: dict[str, str] = {}

    def take(self, step: Step) -> None:
        act: t.Callable[[str, t.Any], None] = getattr(self, f"_{step.do}")
        act(self.ids.get(step.container, step.container), step.value)

    def _create(self, _ident: str, name: str) -> None:
        if self._spec is None:
            raise TypeError("a plan that creates a container needs its specification")
        self._request.check_host_config(self._spec.body.get("HostConfig") or {})
        self.ids[NEW] = self._engine.create(unrestarted(self._spec), name)

    def _revive(self, ident: str, aside: t.Any) -> None:
        spec = Spec(body=dict(aside.revive["body"]), networks=tuple((n, e) for n, e in aside.revive["networks"]))
        self.ids[ident] = self._engine.create(spec, aside.container.name)

    def _policy(self, ident: str, policy: t.Mapping[str, t.Any]) -> None:
        self._engine.update_restart_policy(ident, policy)

    def _rename(self, ident: str, name: str) -> None:
        self._engine.rename(ident, name)

    def _free(self, ident: str, name: str) -> None:
        """By another name. Or the engine, which refuses that meanwhile, gets an --rm container out of the way."""
        deadline = Deadline(REMOVAL_TIMEOUT, self._clock)
        while True:
            try:
                self._engine.rename(ident, name)
                return
            except EngineUnreachable:
                raise
            except EngineError:
                found = self._engine.inspect_container(ident)
                if found is None:
                    return
                if not found["HostConfig"].get("AutoRemove") or deadline.expired:
                    raise
                deadline.pause(POLL)

    def _remove(self, ident: str, _image: str) -> None:
        self._engine.remove(ident)

    def _stop(self, ident: str, at_most: float) -> None:
        timeout = self._request.stop_timeout
        if timeout is None:
            config = (self._engine.inspect_container(ident) or {}).get("Config") or {}
            timeout = config.get("StopTimeout")
        if timeout is None:
            timeout = ENGINES_STOP_TIMEOUT
        if at_most < (math.inf if timeout < 0 else timeout):
            timeout = int(at_most)
        self._engine.stop(ident, timeout=timeout, signal=self._request.stop_signal)

    def _start(self, ident: str, _value: None) -> None:
        self._engine.start(ident)

    def _healthy(self, _ident: str, name: str) -> None:
        options = dict(self._request.health or {})
        # Before its port is looked for: a container that has ended publishes none any more.
        inspect = see_it_started(name, self._engine)
        path = options.pop("path", None)
        if path is not None:
            options["url"] = probe_url.url(inspect, path, self._request.container_port)
        patient = options.get("stable_for") or waits_for_an_answer(options)
        if healthcheck_seconds(inspect) is None and not patient:
            options["stable_for"] = min(STABLE_FOR, (options.get("timeout") or math.inf) / 2)
        # The container itself is always looked at: one that has exited will not get healthy by waiting.
        wait_until_healthy({**options, "container": name}, containers=self._engine, clock=self._clock)

    def _gone(self, ident: str, _value: None) -> None:
        deadline = Deadline(REMOVAL_TIMEOUT, self._clock)
        while self._engine.inspect_container(ident) is not None:
            if deadline.expired:
                raise EngineError(
                    f"Container {ident[:12]} was started with --rm, has stopped and is still there after "
                    f"{REMOVAL_TIMEOUT:g} s: the engine should have removed it."
                )
            deadline.pause(POLL)

    def runs(self, ident: str) -> bool:
        """Whether it comes to run, and not just to restart over and over."""
        deadline = Deadline(START_TIMEOUT, self._clock)
        while True:
            state = (self._engine.inspect_container(self.ids.get(ident, ident)) or {}).get("State") or {}
            if state.get("Running") and not state.get("Restarting"):
                return True
            if not state.get("Restarting") or deadline.expired:
                return False
            deadline.pause(POLL)


def unrestarted(spec: Spec) -> Spec:
    """I(spec) without a restart policy: an engine that restarts would start a container that has not been checked."""
    body = copy.deepcopy(spec.body)
    body.setdefault("HostConfig", {})["RestartPolicy"] = dict(NO_RESTART)
    return Spec(body=body, networks=spec.networks)
