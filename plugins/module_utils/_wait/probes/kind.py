# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: it may change without notice.
"""What a kind of probe consists of. Each has a file beside this one, named after its option, and a line in kinds.py."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ansible_collections.zero.downtime.plugins.module_utils._errors import ZeroDowntimeError
from ansible_collections.zero.downtime.plugins.module_utils._wait.verdict import Observation

Options = t.Mapping[str, t.Any]


class BadHealthOptions(ZeroDowntimeError):
    """The options contradict themselves or name nothing that could be asked."""


class Probe(t.Protocol):
    def observe(self, within: float) -> Observation:
        """Ask once, for at most I(within) seconds. What goes wrong over there is a verdict, not an exception."""


class ContainerView(t.Protocol):
    """What a probe needs of a container engine."""

    def inspect_container(self, name: str) -> t.Mapping[str, t.Any] | None:
        """What the engine knows of it; None if there is none."""

    def logs(self, name: str, lines: int) -> str:
        """The last I(lines) lines that the container wrote."""


def _as_it_is(value: t.Any) -> t.Any:
    return value


@dataclass(frozen=True)
class Kind:
    """One way to ask whether a service may serve.

    I(option) asks for it, and is in I(spec), its part of the argument spec. I(contradictions) yields what is wrong with
    options that have their defaults; I(probe) makes a probe from them, and raises ZeroDowntimeError where this host
    lacks what it needs. I(normalised) is the value of I(option) in its long form.

    I(version_marks) are the options that tell one version from another. I(answers) is false for a kind that only sees
    that something runs: so does what is about to crash.
    """

    option: str
    spec: t.Mapping[str, t.Mapping[str, t.Any]]
    contradictions: t.Callable[[Options], t.Iterator[str]]
    probe: t.Callable[[Options, ContainerView | None], Probe]
    normalised: t.Callable[[t.Any], t.Any] = _as_it_is
    version_marks: tuple[str, ...] = ()
    answers: bool = True
