# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One server on one HAProxy: what is sent is read back, and written to the state file."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.zero.downtime.plugins.module_utils._haproxy import all_or_nothing
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.persist import StateFile
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.replies import Retired
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.target import Journal, NoEffect
from ansible_collections.zero.downtime.tests.unit.plugins.module_utils._haproxy.fakes import (
    DRAIN,
    MAINT,
    FakeClock,
    FakeHAProxy,
    FakeServer,
    MakeDesired,
    OpenTarget,
)


@pytest.mark.parametrize("state", ["drain", "maint"])
def test_check_mode_writes_the_state_file_as_often_as_the_real_thing(
    clock: FakeClock, open_target: OpenTarget, desired: MakeDesired, tmp_path: Path, state: str
) -> None:
    journals = []
    for rehearsal in (True, False):
        haproxy = FakeHAProxy(clock, FakeServer("a"), FakeServer("b"))
        state_file = StateFile(str(tmp_path / "state"))
        target = open_target(haproxy, rehearsal=rehearsal, state_file=state_file, journal=Journal())
        all_or_nothing.run([target], desired(state), clock)
        journals.append(target.journal.actions)
        assert target.persisted is (tmp_path / "state").exists() is not rehearsal
    assert journals[0] == journals[1]


@pytest.mark.parametrize("moment", ["state drain", "state maint", "show stat"])
def test_haproxy_away_at_the_moment_of_a_line_is_asked_again(
    haproxy: FakeHAProxy, clock: FakeClock, open_target: OpenTarget, desired: MakeDesired, moment: str
) -> None:
    target, ask = open_target(haproxy), haproxy.ask

    def restart(*commands: str) -> str:
        if not haproxy.away and any(moment in command for command in commands):
            haproxy.ask = ask
            haproxy.away = True
            clock.after(1, lambda: setattr(haproxy, "away", False))
        return ask(*commands)

    haproxy.ask = restart
    all_or_nothing.run([target], desired("maint"), clock)
    assert haproxy.log == [DRAIN, MAINT]


def test_a_worker_on_its_way_out_is_not_the_last_word(
    haproxy: FakeHAProxy, clock: FakeClock, open_target: OpenTarget, desired: MakeDesired
) -> None:
    target = open_target(haproxy)
    haproxy.refuse["set server"] = "Proxy is disabled."
    clock.after(0.5, haproxy.refuse.clear)
    all_or_nothing.run([target], desired("maint"), clock)
    assert haproxy.servers["a"].admin == 1


def test_a_backend_that_is_disabled_for_good_is_said_so(
    haproxy: FakeHAProxy, clock: FakeClock, open_target: OpenTarget, desired: MakeDesired
) -> None:
    target = open_target(haproxy)
    haproxy.refuse["set server"] = "Proxy is disabled."
    with pytest.raises(Retired, match=r"/nowhere/1.sock refused .*: Proxy is disabled"):
        all_or_nothing.run([target], desired("maint"), clock)


def test_a_command_without_effect_is_a_failure(
    haproxy: FakeHAProxy, clock: FakeClock, open_target: OpenTarget, desired: MakeDesired
) -> None:
    haproxy._change = lambda words: None
    with pytest.raises(NoEffect, match=r"1\.sock accepted '.*', but app/a has \{'state': 'ready'"):
        all_or_nothing.run([open_target(haproxy)], desired("drain"), clock)
