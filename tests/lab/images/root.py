# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of the base image: packages of this machine's own distribution, unpacked."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import typing as t
from pathlib import Path

from .. import places
from ..errors import LabError
from ..tied import tied

PACKAGES = ("coreutils", "dash", "nginx-light", "python3")
LEFT_OUT = ("doc", "info", "lintian", "locale", "man", "perl5", "vim")
"""Of /usr/share."""


def ensure() -> Path:
    """root.tar, made when this machine has none of its release yet: about 65 MB in 10 to 20 s."""
    folder = places.cache() / f"root-{codename()}-{platform.machine()}"
    archive = folder / "root.tar"
    if archive.exists():
        return archive
    shutil.rmtree(folder, ignore_errors=True)  # of one that was interrupted
    work = folder / "work"
    work.mkdir(parents=True)
    draft = folder / "draft.tar"
    # In a PID namespace, so that when we are killed everything it started goes too.
    command = tied(["unshare", "--pid", "--fork", "--kill-child", "--mount-proc", "mmdebstrap", "--quiet"])
    command += ["--variant=extract", f"--include={','.join(PACKAGES)}"]
    command += [f"--dpkgopt=path-exclude=/usr/share/{name}/*" for name in LEFT_OUT]
    command += [codename(), str(draft), "-"]
    environment = {**os.environ, "TMPDIR": str(work)}
    done = subprocess.run(command, input=sources(), env=environment, text=True, capture_output=True, check=False)
    if done.returncode:
        raise LabError(f"mmdebstrap failed; is the archive of {codename()} within reach? {done.stderr.strip()[-1000:]}")
    draft.rename(archive)
    shutil.rmtree(work)
    return archive


def codename() -> str:
    """bookworm, noble ..."""
    return _os_release("VERSION_CODENAME")


def sources() -> str:
    """The lines of sources.list that this machine itself is installed from."""
    command = ["apt-get", "indextargets", "--format", "$(REPO_URI) $(RELEASE) $(COMPONENT)", "Identifier: Packages"]
    targets = subprocess.run(command, check=True, text=True, capture_output=True).stdout
    keyring = f"/usr/share/keyrings/{_os_release('ID')}-archive-keyring.gpg"
    return "".join(f"{line}\n" for line in source_lines(targets, codename(), keyring))


def source_lines(targets: str, release: str, keyring: str) -> t.Iterator[str]:
    """C(apt-get indextargets) as lines of sources.list, without third parties and other releases."""
    for target in sorted(set(targets.splitlines())):
        uri, suite, component = target.split()
        if suite in (release, f"{release}-updates", f"{release}-security") and component in ("main", "universe"):
            yield f"deb [signed-by={keyring}] {uri} {suite} {component}"


def _os_release(wanted: str) -> str:
    for line in Path("/etc/os-release").read_text().splitlines():
        if line.startswith(f"{wanted}="):
            return line.split("=", 1)[1].strip('"')
    raise LabError(f"/etc/os-release has no {wanted}: the base image is made of Debian's or Ubuntu's packages.")
