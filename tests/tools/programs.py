# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Programs without which there is no going on: one that fails ends us with what it said, and no traceback."""

from __future__ import annotations

import subprocess
import sys
import typing as t

VENV = "On Debian and Ubuntu: apt-get install python3-venv"
INDEX = "pip needs PyPI, or an index of yours in PIP_INDEX_URL; behind a proxy, HTTPS_PROXY."


def run(command: t.Sequence[str], advice: str) -> None:
    """C(advice) is what to do when it fails."""
    done = subprocess.run(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout.strip()}\n{advice}")
