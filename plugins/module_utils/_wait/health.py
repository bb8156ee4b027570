# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: it may change without notice.
"""Waiting until something may serve, or until it is clear that it never will."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ansible_collections.zero.downtime.plugins.module_utils._clock import Clock, Deadline
from ansible_collections.zero.downtime.plugins.module_utils._errors import ZeroDowntimeError
from ansible_collections.zero.downtime.plugins.module_utils._wait import container_state
from ansible_collections.zero.downtime.plugins.module_utils._wait.bounded import bounded
from ansible_collections.zero.downtime.plugins.module_utils._wait.options import check_options, with_defaults
from ansible_collections.zero.downtime.plugins.module_utils._wait.probes.kind import ContainerView, Probe
from ansible_collections.zero.downtime.plugins.module_utils._wait.probes.kinds import probes
from ansible_collections.zero.downtime.plugins.module_utils._wait.verdict import Never, Observation, Pass

DEFAULT_TIMEOUT = 60.0
# What the engine may take on top of a HEALTHCHECK's own durations, s.
HEALTHCHECK_SLACK = 5.0
# Every host of every rollout pays for the first pause: ask often in the first second, s.
FIRST_PAUSES = (0.05, 0.05, 0.1, 0.2, 0.2, 0.4)
# An attempt gets this long even when the deadline is nearer: the message reports the last one, s.
SHORTEST_ATTEMPT = 1.0
LOG_LINES = 20
# For them, of an engine that may hang, s.
LOG_TIMEOUT = 5.0


@dataclass(frozen=True)
class Outcome:
    """I(attempts): rounds of probes; I(elapsed): s; I(last): what each probe saw in the last round."""

    attempts: int
    elapsed: float
    last: tuple[Observation, ...]

    def as_dict(self) -> dict[str, t.Any]:
        """The same keys always; I(container) is empty where none was asked about."""
        return {
            "attempts": self.attempts,
            "elapsed": round(self.elapsed, 3),
            "last": [seen.as_dict() for seen in self.last],
            "container": next((dict(seen.facts) for seen in self.last if seen.facts), {}),
        }


class Unhealthy(ZeroDowntimeError):
    """Details: those of Outcome.as_dict() and C(last_log), the container's last lines."""


class NeverHealthy(Unhealthy):
    """Waiting longer would not have helped."""


class NotHealthyInTime(Unhealthy):
    """The deadline came first."""


@dataclass(frozen=True)
class Schedule:
    """How often to ask (I(interval), s), how much counts as healthy, and when to give up (I(timeout), s)."""

    successes: int = 1
    stable_for: float = 0.0
    interval: float = 0.5
    request_timeout: float = 5.0
    timeout: float = DEFAULT_TIMEOUT

    def pauses(self) -> t.Iterator[float]:
        """How long to wait after each failed round."""
        yield from (min(pause, self.interval) for pause in FIRST_PAUSES)
        while True:
            yield self.interval


def wait_until_healthy(
    options: t.Mapping[str, t.Any],
    *,
    containers: ContainerView | None = None,
    clock: Clock,
) -> Outcome:
    """Ask until all probes of I(options) (HEALTH_OPTIONS) pass in one round, as often and as long as asked for.

    Raises BadHealthOptions or LibraryMissing before the first attempt, then NeverHealthy at once or NotHealthyInTime.
    """
    check_options(options)
    options = with_defaults(options)
    stable_for, timeout = options["stable_for"], options["timeout"]
    shortest = max(stable_for, (options["successes"] - 1) * options["interval"])
    schedule = Schedule(
        successes=options["successes"],
        stable_for=stable_for,
        interval=options["interval"],
        request_timeout=options["request_timeout"],
        timeout=timeout if timeout is not None else _own_timeout(options["container"], containers) + shortest,
    )
    try:
        return wait(probes(options, containers), schedule, clock)
    except Unhealthy as error:
        _add_logs(error, options["container"], containers)
        raise


