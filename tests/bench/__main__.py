# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The bench's command line: python3 tests/bench [--turns N] [--json FILE] [--tasks] [--keep]."""

from __future__ import annotations

import argparse
import itertools
import json
import os
import sys
import time
import typing as t
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # run as a folder, we are no package yet

from lab import Fleet, LabError, ending

import bench
from bench import floor, playbooks, results, stage
from bench.playbooks import Step
from bench.results import Requests

LAB = os.environ.get("LAB_NAME", "bench")


class Deploy(t.NamedTuple):
    seconds: float
    steps: list[Step]
    requests: Requests


CONTESTANTS: dict[str, t.Callable[[Fleet, str], list[Step] | None]] = {
    "floor": floor.deploy,
    "recipe": playbooks.recipe,
    "ours": playbooks.ours,
}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests/bench", description=bench.__doc__)
    turns = "counted turns of each, after one that is not (default: 4)"
    parser.add_argument("--turns", type=int, default=4, choices=range(1, 101), metavar="N", help=turns)
    parser.add_argument("--tasks", action="store_true", help="also print where the playbooks' time goes, task by task")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every measured second there")
    parser.add_argument("--only", choices=CONTESTANTS, action="append", help="these alone, without a verdict")
    parser.add_argument("--keep", action="store_true", help=f"leave the lab {LAB} up")
    return parser.parse_args()


def measure(fleet: Fleet, names: t.Sequence[str], turns: int) -> dict[str, list[Deploy]]:
    """Deploy after deploy, the contestants in turn; what the first turn took is thrown away."""
    found: dict[str, list[Deploy]] = {name: [] for name in names}
    versions = itertools.cycle(stage.VERSIONS)
    for turn in range(turns + 1):
        for name in names:
            version = next(versions)
            fleet.keys.close_connections()  # a deploy begins without any
            with stage.traffic(fleet) as traffic:
                began = time.monotonic()
                steps = CONTESTANTS[name](fleet, stage.image(fleet, version)) or []
                seconds = time.monotonic() - began
                stage.verify(fleet, version)
                report = traffic.stop()
            deploy = Deploy(seconds, steps, Requests(report.ok_2xx, report.lost))
            label = f"turn {turn}" if turn else "warm-up"
            said = f"{report.lost:>4} lost   load {os.getloadavg()[0]:.1f}"
            print(f"{label:<8} {name:<8}{deploy.seconds:>7.2f} s {said}", flush=True)
            if turn:
                found[name].append(deploy)
    return found


def tell(found: t.Mapping[str, t.Sequence[Deploy]], options: argparse.Namespace) -> int:
    """Print and write what was found; the exit code."""
    times = {name: [deploy.seconds for deploy in deploys] for name, deploys in found.items()}
    requests = {name: results.together(deploy.requests for deploy in deploys) for name, deploys in found.items()}
    steps = {name: [deploy.steps for deploy in deploys] for name, deploys in found.items() if name != "floor"}
    facts: dict[str, t.Any] = {
        "seconds": times,
        "tasks": {name: results.breakdown(turns) for name, turns in steps.items()},
        "requests": {name: counted._asdict() for name, counted in requests.items()},
        "targets": results.targets(times, requests) if found.keys() == CONTESTANTS.keys() else {},
    }
    if options.json:
        options.json.write_text(json.dumps(facts, indent=2) + "\n")
    for name, turns in steps.items() if options.tasks else ():
        print("", *results.breakdown_report(name, turns), sep="\n")
    if facts["targets"]:
        print("", *results.report(times, requests), sep="\n")
    return 0 if all(target["met"] for target in facts["targets"].values()) else 1


def run(options: argparse.Namespace) -> int:
    names = [name for name in CONTESTANTS if not options.only or name in options.only]
    if "recipe" in names:
        playbooks.make_recipe_environment()
    with Fleet.own(LAB, keep=options.keep) as fleet:
        stage.prepare(fleet)
        found = measure(fleet, names, options.turns)
    return tell(found, options)


def main() -> int:
    ending.in_order()
    try:
        return run(arguments())
    except LabError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
