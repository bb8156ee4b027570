# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from faults.steps import (
    ASIDE,
    CREATING,
    DRAINED,
    DRAINING,
    NAMING,
    NEXT,
    PREPARING,
    READYING,
    SETTLING,
    STARTING,
    STEPS,
    STEPS_BESIDE,
    STOPPING,
    SWAPPED,
    WAITING,
    Sight,
    advance,
    reached,
)

DRAIN, MAINT = 0x08, 0x01
OUT = {"locked": True, "admin": MAINT, "serves": False}

TURN = [
    (Sight(), None),
    (Sight(locked=True), PREPARING),
    (Sight(locked=True, admin=DRAIN, serves=False, in_flight=2), DRAINING),
    (Sight(**OUT), DRAINED),
    (Sight(**OUT, journal="create hello-next from registry/hello@sha256:1"), CREATING),
    (Sight(**OUT, journal="set the restart policy of hello to no"), CREATING),
    (Sight(**OUT, journal="stop hello"), STOPPING),
    (Sight(**OUT, journal="rename hello to hello-previous-4"), ASIDE),
    (Sight(**OUT, journal="rename hello-next to hello"), NAMING),
    (Sight(**OUT, journal="start hello"), STARTING),
    (Sight(**OUT, journal="wait until hello is healthy"), WAITING),
    (Sight(**OUT, journal="set the restart policy of hello to unless-stopped"), SETTLING),
    (Sight(**OUT, journal=""), SETTLING),
    (Sight(**OUT), SWAPPED),
    (Sight(locked=True, admin=DRAIN, serves=False), READYING),
    (Sight(locked=True, serves=False), READYING),
    (Sight(locked=True), READYING),
    (Sight(locked=True, next_out=True), NEXT),
    (Sight(), NEXT),
]


IDLE = {"locked": True, "serves": False, "let_in": False}

TURN_BESIDE = [
    (Sight(serves=False, let_in=False), None),
    (Sight(**IDLE), PREPARING),
    (Sight(**IDLE, journal="create hello-slots-next from registry/hello@sha256:1"), CREATING),
    (Sight(**IDLE, journal="rename hello-slots-8082 to hello-slots-previous-1"), ASIDE),
    (Sight(**IDLE, journal="rename hello-slots-next to hello-slots-8082"), NAMING),
    (Sight(**IDLE, journal="start hello-slots-8082"), STARTING),
    (Sight(**IDLE, journal="wait until hello-slots-8082 is healthy"), WAITING),
    (Sight(**IDLE, journal="set the restart policy of hello-slots-8082 to unless-stopped"), SETTLING),
    (Sight(**IDLE), SWAPPED),
    (Sight(locked=True, serves=False), READYING),
    (Sight(locked=True), READYING),
    (Sight(locked=True, admin=DRAIN, in_flight=2), DRAINING),
    (Sight(locked=True, admin=MAINT), DRAINED),
    (Sight(locked=True, admin=MAINT, journal=""), STOPPING),
    (Sight(locked=True, admin=MAINT), STOPPING),
    (Sight(locked=True, admin=MAINT, next_out=True), NEXT),
    (Sight(), NEXT),
]


@pytest.mark.parametrize(("turn", "steps"), [(TURN, STEPS), (TURN_BESIDE, STEPS_BESIDE)])
def test_a_whole_turn_is_told_step_by_step(turn, steps):
    at, told = None, []
    for sight, _step in turn:
        at = advance(at, sight, steps)
        told.append(at)
    assert told == [step for _sight, step in turn]


def test_steps_between_two_looks_are_skipped():
    assert advance(PREPARING, Sight(**OUT, journal="start hello")) == STARTING


def test_the_words_of_an_undoing_do_not_turn_a_turn_back():
    assert advance(WAITING, Sight(**OUT, journal="stop hello")) == WAITING


def test_a_drain_without_a_request_in_flight_is_no_moment_to_strike():
    assert advance(PREPARING, Sight(locked=True, admin=DRAIN, serves=False)) == PREPARING


@pytest.mark.parametrize(
    ("step", "at", "expected"),
    [(DRAINED, None, False), (DRAINED, DRAINING, False), (DRAINED, DRAINED, True), (DRAINED, NEXT, True)],
)
def test_having_come_further_counts_as_reached(step, at, expected):
    assert reached(step, at) is expected


@pytest.mark.parametrize(("turn", "steps"), [(TURN, STEPS), (TURN_BESIDE, STEPS_BESIDE)])
def test_every_step_can_be_seen(turn, steps):
    assert {step for _sight, step in turn} - {None} == set(steps)
