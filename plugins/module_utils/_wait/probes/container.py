# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: it may change without notice.
"""A container that runs and passes its own HEALTHCHECK."""

from __future__ import annotations

import typing as t

from ansible_collections.zero.downtime.plugins.module_utils._errors import ZeroDowntimeError
from ansible_collections.zero.downtime.plugins.module_utils._wait import container_state
from ansible_collections.zero.downtime.plugins.module_utils._wait.bounded import bounded
from ansible_collections.zero.downtime.plugins.module_utils._wait.probes.kind import (
    BadHealthOptions,
    ContainerView,
    Kind,
    Options,
    Probe,
)
from ansible_collections.zero.downtime.plugins.module_utils._wait.verdict import NotYet, Observation, Verdict


class ContainerProbe:
    """A container that runs, is the one that ran when the wait began, and passes its own HEALTHCHECK."""

    def __init__(self, name: str, containers: ContainerView) -> None:
        self._container = name
        self._containers = containers
        self._first: t.Mapping[str, t.Any] | None = None
        self.name = f"container {name}"

    def observe(self, within: float) -> Observation:
        try:
            now = bounded(lambda: self._containers.inspect_container(self._container), within)
        except (ZeroDowntimeError, TimeoutError) as error:  # an engine that is restarted comes back
            return Observation(self.name, NotYet(f"could not be read: {error}"))
        verdict: Verdict = container_state.judge(now, self._first)
        self._first = self._first or now
        return Observation(self.name, verdict, container_state.facts_of(now))


def _contradictions(_options: Options) -> t.Iterator[str]:
    return iter(())


def _probe(options: Options, containers: ContainerView | None) -> Probe:
    if containers is None:
        raise BadHealthOptions(f"there is no container engine to ask about container {options['container']}")
    return ContainerProbe(options["container"], containers)


KIND = Kind(
    option="container",
    spec={"container": {"type": "str"}},
    contradictions=_contradictions,
    probe=_probe,
    answers=False,
)
