# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A rollout as a picture: a timeline goes in, SVG comes out. For light and dark paper, readable without colours."""

from __future__ import annotations

import math
import typing as t
from xml.etree import ElementTree as ET

from .timeline import Segment, Timeline, segments

WIDTH, LEFT, RIGHT, TOP = 860, 84, 28, 76
"""px. The bars begin at C(LEFT) and end C(RIGHT) before the edge."""
BAR, STEP, CURVE = 30, 42, 72
"""px: height of a bar, from bar to bar, height of the curve."""

SHAPES = """
svg { font: 13px system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif; }
.title { font-size: 17px; font-weight: 600; }
.sum { font-size: 15px; font-weight: 600; }
.faint { font-size: 12px; }
.out { stroke-dasharray: 4 3; }
.curve { stroke-width: 1.5; }
"""
# Not by CSS variables: librsvg, which many viewers use, knows none.
COLOURS = """
text { fill: %s; } .faint { fill: %s; } .paper, .out { fill: %s; } .paper, .grid { stroke: %s; }
.old { fill: %s; } .out { stroke: %s; } .new { fill: %s; } .curve { fill: %s; stroke: %s; }
"""
LIGHT = ("#1f2328", "#656d76", "#ffffff", "#d8dee4", "#d0d7de", "#9a6700", "#a7e0bb", "#ddf4ff", "#0969da")
DARK = ("#e6edf3", "#8d96a0", "#0d1117", "#30363d", "#3d444d", "#d29922", "#1a6334", "#0c2d5a", "#58a6ff")
STYLE = SHAPES + COLOURS % LIGHT + "@media (prefers-color-scheme: dark) {" + COLOURS % DARK + "}\n"


def draw(timeline: Timeline) -> str:
    """SVG of C(timeline). Every word and number in it is measured, or names what is."""
    curve_top = TOP + STEP * len(timeline.rows) + 26
    axis = curve_top + CURVE
    height = axis + 70
    svg = ET.Element(
        "svg",
        {"xmlns": "http://www.w3.org/2000/svg", "viewBox": f"0 0 {WIDTH} {height}", "role": "img"},
    )
    ET.SubElement(svg, "title").text = summary(timeline)
    ET.SubElement(svg, "style").text = STYLE
    _add(svg, "rect", "paper", x=0.5, y=0.5, width=WIDTH - 1, height=height - 1, rx=8)
    _text(svg, 24, 34, _headline(timeline), "title")
    _text(
        svg,
        24,
        54,
        f"behind HAProxy, which sends a host that is out nothing new; {timeline.connections} clients at once",
        "faint",
    )

    def x(at: float) -> float:
        start, end = timeline.span
        return LEFT + (at - start) / (end - start) * (WIDTH - LEFT - RIGHT)

    for second in range(0, math.floor(timeline.span[1]) + 1, _tick(timeline.span[1])):
        _add(svg, "line", "grid", x1=x(second), x2=x(second), y1=TOP - 8, y2=axis)
        _text(svg, x(second), axis + 17, f"{second} s", "faint", "middle")
    for number, row in enumerate(timeline.rows):
        top = TOP + STEP * number
        _text(svg, 24, top + 20, row.host)
        for segment in segments(row, timeline.span):
            _bar(svg, segment, row.before, x, top)
    _curve(svg, timeline, x, curve_top)
    _text(svg, 24, axis + 48, summary(timeline), "sum")
    ET.indent(svg)
    return ET.tostring(svg, encoding="unicode") + "\n"


def summary(timeline: Timeline) -> str:
    return (
        f"{timeline.answered:,} requests, {timeline.lost:,} lost. At least {timeline.fewest} of {len(timeline.rows)}"
        f" hosts serving. {timeline.seconds:.1f} s in all."
    )


def _headline(timeline: Timeline) -> str:
    before, after = ({getattr(row, when) for row in timeline.rows} for when in ("before", "after"))
    return f"{' and '.join(sorted(before))} → {' and '.join(sorted(after))} on {len(timeline.rows)} hosts"


def _tick(seconds: float) -> int:
    """s between two marks: about six of them."""
    return next((step for step in (1, 2, 5, 10, 20, 30) if seconds / step <= 8), 60)


def _bar(svg: ET.Element, segment: Segment, before: str, x: t.Callable[[float], float], top: float) -> None:
    kind = "out" if segment.version is None else "old" if segment.version == before else "new"
    left, right = x(segment.start), x(segment.end)
    # A dashed line lies on the edge of its shape: half of it would cover the neighbour.
    inset = 1.5 if kind == "out" else 0
    box = {"width": max(right - left - 2 * inset, 0.5), "height": BAR - 2 * inset, "rx": 4}
    _add(svg, "rect", kind, x=left + inset, y=top + inset, **box)
    label = segment.version or f"out {segment.end - segment.start:.1f} s"
    if right - left > 7 * len(label) + 6:
        _text(svg, (left + right) / 2, top + 20, label, "", "middle")


def _curve(svg: ET.Element, timeline: Timeline, x: t.Callable[[float], float], top: float) -> None:
    most = max(per_second for _at, per_second in timeline.rate)
    known = [(timeline.span[0], timeline.rate[0][1]), *timeline.rate]
    points = [(x(at), top + CURVE * (1 - per_second / most)) for at, per_second in known]
    inner = " L".join(f"{left:.1f},{y:.1f}" for left, y in points)
    bottom = top + CURVE
    _add(svg, "path", "curve", d=f"M{points[0][0]:.1f},{bottom} L{inner} L{points[-1][0]:.1f},{bottom}")
    _text(svg, 24, top + 12, f"{most:.0f}/s", "faint")
    _text(svg, 24, bottom - 4, "answers", "faint")


def _text(svg: ET.Element, x: float, y: float, text: str, kind: str = "", anchor: str = "start") -> None:
    extra = {"text-anchor": anchor} if anchor != "start" else {}
    _add(svg, "text", kind, x=x, y=y, **extra).text = text


def _add(svg: ET.Element, tag: str, kind: str, **attributes: float | str) -> ET.Element:
    said = {
        name: f"{value:.1f}".removesuffix(".0") if isinstance(value, float) else str(value)
        for name, value in attributes.items()
    }
    return ET.SubElement(svg, tag, {**({"class": kind} if kind else {}), **said})
