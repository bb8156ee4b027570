# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Process 1 of a lab host: makes the mounts, says "ready", reaps. It runs as a script inside fresh namespaces.

A host sees this machine's files; what it writes is its own: /run and /tmp are its own folders, the rest of what a host
writes to are overlays whose upper layers lie in the host's home. All of it ends with this process.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

OVERLAYS = ("etc", "home", "opt", "srv", "usr/local", "var")
"""Folders in which a host's writes are kept apart."""

PLAIN = {"tmp": "/tmp", "root": "/root", "docker": "/var/lib/docker"}  # noqa: S108
"""Own folders instead of overlays: an engine's overlay2 cannot stack on another overlay, and what the owner of this
machine has a shell do at each login (a version manager costs 0.1 s) must not be done at each login on a host."""


def mount(*argv: str) -> None:
    subprocess.run(["mount", *argv], check=True)


def own_mounts(home: Path) -> None:
    """Give this mount namespace its own face. /run/machine leads to the home from under the overlay of /var."""
    machine = Path("/run/machine")
    (home / "run" / machine.name).mkdir(parents=True, exist_ok=True)
    mount("--bind", str(home / "run"), "/run")
    mount("--bind", str(home), str(machine))
    for name in OVERLAYS:
        if not Path("/", name).is_dir():
            continue
        upper, work = machine / "upper" / name, machine / "work" / name
        for folder in (upper, work):
            folder.mkdir(parents=True, exist_ok=True)
        upper.chmod(Path("/", name).stat().st_mode)
        mount("-t", "overlay", "-o", f"lowerdir=/{name},upperdir={upper},workdir={work}", "overlay", f"/{name}")
    for name, target in PLAIN.items():
        (machine / name).mkdir(exist_ok=True)
        Path(target).mkdir(parents=True, exist_ok=True)
        mount("--bind", str(machine / name), target)
    Path("/tmp").chmod(0o1777)  # noqa: S108


def main() -> None:
    home = Path(sys.argv[1])
    subprocess.run(["hostname", home.name], check=True)
    if (home / "run").is_dir():
        own_mounts(home)
    os.write(1, b"ready\n")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel reaps orphans for us: signal(2)
    while True:
        signal.pause()


if __name__ == "__main__":
    main()
