# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One virtual environment for each ansible-core that is supported, as far as this machine's Pythons allow.

    python3 tests/tools/environments.py            all of them, the newest with the linters; prints which can't be had
    python3 tests/tools/environments.py --newest   only the newest, without linters; prints its folder

They live in .venv/core-X.Y and are made again when what they hold has changed. Standard library only.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import typing as t
from pathlib import Path

import programs

ROOT = Path(__file__).resolve().parents[2]
REQUIREMENTS = ROOT / "tests" / "requirements"

# ansible_test/_util/target/common/constants.py of each release: the Pythons that its controller runs on.
PYTHONS: dict[str, tuple[str, ...]] = {
    "2.16": ("3.11", "3.12", "3.10"),
    "2.17": ("3.11", "3.12", "3.10"),
    "2.18": ("3.12", "3.11", "3.13"),
    "2.19": ("3.12", "3.11", "3.13"),
    "2.20": ("3.12", "3.13", "3.14"),
    "2.21": ("3.12", "3.13", "3.14"),
}
# Each boundary: the oldest supported, the new templating engine, the newest.
TESTED = ("2.16", "2.19", "2.21")


def interpreter(version: str) -> str | None:
    """A Python of I(version) that runs and can make virtual environments; on PATH, or among pyenv's."""
    candidates = [shutil.which(f"python{version}"), shutil.which("python3"), "/usr/bin/python3"]
    candidates += sorted(map(str, Path.home().glob(f".pyenv/versions/{version}.*/bin/python")), reverse=True)
    probe = "import ensurepip, sys, venv; print('%d.%d' % sys.version_info[:2])"
    ours = str(ROOT / ".venv")  # an activated environment must not be made anew from itself
    for candidate in [each for each in candidates if each and not each.startswith(ours)]:
        # pyenv's shims exist for versions that are not active, and fail.
        said = subprocess.run([candidate, "-c", probe], capture_output=True, text=True, check=False)
        if said.stdout.strip() == version:
            return candidate
    return None


def python_for(core: str) -> str | None:
    return next(filter(None, map(interpreter, PYTHONS[core])), None)


def newest() -> str:
    """The newest ansible-core that a Python of this machine runs."""
    for core in sorted(PYTHONS, key=lambda text: int(text.split(".")[1]), reverse=True):
        if python_for(core):
            return core
    wanted = sorted(
        {version for versions in PYTHONS.values() for version in versions}, key=lambda v: int(v.split(".")[1])
    )
    sys.exit(f"No Python of {', '.join(wanted)} with venv here. {programs.VENV}")


def make(core: str, *, lint: bool) -> Path:
    """The folder of the environment for I(core), made anew if it does not hold what it should."""
    folder = ROOT / ".venv" / f"core-{core}"
    python = t.cast("str", python_for(core))
    packages = [f"ansible-core~={core}.0", *_packages("core"), *(_packages("lint") if lint else [])]
    stamp = folder / "holds.txt"
    if not stamp.exists() or not {python, *packages} <= set(stamp.read_text().splitlines()):
        print(f"Making the environment {folder.relative_to(ROOT)} ...", file=sys.stderr, flush=True)
        programs.run([python, "-m", "venv", "--clear", str(folder)], programs.VENV)
        pip = [str(folder / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check"]
        programs.run([*pip, *packages], programs.INDEX)
        stamp.write_text("\n".join([python, *packages]) + "\n")
    return folder


def _packages(name: str) -> list[str]:
    lines = (REQUIREMENTS / f"{name}.txt").read_text().splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def link_collection() -> None:
    """.venv/collections is where Ansible and Python find this very working tree as zero.downtime."""
    namespace = ROOT / ".venv" / "collections" / "ansible_collections" / "zero"
    namespace.mkdir(parents=True, exist_ok=True)
    link = namespace / "downtime"
    if not link.is_symlink():
        link.symlink_to(Path("../../../.."))


def link_newest(core: str) -> None:
    """.venv/newest is where the Makefile finds it."""
    link, wanted = ROOT / ".venv" / "newest", f"core-{core}"
    if link.is_symlink() and os.readlink(link) == wanted:
        return
    draft = link.with_name("newest.draft")
    draft.unlink(missing_ok=True)
    draft.symlink_to(wanted)
    draft.replace(link)  # at no moment is there none: another job may be using it


def main() -> None:
    parser = argparse.ArgumentParser(description=re.split(r"\n\n", __doc__ or "")[0])
    parser.add_argument("--newest", action="store_true", help="only the newest, without linters")
    options = parser.parse_args()
    link_collection()
    best = newest()
    if options.newest:
        print(make(best, lint=False))
        link_newest(best)
        return
    for core in dict.fromkeys([*TESTED, best]):
        if python_for(core) is None:
            print(f"ansible-core {core}: not tested here, for it needs Python {' or '.join(PYTHONS[core])}")
        else:
            print(f"ansible-core {core}: {make(core, lint=core == best).relative_to(ROOT)}")
    link_newest(best)


if __name__ == "__main__":
    main()
