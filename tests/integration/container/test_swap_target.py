# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""container_swap as Ansible runs it: each supported core, Debian's Python and docker SDK, at the highest verbosity."""

from __future__ import annotations

import typing as t
from pathlib import Path

import docker
import pytest
from controller import ROOT, Controller

SLEEP = ["sleep", "3600"]
PLAY = """
- hosts: localhost
  connection: local
  gather_facts: false
  tasks:
    - ansible.builtin.include_role:
        name: "{{ target }}"
"""


@pytest.mark.parametrize("core", sorted((ROOT / ".venv").glob("core-*")), ids=lambda path: path.name)
def test_target(
    core: Path, engine_socket: str, clean_engine: docker.APIClient, image: t.Callable[..., str], tmp_path: Path
) -> None:
    playbook = tmp_path / "play.yml"
    playbook.write_text(PLAY)
    variables = {
        "target": str(ROOT / "tests/integration/targets/container_swap"),
        "ansible_python_interpreter": "/usr/bin/python3",
        "container_swap_docker_host": engine_socket,
        "container_swap_state_dir": str(tmp_path / "state"),
        "container_swap_images": {
            "old": image("target:old", CMD=SLEEP, ENV={"VERSION": "1"}),
            "new": image("target:new", CMD=SLEEP, ENV={"VERSION": "2"}),
            "crashing": image("target:crashing", CMD=["sh", "-c", "echo cannot open $PASSWORD; exit 3"]),
        },
    }
    run = Controller(Path("localhost,"), variables, core / "bin").play(str(playbook), "-vvv")
    assert run.rc == 0, run.output[-8000:]
    assert "correct-horse" not in run.output
    assert clean_engine.containers(all=True) == []