def check_host(options: t.Mapping[str, t.Any]) -> None:
    """Refuse what this host has no files or libraries for, in options that are sound. Asks nothing.

    Raises BadHealthOptions, LibraryMissing or BadTls.
    """
    probes({**with_defaults(options), "container": None}, None)


def see_it_started(name: str, containers: ContainerView) -> container_state.Inspect:
    """What the engine reports of a container that was started. Raises NeverHealthy where it has ended already."""
    seen = containers.inspect_container(name)
    verdict = container_state.judge(seen, None) if seen else Never("was removed")
    if seen is None or isinstance(verdict, Never):
        error = _never(Outcome(1, 0.0, (Observation(f"container {name}", verdict, container_state.facts_of(seen)),)))
        _add_logs(error, name, containers)
        raise error
    return seen


def _own_timeout(name: str | None, containers: ContainerView | None) -> float:
    if name is None or containers is None:
        return DEFAULT_TIMEOUT
    seconds = container_state.healthcheck_seconds(containers.inspect_container(name))
    return DEFAULT_TIMEOUT if seconds is None else seconds + HEALTHCHECK_SLACK


def wait(asked: t.Sequence[Probe], schedule: Schedule, clock: Clock) -> Outcome:
    """The loop itself. The first round comes at once, the last one when the time is up."""
    deadline = Deadline(schedule.timeout, clock)
    pauses = schedule.pauses()
    attempts = passed = 0
    healthy_since = 0.0
    while True:
        attempts += 1
        last = _round(asked, schedule, deadline)
        outcome = Outcome(attempts, deadline.elapsed, last)
        verdict = last[-1].verdict
        if isinstance(verdict, Never):
            raise _never(outcome)
        if isinstance(verdict, Pass):
            passed += 1
            healthy_since = healthy_since if passed > 1 else clock.monotonic()
            unstable = healthy_since + schedule.stable_for - clock.monotonic()
            if passed >= schedule.successes and unstable <= 0:
                return outcome
            pause = min(schedule.interval, max(unstable, 0.01)) if unstable > 0 else schedule.interval
        else:
            passed = 0
            pause = next(pauses)
        if deadline.expired:
            raise NotHealthyInTime(_too_late(outcome, schedule, passed), **outcome.as_dict())
        deadline.pause(pause)


def _round(asked: t.Sequence[Probe], schedule: Schedule, deadline: Deadline) -> tuple[Observation, ...]:
    """Ask one after the other, up to the first that does not pass."""
    seen: list[Observation] = []
    for probe in asked:
        seen.append(probe.observe(min(schedule.request_timeout, max(deadline.remaining, SHORTEST_ATTEMPT))))
        if not isinstance(seen[-1].verdict, Pass):
            break
    return tuple(seen)


def _never(outcome: Outcome) -> NeverHealthy:
    return NeverHealthy(str(outcome.last[-1]), **outcome.as_dict())


def _too_late(outcome: Outcome, schedule: Schedule, passed: int) -> str:
    attempts = "1 attempt" if outcome.attempts == 1 else f"{outcome.attempts} attempts"
    last = str(outcome.last[-1])
    if passed:
        times = [f"{schedule.successes} times in a row"] if schedule.successes > 1 else []
        seconds = [f"for {schedule.stable_for:g} s"] if schedule.stable_for else []
        last += f", but not yet {' and '.join(times + seconds)}"
    return (
        f"not healthy within {schedule.timeout:g} s ({attempts}); last: {last}. If it only needs longer, raise timeout."
    )


def _add_logs(error: Unhealthy, name: str | None, containers: ContainerView | None) -> None:
    """Below the reason. A log that cannot be read must not hide why the wait failed."""
    error.details["last_log"] = []
    if name is None or containers is None:
        return
    try:
        lines = bounded(lambda: containers.logs(name, LOG_LINES), LOG_TIMEOUT).splitlines()
    except (ZeroDowntimeError, TimeoutError):
        return
    error.details["last_log"] = lines
    error.message = "\n".join([error.message, *(f"log: {line}" for line in lines)])
