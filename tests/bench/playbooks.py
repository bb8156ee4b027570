# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The contestants that are playbooks, and where their time goes."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import tempfile
import time
import typing as t
from pathlib import Path

from lab import Fleet, LabError
from tools import programs

from .results import Step
from .scenarios import Scenario

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
NEWEST = ROOT / ".venv" / "newest" / "bin"
RECIPE_HOME = ROOT / ".venv" / "bench"
REQUIREMENTS = ROOT / "tests" / "requirements" / "bench.txt"
LIMIT = 180
"""Seconds after which a playbook is ended."""

START = "(ansible-playbook starts)"


def ours(fleet: Fleet, image: str, scenario: Scenario) -> tuple[float, list[Step]]:
    sizes = {"rollout_batches": [scenario.batch], "rollout_min_healthy": scenario.hosts - scenario.batch}
    variables = [f"@{HERE / scenario.service.settings}", json.dumps({"rollout_image": image, **sizes})]
    return play(fleet, NEWEST, "zero.downtime.deploy", variables)


def recipe(fleet: Fleet, image: str, scenario: Scenario, facts: bool = True) -> tuple[float, list[Step]]:
    variables = {"image": image, "batch": scenario.batch, "facts": facts}
    return play(fleet, RECIPE_HOME / "bin", str(HERE / "recipe.playbook"), [json.dumps(variables)])


def recipe_without_facts(fleet: Fleet, image: str, scenario: Scenario) -> tuple[float, list[Step]]:
    return recipe(fleet, image, scenario, facts=False)


def play(fleet: Fleet, folder: Path, playbook: str, variables: t.Sequence[str]) -> tuple[float, list[Step]]:
    """Run C(playbook) with the ansible-playbook of C(folder); LabError with its last words when it fails.

    The processor's seconds are those of ansible-playbook and all its children; of a kept SSH connection, which
    outlives it, they are not.
    """
    command = [program(folder, "ansible-playbook"), "--inventory", str(fleet.inventory), playbook]
    command += [word for text in variables for word in ("--extra-vars", text)]
    with tempfile.NamedTemporaryFile("r", prefix="bench-") as times:
        began, before = time.time(), _cpu_of_children()
        try:
            done = subprocess.run(
                command, env=environment(times.name), text=True, timeout=LIMIT, check=False,
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            )  # fmt: skip
        except subprocess.TimeoutExpired as error:
            raise LabError(f"{playbook} was still running after {LIMIT} s") from error
        ended, cpu = time.time(), _cpu_of_children() - before
        if done.returncode:
            raise LabError(f"{playbook} ended with {done.returncode}:\n{done.stdout[-4000:]}")
        return cpu, steps([json.loads(line) for line in times], began, ended, cpu)


def _cpu_of_children() -> float:
    """Seconds of the processor that children of this process which have ended took, their own children included."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def program(folder: Path, name: str) -> str:
    if not (folder / name).exists():
        raise LabError(f"There is no {folder / name}: run make environments first")
    return str(folder / name)


def environment(times: str) -> dict[str, str]:
    """The caller's, but for what would change how Ansible runs."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
    return {
        **kept,
        "ANSIBLE_CONFIG": str(HERE / "ansible.cfg"),
        "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".venv" / "collections"),
        "BENCH_TIMES": times,
    }


def steps(notes: t.Sequence[t.Mapping[str, t.Any]], began: float, ended: float, cpu: float) -> list[Step]:
    """From what the callback bench_times noted, in order. They add up to C(ended - began) and to C(cpu)."""
    found = []
    name, since, used, in_module = START, began, 0.0, 0.0
    for note in [*notes, {"at": ended, "cpu": cpu, "begins": ""}]:
        if "begins" in note:
            found.append(Step(name, note["at"] - since, in_module, note["cpu"] - used))
            name, since, used, in_module = note["begins"], note["at"], note["cpu"], 0.0
        else:
            in_module += note["module"]
    return found


def make_recipe_environment() -> None:
    """Once, and again when the requirements or the Python have changed."""
    python = program(NEWEST, "python")
    wanted = f"{Path(python).resolve()}\n{REQUIREMENTS.read_text()}"
    stamp = RECIPE_HOME / "holds.txt"
    if stamp.exists() and stamp.read_text() == wanted:
        return
    print("Setting up the recipe's environment ...", flush=True)
    programs.run([python, "-m", "venv", "--clear", str(RECIPE_HOME)], programs.VENV)
    pip = [program(RECIPE_HOME / "bin", "pip"), "install", "--quiet", "--disable-pip-version-check"]
    programs.run([*pip, "--requirement", str(REQUIREMENTS)], programs.INDEX)
    stamp.write_text(wanted)
