# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest
from demo.picture import LEFT, RIGHT, WIDTH, draw
from demo.timeline import Row

SVG = "{http://www.w3.org/2000/svg}"
EDGES = (LEFT, WIDTH - RIGHT)


def shapes(svg, tag, kind):
    return [shape for shape in ET.fromstring(svg).iter(SVG + tag) if shape.get("class") == kind]  # noqa: S314


def words(svg):
    return [text.text for text in ET.fromstring(svg).iter(SVG + "text")]  # noqa: S314


def test_every_host_has_its_bars_in_order(measured):
    svg = draw(measured())
    assert [len(shapes(svg, "rect", kind)) for kind in ("old", "out", "new")] == [2, 2, 2]
    assert [word for word in words(svg) if word in ("app1", "app2", "v1", "v2")] == [
        "app1",
        "v1",
        "v2",
        "app2",
        "v1",
        "v2",
    ]


def test_a_bar_is_as_long_as_its_time(measured):
    """app1 serves v1 for 4 s of the 11."""
    first = shapes(draw(measured()), "rect", "old")[0]
    assert float(first.get("x")) == LEFT
    assert float(first.get("width")) == pytest.approx((EDGES[1] - EDGES[0]) * 4 / 11, abs=0.1)


def test_a_host_that_was_put_back_serves_the_old_version_again(measured):
    svg = draw(measured(rows=(Row("app1", "v2", "v2", ((3.0, 5.0),)),)))
    assert [len(shapes(svg, "rect", kind)) for kind in ("old", "out", "new")] == [2, 1, 0]


def test_the_curve_spans_the_bars_and_its_peak_is_named(measured):
    svg = draw(measured())
    (curve,) = shapes(svg, "path", "curve")
    xs = [float(point.strip("ML").split(",")[0]) for point in curve.get("d").split()]
    assert (min(xs), max(xs)) == EDGES
    assert "200/s" in words(svg)


def test_the_sum_is_the_run_s(measured):
    text = "1,499 requests, 1 lost. At least 1 of 2 hosts serving. 9.2 s in all."
    assert text in words(draw(measured(answered=1499, lost=1)))


def test_a_label_that_does_not_fit_is_left_out(measured):
    svg = draw(measured(rows=(Row("app1", "v1", "v2", ((3.0, 3.1),)),)))
    assert len(shapes(svg, "rect", "out")) == 1
    assert not [word for word in words(svg) if word.startswith("out")]


def test_names_are_text_not_markup(measured):
    assert "<b>" in words(draw(measured(rows=(Row("<b>", "v1", "v1"),))))
