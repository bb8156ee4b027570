# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The bench's command line: python3 tests/bench [--scenario NAME] [--only NAME] [--tasks] [--json FILE] ..."""

from __future__ import annotations

import argparse
import json
import os
import sys
import typing as t
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # run as a folder, we are no package yet

from lab import Fleet, LabError, ending

import bench
from bench import playbooks, results, stage
from bench.measure import CONTESTANTS, measure
from bench.results import Deploys, Verdict
from bench.scenarios import SCENARIOS, Scenario

LAB = os.environ.get("LAB_NAME", "bench")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests/bench", description=bench.__doc__)
    parser.add_argument("--scenario", choices=SCENARIOS, action="append", help="these alone (default: all)")
    turns = "counted turns of each contestant, after one that is not (default: the scenario's)"
    parser.add_argument("--turns", type=int, choices=range(1, 101), metavar="N", help=turns)
    parser.add_argument("--tasks", action="store_true", help="also print where the playbooks' time goes, task by task")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every measured second there")
    parser.add_argument("--only", choices=CONTESTANTS, action="append", help="these contestants, without a verdict")
    parser.add_argument("--keep", action="store_true", help=f"leave the (last) lab {LAB} up")
    return parser.parse_args()


def run(options: argparse.Namespace) -> int:
    facts: dict[str, t.Any] = {}
    for key, scenario in SCENARIOS.items():
        names = [name for name in scenario.contestants if not options.only or name in options.only]
        if names and (not options.scenario or key in options.scenario):
            found = measure_scenario(scenario, names, options)
            judged = results.verdicts(found, scenario.targets) if len(names) == len(scenario.contestants) else []
            tell(scenario, found, judged, options)
            facts[key] = in_json(found, judged)
    if options.json:
        options.json.write_text(json.dumps(facts, indent=2) + "\n")
    return 0 if all(verdict["met"] for scenario in facts.values() for verdict in scenario["targets"]) else 1


def measure_scenario(scenario: Scenario, names: t.Sequence[str], options: argparse.Namespace) -> Deploys:
    if {"recipe", "recipe-without-facts"}.intersection(names):
        playbooks.make_recipe_environment()
    print(f"{scenario.title}:", flush=True)
    with Fleet.own(LAB, scenario.hosts, keep=options.keep) as fleet:
        stage.prepare(fleet, scenario.service)
        return measure(fleet, scenario, names, options.turns or scenario.turns)


def tell(scenario: Scenario, found: Deploys, judged: t.Sequence[Verdict], options: argparse.Namespace) -> None:
    steps = {name: [deploy.steps for deploy in deploys] for name, deploys in found.items() if name != "floor"}
    for name, turns in steps.items() if options.tasks else ():
        print("", *results.breakdown_report(name, turns), sep="\n")
    print("", *results.report(scenario, found, judged), "", sep="\n", flush=True)


def in_json(found: Deploys, judged: t.Sequence[Verdict]) -> dict[str, t.Any]:
    contestants = {
        name: {
            **{figure: [getattr(deploy, figure) for deploy in deploys] for figure in ("seconds", "cpu", "out")},
            "requests": results.together(deploys)._asdict(),
            "tasks": results.breakdown([deploy.steps for deploy in deploys]),
        }
        for name, deploys in found.items()
    }
    return {"contestants": contestants, "targets": [verdict._asdict() for verdict in judged]}


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
