# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The collection as a user has it: built, installed into an empty folder, and used from there as the README says."""

from __future__ import annotations

import os
import shutil
import subprocess
import typing as t
from pathlib import Path

import pytest
from controller import ROOT, environment


class Installed(t.NamedTuple):
    core: Path
    home: Path

    @property
    def collection(self) -> Path:
        return self.home / "ansible_collections" / "zero" / "downtime"

    def run(self, program: str, *arguments: str | Path, cwd: Path) -> str:
        """What it printed. It finds the collection here or nowhere."""
        ours = {"ANSIBLE_COLLECTIONS_PATH": str(self.home), "ANSIBLE_HOME": str(self.home / "ansible")}
        kept = {name: value for name, value in environment().items() if name not in ("ANSIBLE_CONFIG", "PYTHONPATH")}
        command = [self.core / "bin" / program, *arguments]
        done = subprocess.run(
            command, cwd=cwd, env={**kept, **ours}, capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.fixture(scope="module", params=sorted((ROOT / ".venv").glob("core-*")), ids=lambda path: path.name)
def installed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    it = Installed(request.param, tmp_path_factory.mktemp("home"))
    it.run("ansible-galaxy", "collection", "build", "--output-path", it.home, cwd=ROOT)
    (artifact,) = it.home.glob("*.tar.gz")
    it.run("ansible-galaxy", "collection", "install", "--offline", "-p", it.home, artifact, cwd=it.home)
    return it


def test_the_example_inventory_leads_to_a_deploy(installed: Installed, tmp_path: Path) -> None:
    shutil.copytree(installed.collection / "inventory.example", tmp_path / "hello")
    said = installed.run("ansible-playbook", "zero.downtime.deploy", "--syntax-check", cwd=tmp_path / "hello")
    assert f"playbook: {installed.collection}/playbooks/deploy.yml" in said


def test_the_modules_explain_themselves(installed: Installed) -> None:
    said = installed.run("ansible-doc", "zero.downtime.container_swap", cwd=installed.home)
    assert str(installed.collection) in said
    assert "docker_host" in said


def test_what_only_the_development_needs_stays_behind(installed: Installed) -> None:
    brought = set(os.listdir(installed.collection))
    assert {"README.md", "docs", "plugins", "roles"} <= brought
    assert not {"Makefile", "pyproject.toml", "tests", ".git", ".venv"} & brought
