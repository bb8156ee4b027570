# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Python with the newest Docker SDK, beside the distribution's: both ends of the supported range get tested."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from . import places

SYSTEM_PYTHON = "/usr/bin/python3"


def _home() -> Path:
    return places.cache() / "sdk"


def newest_python() -> str:
    """The interpreter to run modules with where the newest SDK is wanted; the system's if none could be made."""
    python = _home() / "bin" / "python"
    return str(python) if python.exists() else SYSTEM_PYTHON


def make() -> None:
    """Make it once. Without pip or an index to install from the lab works as well, with one SDK less: it says so."""
    home = _home()
    with places.locked(places.cache()):
        if home.exists():
            return
        draft = home.with_suffix(".draft")
        shutil.rmtree(draft, ignore_errors=True)
        steps = [
            [SYSTEM_PYTHON, "-m", "venv", str(draft)],
            [str(draft / "bin" / "pip"), "install", "--quiet", "docker>=7", "requests"],
        ]
        for step in steps:
            done = subprocess.run(step, text=True, capture_output=True, check=False)
            if done.returncode:
                print(f"Without a newer Docker SDK: {' '.join(step)}: {done.stderr.strip()[-300:]}", file=sys.stderr)
                return
        draft.rename(
            home
        )  # python in a virtual environment finds itself by pyvenv.cfg; only its scripts are bound to a path
