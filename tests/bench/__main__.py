# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The bench's command line: python3 tests/bench [--turns N] [--json FILE] [--tasks] [--keep]."""

from __future__ import annotations

import argparse
import itertools
import json
import os
import signal
import sys
import time
import typing as t
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # run as a folder, we are no package yet

from lab import Fleet, LabError
from lab.fleet import take_down

import bench
from bench import floor, playbooks, results, stage
from bench.playbooks import Step

LAB = "bench"

CONTESTANTS: dict[str, t.Callable[[Fleet, str], list[Step] | None]] = {
    "floor": floor.deploy,
    "recipe": playbooks.recipe,
    "ours": playbooks.ours,
}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests/bench", description=bench.__doc__)
    parser.add_argument(
        "--turns", type=int, default=4, help="counted turns of each, after one that is not (default: 4)"
    )
    parser.add_argument("--tasks", action="store_true", help="also print where the playbooks' time goes, task by task")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every measured second there")
    parser.add_argument("--only", choices=CONTESTANTS, action="append", help="these alone, without a verdict")
    parser.add_argument("--keep", action="store_true", help=f"leave the lab {LAB} up")
    return parser.parse_args()


def measure(fleet: Fleet, names: t.Sequence[str], turns: int) -> dict[str, list[tuple[float, list[Step]]]]:
    """Deploy after deploy, the contestants in turn; what the first turn took is thrown away."""
    found: dict[str, list[tuple[float, list[Step]]]] = {name: [] for name in names}
    versions = itertools.cycle(stage.VERSIONS)
    for turn in range(turns + 1):
        for name in names:
            version = next(versions)
            fleet.keys.close_connections()  # a deploy begins without any
            began = time.monotonic()
            steps = CONTESTANTS[name](fleet, stage.image(fleet, version)) or []
            took = time.monotonic() - began
            stage.verify(fleet, version)
            print(f"{f'turn {turn}' if turn else 'warm-up':<8} {name:<8}{took:>7.2f} s", flush=True)
            if turn:
                found[name].append((took, steps))
    return found


def run(options: argparse.Namespace) -> int:
    names = [name for name in CONTESTANTS if not options.only or name in options.only]
    if "recipe" in names:
        playbooks.make_recipe_environment()
    load = f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f} before the first deploy"
    print(load, flush=True)
    try:
        fleet = Fleet.up(LAB)
        stage.prepare(fleet)
        found = measure(fleet, names, options.turns)
    finally:
        if not options.keep:
            take_down(LAB)
    times = {name: [took for took, _ in turns] for name, turns in found.items()}
    steps = {name: [steps for _, steps in turns] for name, turns in found.items() if name != "floor"}
    print()
    for name, turns in steps.items() if options.tasks else ():
        print("\n".join(results.breakdown_report(name, turns)), end="\n\n")
    complete = len(names) == len(CONTESTANTS)
    if options.json:
        facts = {
            "machine": load,
            "seconds": times,
            "tasks": {name: results.breakdown(turns) for name, turns in steps.items()},
        }
        if complete:
            facts["targets"] = results.targets(times)
        options.json.write_text(json.dumps(facts, indent=2) + "\n")
    if not complete:
        return 0
    print("\n".join(results.report(times)))
    return 0 if all(target["met"] for target in results.targets(times).values()) else 1


def main() -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that a bench that is ended cleans up
    try:
        return run(arguments())
    except LabError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
