# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
import subprocess
import sys

import pytest
from ansible_collections.zero.downtime.plugins.plugin_utils._rollout import run_identity


def test_a_token_names_controller_and_run_and_rollout():
    one, two = run_identity.token(os.getpid(), "a"), run_identity.token(os.getpid(), "b")
    assert one.split("/")[:2] == two.split("/")[:2]
    assert all(one.split("/"))
    assert (one.split("/")[2], two.split("/")[2]) == ("a", "b")


def test_a_run_of_ansible_is_alive_until_it_has_ended():
    program = "import sys; sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", program, "ansible-playbook"], stdin=subprocess.PIPE) as process:
        run = run_identity.token(process.pid, "a").split("/")[1]
        assert run in run_identity.alive()
        process.communicate()
    assert run not in run_identity.alive()


def test_without_proc_nobody_is_known(monkeypatch, tmp_path):
    monkeypatch.setattr(run_identity, "PROC", tmp_path)
    assert run_identity.token(os.getpid(), "a").startswith("//")
    assert run_identity.alive() == []


def test_where_other_users_processes_are_hidden_nobody_is_known(monkeypatch, tmp_path):
    (tmp_path / str(os.getpid())).symlink_to(f"/proc/{os.getpid()}")
    monkeypatch.setattr(run_identity, "PROC", tmp_path)
    monkeypatch.setattr(run_identity, "_is_ansible", lambda entry: True)
    assert run_identity.alive() == []


@pytest.mark.parametrize(
    ("variables", "owner"),
    [
        ({"awx_job_id": 17, "awx_user_name": "alice"}, "alice by AWX job 17"),
        ({"tower_job_id": 17}, "a schedule by AWX job 17"),
    ],
)
def test_a_job_of_awx_is_its_user_s(variables, owner):
    assert run_identity.owner(variables) == owner


def test_else_it_is_who_runs_it_where(monkeypatch):
    monkeypatch.setenv("SUDO_USER", "bob")
    assert run_identity.owner({}).startswith("bob@")
