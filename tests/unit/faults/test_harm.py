# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import re
import subprocess
from functools import partial
from types import SimpleNamespace

import pytest
from faults import harm


class Empty:
    """A host on which nothing runs: no program finds what it looks for."""

    name = "app1"
    python = "/usr/bin/python3"

    def run(self, argv, **_options):
        return subprocess.CompletedProcess(argv, 1, "", "nothing found")


@pytest.mark.parametrize(
    "strike",
    [
        partial(harm.module_killed, on="host"),
        partial(harm.session_killed, on="host"),
        harm.engine_killed,
        harm.engine_stopped,
        harm.app_killed,
        harm.container_removed,
        harm.container_renamed,
        harm.image_gone_from_host,
    ],
)
def test_a_strike_that_finds_nothing_says_so(strike):
    scene = SimpleNamespace(host=Empty(), balancer=Empty(), image="hello:v1", site=SimpleNamespace(image=str))
    with pytest.raises(harm.Missed, match="ended with 1 on app1: nothing found"):
        next(strike(scene))


def test_a_rollout_that_is_over_can_not_be_killed():
    scene = SimpleNamespace(deploy=SimpleNamespace(goes_on=False))
    with pytest.raises(harm.Missed):
        next(harm.signalled(scene, 9))


@pytest.mark.parametrize(
    ("command", "serves_a_login"),
    [
        ("sshd: root@notty", True),
        ("sshd-session: root@notty", True),
        ("sshd: root [priv]", True),
        ("sshd: /usr/sbin/sshd -D -e [listener] 0 of 200-200 startups", False),
        ("/usr/sbin/sshd -D", False),
    ],
)
def test_a_session_of_ssh_is_known_by_its_name(command, serves_a_login):
    assert bool(re.search(harm.SSH_SESSION, command)) is serves_a_login
