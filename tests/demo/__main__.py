# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The demo's command line: python tests/demo [--verbose] [--keep] [--svg FILE]. See make demo."""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import sys
import textwrap
import time
import typing as t
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # run as a folder, we are no package yet

from controller import ROOT, Controller, Run, inventory
from lab import Fleet, LabError, ending, images, places, requirements
from lab.fleet import take_down
from site_under_test import Site

from demo import picture, timeline
from demo.story import Story
from demo.timeline import Timeline

LAB = os.environ.get("LAB_NAME", "demo")
LOG = ROOT / ".cache" / "demo.log"
OLD, NEW, BAD = "hello:v1", "hello:v2", "hello:crashes"


class Wrong(Exception):
    """The demo has not shown what it promises."""


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests/demo", description="A rollout under load, on real hosts.")
    parser.add_argument("--verbose", action="store_true", help="show Ansible's own output as well")
    parser.add_argument("--keep", action="store_true", help="leave the lab up, and say how to look at it")
    parser.add_argument("--svg", type=Path, metavar="FILE", help="draw the rollout of v2 there")
    return parser.parse_args()


def run(options: argparse.Namespace, log: t.TextIO) -> None:
    if places.home(LAB).exists():
        with doing("Removing the lab that an earlier demo left"):
            take_down(LAB)
    built = (places.cache() / f"images-{images.inputs_key()}.tar").exists()
    with doing(
        "Bringing up three hosts, a load balancer and a registry" + ("" if built else "; building images first")
    ):
        fleet = Fleet.up(LAB)
    folder = fleet.home / "site"
    folder.mkdir()
    site = Site(fleet, Controller(inventory(folder, fleet.inventory), {}))
    story = Story(site, log, *([sys.stdout] if options.verbose else []))
    first_deploy(site, story)
    rolled = rollout(site, story)
    if options.svg:
        options.svg.write_text(picture.draw(rolled))
    crash(site, story)


def first_deploy(site: Site, story: Story) -> None:
    with doing(f"Deploying {OLD} onto hosts that run nothing yet"):
        done = story.deploy(OLD)
    check(done, [f"{host} answers in {now!r}" for host, now in site.versions().items() if now != "v1"])


def rollout(site: Site, story: Story) -> Timeline:
    with doing(f"Deploying {NEW} while clients ask without a pause"):
        done, seen = story.deploy_under_load(NEW)
    show(timeline.text(seen))
    check(done, timeline.wrong(seen, dict.fromkeys(site.versions(), "v2"), least=2))
    return seen


def crash(site: Site, story: Story) -> None:
    before = site.containers()
    with doing(f"Deploying {BAD}, which can't start, in the same way"):
        done, seen = story.deploy_under_load(BAD)
    show([*timeline.text(seen), "", "The rollout's own account:", *(f"  {line}" for line in done.said)])
    wrong = timeline.wrong(seen, dict.fromkeys(site.versions(), "v2"), least=2)
    if site.containers() != before:
        wrong.append("some container is another than before")
    check(done, wrong, fails=True)


def check(done: Run, wrong: list[str], *, fails: bool = False) -> None:
    """Wrong, with the last words of Ansible, unless it C(fails) as it should and nothing else is C(wrong)."""
    if (done.rc != 0) != fails:
        print("\n", *done.output.splitlines(keepends=True)[-40:], sep="")
        wrong = [f"ansible-playbook ended with {done.rc}, and its last lines stand above", *wrong]
    if wrong:
        raise Wrong("; ".join(wrong))


@contextlib.contextmanager
def doing(what: str) -> t.Iterator[None]:
    began = time.monotonic()
    print(f"{what} ...", flush=True)
    yield
    print(f"    {time.monotonic() - began:.1f} s", flush=True)


def show(lines: t.Iterable[str]) -> None:
    print()
    for line in lines:
        indent = " " * (4 + len(line) - len(line.lstrip()))
        print(textwrap.fill(line.strip(), 116, initial_indent=indent, subsequent_indent=indent))
    print(flush=True)


def leave(keep: bool) -> None:
    """Take the lab down, or say what can be done with it. Not to be interrupted: it would leave half of it."""
    for number in (signal.SIGINT, *ending.SIGNALS):
        signal.signal(number, signal.SIG_IGN)
    if not places.home(LAB).exists():
        return
    if keep:
        print(f"The lab is up. See it: python3 tests/lab --name {LAB} status; remove it: the same with down.")
    else:
        with doing("Removing the lab"):
            take_down(LAB)


def main() -> int:
    options = arguments()
    os.environ["PATH"] = requirements.PATH  # a root shell made by su may lack /usr/sbin
    ending.in_order()
    try:
        requirements.check()
        LOG.parent.mkdir(exist_ok=True)
        with places.held(places.home(LAB)), LOG.open("w") as log:
            try:
                run(options, log)
            finally:
                leave(options.keep)
    except (LabError, Wrong) as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    print(f"No request was lost, and every host runs what it should. What Ansible printed: {LOG.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
