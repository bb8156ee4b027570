# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import threading
from pathlib import Path

import pytest
from lab.watch import Counters, ServerState, Watch, parse_states, parse_workers

# HAProxy 2.6.12
STATES = """1
# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight
4 hello 1 app1 10.200.0.11 2 0 1 1
4 hello 2 app2 10.200.0.12 2 8 1 1
4 hello 3 app3 10.200.0.13 0 0 1 1

"""
WORKERS = """#<PID>          <type>          <reloads>       <uptime>        <version>
25              master          1               0d00h01m12s     2.6.12-1+deb12u4
# workers
34              worker          0               0d00h00m02s     2.6.12-1+deb12u4
# old workers
27              worker          1               0d00h01m12s     2.6.12-1+deb12u4
# programs

"""


def test_states_are_read_by_column_name() -> None:
    states = parse_states(STATES)
    assert [name for name, state in states.items() if state.serves] == ["app1"]
    assert states["app2"] == ServerState(admin=8, operational=2, weight=1)


@pytest.mark.parametrize(
    ("admin", "operational", "weight", "serves"),
    [
        (0, 2, 1, True),
        (0, 1, 1, True),  # in its slowstart
        (4, 2, 1, True),  # "disabled" in the configuration, made ready since
        (5, 2, 1, False),
        (1, 0, 1, False),
        (8, 2, 1, False),
        (16, 2, 1, False),
        (32, 2, 1, False),
        (0, 0, 1, False),
        (0, 3, 1, False),
        (0, 2, 0, False),
    ],
)
def test_who_serves_is_decided_on_bits(admin: int, operational: int, weight: int, serves: bool) -> None:
    assert ServerState(admin, operational, weight).serves is serves


def test_old_workers_count_as_workers_and_the_master_does_not() -> None:
    assert parse_workers(WORKERS) == [34, 27]


def test_counters_add_up_over_workers() -> None:
    old = Counters.of({"hrsp_2xx": "100", "hrsp_5xx": "1", "econ": "2", "cli_abrt": ""})
    new = Counters.of({"hrsp_2xx": "50", "wretr": "3", "hrsp_1xx": "1", "hrsp_other": "1"})
    total = sum([old, new], Counters())
    assert (total.answered_2xx, total.answered_5xx, total.answered_other, total.answered) == (150, 1, 2, 153)
    assert (total.retries, total.client_aborts, total.signs_of_loss) == (3, 0, 3)
    assert total - old == new


class Babbling:
    """A balancer whose second answer nobody can read; after it there is none."""

    master_socket = Path("/nowhere/master.sock")

    def __init__(self) -> None:
        self.babbled = threading.Event()
        self.answers = self._speak()

    def runtime(self, command: str) -> str:
        return next(self.answers)

    def _speak(self):
        yield STATES
        self.babbled.set()
        yield "# be_id\n1\n"


def test_a_watch_that_broke_off_says_so_at_its_end() -> None:
    balancer = Babbling()
    watch = Watch(balancer, "hello", interval=0).start()
    balancer.babbled.wait()
    with pytest.raises(KeyError):
        watch.stop()
