# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the measured seconds say. No clock, no process: data in, text out."""

from __future__ import annotations

import collections
import statistics
import typing as t

from .playbooks import Step

Times = t.Mapping[str, t.Sequence[float]]
"""Seconds of every counted turn, by contestant; C(ours) and those it is held against."""


class Requests(t.NamedTuple):
    """What clients got while a contestant deployed, or in all its deploys."""

    answered: int
    lost: int


TARGETS = {"floor": 2.2, "recipe": 0.85}
"""The most that ours may take, as a multiple of theirs; medians. From issue 2."""


def together(deploys: t.Iterable[Requests]) -> Requests:
    return Requests(*map(sum, zip(*deploys)))


def ratio(times: Times, name: str, other: str) -> float:
    return statistics.median(times[name]) / statistics.median(times[other])


def targets(times: Times, requests: t.Mapping[str, Requests]) -> dict[str, dict[str, t.Any]]:
    """For each of C(TARGETS): C(ratio), C(at_most), C(met). And of C(lost): C(requests), C(at_most), C(met)."""
    found: dict[str, dict[str, t.Any]] = {}
    for other, at_most in TARGETS.items():
        measured = ratio(times, "ours", other)
        found[other] = {"ratio": round(measured, 3), "at_most": at_most, "met": measured <= at_most}
    lost = requests["ours"].lost
    return {**found, "lost": {"requests": lost, "at_most": 0, "met": lost == 0}}


def report(times: Times, requests: t.Mapping[str, Requests]) -> list[str]:
    """The table, then a line for each target."""
    lines = [f"{'':<8}{'median':>9}{'min':>9}{'max':>9}{'x floor':>9}{'x recipe':>9}{'answered':>10}{'lost':>6}"]
    for name, seconds in times.items():
        figures = (statistics.median(seconds), min(seconds), max(seconds))
        lines.append(
            f"{name:<8}"
            + "".join(f"{figure:>7.2f} s" for figure in figures)
            + "".join(f"{ratio(times, name, other):>9.2f}" for other in TARGETS)
            + f"{requests[name].answered:>10}{requests[name].lost:>6}"
        )
    lines.append("")
    for other, target in targets(times, requests).items():
        verdict = "met" if target["met"] else "MISSED"
        measured = f"/ {other}: {target['ratio']:.2f}" if other in TARGETS else f"lost {target['requests']}"
        lines.append(f"ours {measured}, at most {target['at_most']}: {verdict}")
    return lines


def breakdown(turns: t.Sequence[t.Sequence[Step]]) -> list[dict[str, t.Any]]:
    """Where the seconds of one deploy go, in order of appearance: medians over C(turns) of each step's sum.

    Keys: C(name), C(times) it came in a deploy, C(seconds), C(in_module).
    """
    sums = [_by_name(turn) for turn in turns]
    names = dict.fromkeys(name for turn in sums for name in turn)
    return [
        {
            "name": name,
            "times": max(len(turn.get(name, [])) for turn in sums),
            "seconds": round(statistics.median(sum(s.seconds for s in turn.get(name, [])) for turn in sums), 3),
            "in_module": round(statistics.median(sum(s.in_module for s in turn.get(name, [])) for turn in sums), 3),
        }
        for name in names
    ]


def _by_name(steps: t.Sequence[Step]) -> dict[str, list[Step]]:
    found: dict[str, list[Step]] = collections.defaultdict(list)
    for step in steps:
        found[step.name].append(step)
    return dict(found)


def breakdown_report(name: str, turns: t.Sequence[t.Sequence[Step]]) -> list[str]:
    lines = [f"{'Where the seconds of ' + name + ' go':<70}{'times':>6}{'s':>8}{'in module':>11}"]
    for row in breakdown(turns):
        own = f"{row['in_module']:>11.2f}" if row["in_module"] else ""
        lines.append(f"{row['name'][:69]:<70}{row['times']:>6}{row['seconds']:>8.2f}{own}")
    return lines
