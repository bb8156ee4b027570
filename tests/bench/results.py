# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the measured seconds say. No clock, no process: data in, text out."""

from __future__ import annotations

import collections
import statistics
import typing as t

from .scenarios import Scenario, Target


class Step(t.NamedTuple):
    """A stretch of a run: a task, or what lies between."""

    name: str
    seconds: float
    in_module: float
    """How much of them the modules claim, by their return value C(elapsed)."""
    cpu: float
    """Of the controller; a worker's when it has ended."""


class Requests(t.NamedTuple):
    """What clients got while a contestant deployed, or in all its deploys."""

    answered: int
    lost: int


class Deploy(t.NamedTuple):
    seconds: float
    cpu: float
    """The processor's seconds on the controller."""
    out: tuple[float, ...]
    """How many seconds each host was out of rotation."""
    requests: Requests
    steps: list[Step]


Deploys = t.Mapping[str, t.Sequence[Deploy]]
"""Every counted turn, by contestant; C(ours) and those it is held against."""


class Verdict(t.NamedTuple):
    text: str
    met: bool


def out_of_rotation(
    samples: t.Sequence[tuple[float, frozenset[str]]], hosts: t.Iterable[t.Sequence[str]]
) -> tuple[float, ...]:
    """How long each of C(hosts), given by its servers, had none that could serve.

    A sample is a time in seconds and the servers that could serve then; it counts until the next one.
    """
    spans = [(later[0] - at, serving) for (at, serving), later in zip(samples, samples[1:])]
    return tuple(sum(span for span, serving in spans if serving.isdisjoint(servers)) for servers in hosts)


def together(deploys: t.Iterable[Deploy]) -> Requests:
    return Requests(*map(sum, zip(*(deploy.requests for deploy in deploys))))


def median(deploys: t.Iterable[Deploy], figure: str) -> float:
    return statistics.median(getattr(deploy, figure) for deploy in deploys)


def verdicts(found: Deploys, targets: t.Iterable[Target]) -> list[Verdict]:
    """Of each target, and that ours lost no request."""
    judged = [_judge(found, target) for target in targets]
    lost = together(found["ours"]).lost
    return [*judged, Verdict(f"requests that ours lost: {lost}, at most 0", lost == 0)]


def _judge(found: Deploys, target: Target) -> Verdict:
    measured, limit = median(found["ours"], target.figure), f"{target.at_most:g} s"
    of, unit = {"seconds": "time", "cpu": "CPU"}[target.figure], " s"
    if target.than:
        measured /= median(found[target.than], target.figure)
        of, unit, limit = f"{of} / {target.than}", "", f"{target.at_most:g}"
    return Verdict(f"{of}: {measured:.2f}{unit}, at most {limit}", measured <= target.at_most)


COLUMNS = ("", "median", "min", "max", "CPU", "out of rotation, each host", "longest", "answered", "lost")


def report(scenario: Scenario, found: Deploys, judged: t.Iterable[Verdict]) -> list[str]:
    """A table in Markdown, then a line for each target."""
    rows = [COLUMNS, *(_row(name, deploys) for name, deploys in found.items())]
    lines = [f"### {scenario.title[:1].upper()}{scenario.title[1:]}", "", *_markdown(rows), ""]
    return lines + [f"- {verdict.text}: {'met' if verdict.met else 'MISSED'}" for verdict in judged]


def _row(name: str, deploys: t.Sequence[Deploy]) -> tuple[str, ...]:
    times, out = [deploy.seconds for deploy in deploys], [s for deploy in deploys for s in deploy.out]
    figures = (statistics.median(times), min(times), max(times), median(deploys, "cpu"), statistics.mean(out), max(out))
    requests = together(deploys)
    return (name, *(f"{figure:.2f} s" for figure in figures), str(requests.answered), str(requests.lost))


def _markdown(rows: t.Sequence[t.Sequence[str]]) -> t.Iterator[str]:
    """Aligned, so that it can be read on a terminal as well: the first column to the left, figures to the right."""
    widths = [max(map(len, column)) for column in zip(*rows)]
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    for row in (rows[0], rule, *rows[1:]):
        first, *rest = (f"{cell:>{width}}" for cell, width in zip(row, widths))
        yield f"| {first.strip():<{widths[0]}} | {' | '.join(rest)} |"


def breakdown(turns: t.Sequence[t.Sequence[Step]]) -> list[dict[str, t.Any]]:
    """Where the seconds of one deploy go, in order of appearance: medians over C(turns) of each step's sum.

    Keys: C(name), C(times) it came in a deploy, C(seconds), C(in_module), C(cpu).
    """
    sums = [_by_name(turn) for turn in turns]
    names = dict.fromkeys(name for turn in sums for name in turn)

    def middle(name: str, figure: str) -> float:
        return round(statistics.median(sum(getattr(s, figure) for s in turn.get(name, [])) for turn in sums), 3)

    return [
        {
            "name": name,
            "times": max(len(turn.get(name, [])) for turn in sums),
            **{figure: middle(name, figure) for figure in ("seconds", "in_module", "cpu")},
        }
        for name in names
    ]


def _by_name(steps: t.Sequence[Step]) -> dict[str, list[Step]]:
    found: dict[str, list[Step]] = collections.defaultdict(list)
    for step in steps:
        found[step.name].append(step)
    return dict(found)


def breakdown_report(name: str, turns: t.Sequence[t.Sequence[Step]]) -> list[str]:
    lines = [f"{'Where the seconds of ' + name + ' go':<70}{'times':>6}{'s':>8}{'CPU s':>8}{'in module':>11}"]
    for row in breakdown(turns):
        own = f"{row['in_module']:>11.2f}" if row["in_module"] else ""
        lines.append(f"{row['name'][:69]:<70}{row['times']:>6}{row['seconds']:>8.2f}{row['cpu']:>8.2f}{own}")
    total = [sum(step.seconds for step in turn) for turn in turns], [sum(step.cpu for step in turn) for turn in turns]
    tasks = statistics.median(map(len, turns))
    lines.append(f"{'(all)':<70}{tasks:>6.0f}{statistics.median(total[0]):>8.2f}{statistics.median(total[1]):>8.2f}")
    return lines
