# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab's command line: python3 tests/lab up|down|status|images|inventory|requirements."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parent.parent)  # run as a folder, we are no package yet

from lab import Fleet, LabError, ending, images, requirements  # noqa: E402
from lab.errors import RequirementMissing  # noqa: E402
from lab.fleet import take_down  # noqa: E402


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests/lab", description="A fleet of real hosts on this machine.")
    parser.add_argument("--name", default="zd", help="several labs may be up at once (default: zd)")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, description: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=description, description=description)
        sub.add_argument("--name", default=argparse.SUPPRESS, help="of the lab (default: zd)")
        return sub

    up = command("up", "bring it up, or what is missing of it")
    up.add_argument("--hosts", type=int, default=3)
    up.add_argument("--balancers", type=int, default=1)
    command("down", "remove all of it, whatever state it is in; built images stay cached")
    command("status", "a line for each host")
    command("images", "build and push what is missing or has changed")
    command("inventory", "print the inventory's path")
    needs = command("requirements", "print which programs are missing")
    needs.add_argument("--install", action="store_true", help="install them with apt; starts no service")
    return parser.parse_args()


def run(options: argparse.Namespace) -> None:
    if options.command == "requirements":
        requirements.install() if options.install else requirements.check()
    elif options.command == "down":
        requirements.be_root()
        take_down(options.name)
    elif options.command == "up":
        requirements.check()
        print("\n".join(Fleet.up(options.name, options.hosts, options.balancers).status()))
    else:
        fleet = Fleet.attach(options.name)
        if options.command == "images":
            images.ensure(fleet)
        elif options.command == "inventory":
            print(fleet.inventory)
        else:
            print("\n".join(fleet.status()))


def main() -> int:
    os.environ["PATH"] = requirements.PATH  # a root shell made by su may lack /usr/sbin
    ending.in_order()
    try:
        run(arguments())
    except LabError as error:
        print(f"lab: {error}", file=sys.stderr)
        return 2 if isinstance(error, RequirementMissing) else 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
