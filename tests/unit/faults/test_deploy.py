# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
import subprocess

import pytest
from faults import deploy
from faults.deploy import Deploy
from lab.namespaces import wait_until


class Program:
    """In place of a controller: what a shell does."""

    def __init__(self, script):
        self._script = script

    def command(self, _playbook, **_variables):
        return ["sh", "-c", self._script]


def members(group):
    """Processes of a process group."""
    listed = subprocess.run(["pgrep", "-g", str(group)], capture_output=True, text=True, check=False)
    return listed.stdout.split()


def test_it_ends_with_its_block_whatever_way_the_block_is_left():
    left = Deploy(Program("sleep 60 & sleep 60"), "hello:v1")
    wait_until(lambda: len(members(left.process.pid)) == 3, "the shell and its two children")
    with pytest.raises(KeyboardInterrupt), left:
        raise KeyboardInterrupt
    assert not left.goes_on
    wait_until(lambda: members(left.process.pid) == [], "that its whole session is gone")


def test_one_that_does_not_listen_is_killed(monkeypatch, tmp_path):
    monkeypatch.setattr(deploy, "LAST_WORDS", 0.1)
    deaf = tmp_path / "deaf"
    with Deploy(Program(f"trap '' TERM; touch {deaf}; while true; do sleep 0.1; done"), "hello:v1") as left:
        wait_until(deaf.exists, "the trap")
    assert left.process.returncode == -9


def test_workers_that_outlive_it_are_ended_too():
    with Deploy(Program("sleep 60 & exit 0"), "hello:v1") as left:
        assert left.end().rc == 0
        assert os.getpgid(int(members(left.process.pid)[0])) == left.process.pid
    wait_until(lambda: members(left.process.pid) == [], "that its workers are gone")
