# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: it may change without notice.
"""Three answers to "may it serve?": yes, not yet, never."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Verdict:
    reason: str


class Pass(Verdict):
    """It may serve."""


class NotYet(Verdict):
    """It does not serve; waiting may help."""


class Never(Verdict):
    """It does not serve, and waiting will not help."""


@dataclass(frozen=True)
class Observation:
    """What one probe saw at one attempt.

    I(probe): what it asked, such as C(tcp 192.0.2.7:80). The verdict's reason goes on from there: C(is running).
    I(facts): the state of a container, if that was asked.
    """

    probe: str
    verdict: Verdict
    facts: t.Mapping[str, t.Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, t.Any]:
        return {
            "probe": self.probe,
            "passed": isinstance(self.verdict, Pass),
            "reason": self.verdict.reason,
        }

    def __str__(self) -> str:
        return f"{self.probe} {self.verdict.reason}"
