# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A rollout of two hosts as it may have been measured."""

from __future__ import annotations

import dataclasses

import pytest
from demo.timeline import Row, Timeline
from lab.watch import Counters


@pytest.fixture
def measured():
    """Called with what shall be different."""
    timeline = Timeline(
        image="hello:v2",
        rows=(Row("app1", "v1", "v2", ((3.0, 5.5),)), Row("app2", "v1", "v2", ((6.0, 8.0),))),
        span=(-1.0, 10.0),
        seconds=9.25,
        rate=((0.0, 100.0), (5.0, 200.0), (10.0, 150.0)),
        fewest=1,
        answered=1500,
        lost=0,
        connections=24,
        counted=Counters(answered_2xx=1520),
    )
    return lambda **other: dataclasses.replace(timeline, **other)
