# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run ansible-test on a copy of the working tree, in the kind of path that it demands.

    python3 tests/tools/ansible_test.py [--core X.Y] sanity [ARGUMENT ...]

Two traps, both of which end in a green run that tested nothing: a path inside a folder that git ignores ("All targets
skipped", exit 0), so the copy lives outside; and a missing shellcheck (a warning, exit 0), so we bring it.
Standard library only.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

import programs  # noqa: E402
from lab import ending  # noqa: E402

CACHE = ROOT / ".cache" / "ansible-test"
NO_SOURCE = (".ansible", ".cache", ".git", ".mypy_cache", ".ruff_cache", ".venv")


def source() -> list[bytes]:
    """Every file that git knows or would know; without git, or its word (a tarball), all but NO_SOURCE."""
    with contextlib.suppress(OSError, subprocess.CalledProcessError):
        listed = subprocess.run(
            ["git", "ls-files", "-z", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, check=True
        )
        if here := [name for name in listed.stdout.split(b"\0") if name and os.path.lexists(ROOT / os.fsdecode(name))]:
            return here
    return [os.fsencode(path.name) for path in ROOT.iterdir() if path.name not in NO_SOURCE]


def copy_to(folder: Path) -> Path:
    """The source, in I(folder)/ansible_collections/zero/downtime."""
    tree = folder / "ansible_collections" / "zero" / "downtime"
    tree.mkdir(parents=True)
    pack = subprocess.run(
        ["tar", "--null", "-T", "-", "-cf", "-"], cwd=ROOT, input=b"\0".join(source()), capture_output=True, check=True
    )
    subprocess.run(["tar", "-xf", "-"], cwd=tree, input=pack.stdout, check=True)
    return tree


def bring_pip(venv: Path, home: Path) -> None:
    """ansible-test fetches get-pip.py from a host of its own, which not every network reaches.

    It looks into its cache first. So a script of that name goes there, which runs pip out of the wheel beside it.
    """
    source = next(venv.glob("lib/python3.*/site-packages/ansible_test/_internal/python_requirements.py"))
    number = re.search(r"pip='([\d.]+)'", source.read_text())[1]
    cache = home / ".ansible" / "test" / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    script = cache / f"get_pip_{number.replace('.', '_')}.py"
    if script.exists():
        return
    download = [str(venv / "bin" / "pip"), "download", "--quiet", "--no-deps", "--dest", str(cache), f"pip=={number}"]
    programs.run(download, programs.INDEX)
    script.write_text(
        "import os, runpy, sys\n"
        f"sys.path.insert(0, os.path.join(os.path.dirname(__file__), 'pip-{number}-py3-none-any.whl'))\n"
        "sys.argv = ['pip', 'install'] + [a for a in sys.argv[1:] if a not in ('--no-setuptools', '--no-wheel')]\n"
        "runpy.run_module('pip', run_name='__main__', alter_sys=True)\n"
    )


def output_of(command: list[str], tree: Path, environment: dict[str, str]) -> tuple[int, str]:
    """Exit code and everything it said. It and what it starts end with us."""
    with subprocess.Popen(
        command,
        cwd=tree,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as run:
        try:
            said, _none = run.communicate()
        except BaseException:
            os.killpg(run.pid, signal.SIGTERM)
            raise
    return run.returncode, said


def main() -> int:
    ending.in_order()
    parser = argparse.ArgumentParser(description="ansible-test on a copy of the working tree.")
    parser.add_argument("--core", metavar="X.Y", help="with the one of .venv/core-X.Y; by default the newest")
    options, arguments = parser.parse_known_args()
    venv = ROOT / ".venv" / (f"core-{options.core}" if options.core else "newest")
    home = CACHE / "home"
    bring_pip(venv, home)
    pythons = sorted(str(path) for path in Path.home().glob(".pyenv/versions/3.*/bin"))
    inherited = [part for part in os.environ["PATH"].split(os.pathsep) if "pyenv/shims" not in part]
    path = [str(venv / "bin"), *inherited, *pythons]
    environment = {**os.environ, "HOME": str(home), "PATH": os.pathsep.join(path)}
    with tempfile.TemporaryDirectory(prefix="zero-downtime-") as folder:
        tree = copy_to(Path(folder))
        command = [str(venv / "bin" / "ansible-test"), *arguments, "--color", "no"]
        code, said = output_of(command, tree, environment)
        print(said)
        if "All targets skipped" in said:
            print("ansible-test skipped everything: that is a failure", file=sys.stderr)
            return 1
        return code


if __name__ == "__main__":
    sys.exit(main())
