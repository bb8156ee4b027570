# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.zero.downtime.plugins.module_utils._container import evidence

PRIVATE = {"correct horse", "correct horse battery", "info", "8080", "-----BEGIN KEY-----\nMIIEow\n"}
IMAGE = {"Config": {"Env": ["PATH=/usr/local/bin", "MODE=production"]}}


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("login with correct horse failed", "login with ******** failed"),
        ("correct horse battery", "********"),
        (["correct horse", {"log": "x correct horse x"}], ["********", {"log": "x ******** x"}]),
        ("level=info port=8080", "level=info port=8080"),
        ("-----BEGIN KEY-----", "********"),
        ("key MIIEow, end", "key ********, end"),
        (3, 3),
        (None, None),
    ],
)
def test_redact(value: t.Any, shown: t.Any) -> None:
    assert evidence.redact(value, PRIVATE) == shown


def test_values_of_the_image_are_not_private() -> None:
    container = {"Config": {"Env": ["PATH=/usr/local/bin", "MODE=development", "PASSWORD=correct horse=1"]}}
    assert evidence.private_values(container, IMAGE) == {"development", "correct horse=1"}
    assert evidence.private_values(None, None) == set()


def test_passwords_of_volumes_are_private() -> None:
    options = {"type": "cifs", "device": "//nas/share", "o": "username=u,password=correct horse,uid=1000"}
    mounts = [{"Type": "volume", "VolumeOptions": {"DriverConfig": {"Options": options}}}, {"Type": "tmpfs"}]
    assert evidence.private_values({"HostConfig": {"Mounts": mounts}}, None) == {"correct horse"}


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
