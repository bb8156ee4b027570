# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from faults.rotation import left_too_few
from lab.watch import Watch

ALL = {"app1", "app2", "app3"}


class Watched:
    """A look every half second. app3 is out from 2 to 4."""

    samples = tuple((at / 2, frozenset(ALL - {"app3"} if 4 <= at < 8 else ALL)) for at in range(12))

    def __init__(self, *taken_out):
        self.taken_out = taken_out


@pytest.mark.parametrize(
    ("at", "server", "enough"),
    [
        (1.0, "app1", True),
        (2.5, "app1", True),  # the checks may not have seen it yet
        (3.5, "app1", False),
        (3.5, "app3", True),  # the very one that does not serve
        (4.5, "app1", True),
    ],
)
def test_who_is_taken_out_leaves_enough_behind(at, server, enough):
    told = [] if enough else [f"{server} was taken out with 1 others in rotation, not 2"]
    assert left_too_few(Watched((at, server)), needed=2) == told


class Drained:
    """A balancer on which app1 and app3 go, one after the other; app2 is out from the beginning."""

    def __init__(self):
        self._looks = iter([(0, 8, 0), (8, 8, 0), (1, 8, 1), (0, 8, 0)])

    def runtime(self, _command):
        head = "# be_id srv_name srv_op_state srv_admin_state srv_uweight"
        return "\n".join([head, *(f"4 app{n} 2 {admin} 1" for n, admin in enumerate(next(self._looks), 1))])


def test_who_is_taken_out_is_told_once():
    watch = Watch(Drained(), "hello")
    for _look in range(4):
        watch._see_states()
    assert [server for _at, server in watch.taken_out] == ["app1", "app3"]
