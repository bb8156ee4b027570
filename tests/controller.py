# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible as a user runs it: a command line, an inventory, an exit code and what stands on the screen."""

from __future__ import annotations

import dataclasses
import json
import os
import re
import subprocess
import sys
import time
import typing as t
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
_ANSIBLE_BEFORE = {name for name in os.environ if name.startswith("ANSIBLE_")}
# The default callback's rendering of a list that debug prints.
_SAID = re.compile(r'"msg": (\[\n.*?\n    \])', re.DOTALL)
_RECAP = re.compile(r"^(\S+)\s+: ok=(\d+)\s+changed=(\d+)\s+unreachable=(\d+)\s+failed=(\d+)", re.MULTILINE)


@dataclasses.dataclass(frozen=True)
class Run:
    """A run of ansible-playbook that has ended. I(seconds) is its whole time, from start to exit."""

    rc: int
    output: str
    seconds: float

    @property
    def said(self) -> list[str]:
        """The last text of several lines: what became of each host, or the table of status.yml. Empty without one."""
        found = _SAID.findall(self.output)
        return t.cast("list[str]", json.loads(found[-1])) if found else []

    @property
    def changed(self) -> dict[str, int]:
        """Changed tasks of each host, from the recap."""
        return {name: int(changed) for name, _ok, changed, _away, _failed in _RECAP.findall(self.output)}

    @property
    def failed(self) -> set[str]:
        return {name for name, _ok, _changed, away, failed in _RECAP.findall(self.output) if int(away) + int(failed)}


@dataclasses.dataclass(frozen=True)
class Controller:
    """One ansible-core, an inventory and the variables of a group C(app)."""

    inventory: Path
    variables: t.Mapping[str, t.Any]
    binaries: Path = Path(sys.executable).parent

    def with_core(self, core: str) -> Controller:
        """The test is skipped where there is none."""
        binaries = ROOT / ".venv" / f"core-{core}" / "bin"
        if not binaries.exists():
            pytest.skip(f"no Python here runs ansible-core {core}")
        return dataclasses.replace(self, binaries=binaries)

    def play(self, playbook: str, *arguments: str, timeout: float = 300, **variables: t.Any) -> Run:
        """Run I(playbook), a name of this collection or a path, with extra I(variables) over the group's."""
        began = time.monotonic()
        done = subprocess.run(
            self.command(playbook, *arguments, **variables),
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=timeout,
            check=False,
        )
        return Run(done.returncode, done.stdout, time.monotonic() - began)

    def command(self, playbook: str, *arguments: str, **variables: t.Any) -> list[str]:
        extra = json.dumps({**self.variables, **variables})
        program = str(self.binaries / "ansible-playbook")
        return [program, "-i", str(self.inventory), playbook, "-e", extra, *arguments]


def inventory(folder: Path, hosts: Path) -> Path:
    """An inventory as the README has it, made in I(folder): I(hosts), and inventory.example's variables beside them."""
    (folder / "hosts.yml").symlink_to(hosts)
    (folder / "group_vars").symlink_to(ROOT / "inventory.example" / "group_vars")
    return folder


def environment() -> dict[str, str]:
    """Nothing of the user's own Ansible settings, but what a test sets; the collection is this working tree."""
    kept = {name: value for name, value in os.environ.items() if name not in _ANSIBLE_BEFORE}
    return {
        **kept,
        "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".venv" / "collections"),
        "ANSIBLE_CONFIG": str(ROOT / "inventory.example" / "ansible.cfg"),
        "ANSIBLE_NOCOLOR": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
