# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.zero.downtime.plugins.module_utils._container.change import evidence


@pytest.mark.parametrize(
    ("state", "exit_code", "oom_killed"),
    [
        ({"StartedAt": "2026-01-01T00:00:00Z", "Running": False, "ExitCode": 137, "OOMKilled": True}, 137, True),
        ({"StartedAt": "2026-01-01T00:00:00Z", "Running": False, "ExitCode": 0}, 0, False),
        ({"StartedAt": "2026-01-01T00:00:00Z", "Running": True, "ExitCode": 0}, None, False),
        ({"StartedAt": "0001-01-01T00:00:00Z", "Running": False, "ExitCode": 0}, None, False),
    ],
)
def test_facts_of_a_failure(state: dict[str, t.Any], exit_code: int | None, oom_killed: bool) -> None:
    found = evidence.of({"State": {**state, "Health": {"Log": [{"Output": "not today\n"}]}}}, "a\n" * 30)
    assert found == {
        "exit_code": exit_code,
        "oom_killed": oom_killed,
        "health_log": ["not today"],
        "last_log": ["a"] * 20,
    }
    assert evidence.of(None, "").keys() == found.keys()
