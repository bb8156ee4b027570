# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the lab needs of this machine: root, a kernel with namespaces, and programs that apt knows."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from . import places
from .errors import RequirementMissing

PACKAGES: dict[str, tuple[str, ...]] = {
    "apache2-utils": ("ab", "htpasswd"),
    "busybox-static": ("/var/lib/dpkg/info/busybox-static.list",),  # Debian's other busybox can't live in an empty root
    "docker-cli": ("docker",),
    "docker-registry": ("docker-registry",),
    "docker.io": ("dockerd",),
    "haproxy": ("haproxy",),
    "iproute2": ("ip",),
    "iptables": ("iptables",),
    "mmdebstrap": ("mmdebstrap",),
    "mount": ("mount",),
    "nghttp2-client": ("h2load",),
    "openssh-client": ("ssh", "ssh-keygen"),
    "openssh-server": ("sshd",),
    "openssl": ("openssl",),
    "procps": ("pgrep", "pkill"),
    "python3": ("/usr/bin/python3",),
    "python3-docker": ("/usr/lib/python3/dist-packages/docker/__init__.py",),
    "python3-requests": ("/usr/lib/python3/dist-packages/requests/__init__.py",),
    "python3-venv": ("/usr/lib/python3.*/ensurepip",),
    "tini": ("docker-init",),  # docker.io may bring no more than a link to it
    "util-linux": ("nsenter", "setpriv", "setsid", "unshare"),
    "wrk": ("wrk",),
}
"""Package of Debian and Ubuntu, and what of it is used: a program's name or the pattern of a path."""

PATH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/local/sbin", "/usr/sbin", "/sbin"])
POLICY = Path("/usr/sbin/policy-rc.d")


def be_root() -> None:
    if os.geteuid() != 0:
        raise RequirementMissing("The lab makes namespaces and needs root: run it with sudo, or as root.")


def missing() -> list[str]:
    """Packages of which something is not here."""

    def here(what: str) -> bool:
        if what.startswith("/"):
            return any(Path("/").glob(what[1:]))
        return shutil.which(what, path=PATH) is not None

    return [package for package, used in PACKAGES.items() if not all(map(here, used))]


def check() -> None:
    """RequirementMissing unless everything is here."""
    be_root()
    if missing():
        packages = " ".join(missing())
        raise RequirementMissing(
            f"Missing packages: {packages}. Install them: python3 tests/lab requirements --install"
        )


def install() -> None:
    """Get what is missing with apt. Nothing installed here is started: the lab runs its own."""
    be_root()
    packages = missing()
    if not packages:
        return
    if shutil.which("apt-get") is None:
        raise RequirementMissing(f"No apt-get here: install {' '.join(packages)} (Debian's names) by your own means.")
    _apt_get("update")
    # docker-cli is a package of its own only from Debian 13 on.
    packages = [name for name in packages if name != "docker-cli" or _apt_knows(name)]
    _apt_get("install", "--yes", "--no-install-recommends", *packages)
    check()


def _apt_get(*words: str) -> None:
    """In a mount namespace that forbids packages to start what they bring (invoke-rc.d(8)): nothing to put back."""
    forbids = places.cache() / POLICY.name
    forbids.parent.mkdir(parents=True, exist_ok=True)
    forbids.write_text("#!/bin/sh\nexit 101\n")
    forbids.chmod(0o755)
    stub = not POLICY.exists()
    POLICY.touch(0o644)  # to mount over; one that is not executable forbids nothing
    mounted = ["sh", "-c", 'mount --bind "$0" "$1" && shift && exec "$@"', str(forbids), str(POLICY)]
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    apt = subprocess.Popen(["unshare", "--mount", *mounted, "apt-get", "-q", *words], env=environment)
    try:
        apt.wait()
    finally:
        apt.wait()  # after Ctrl-C too: it stops where it can, and whoever kills it leaves half a package
        if stub:
            POLICY.unlink()
    if apt.returncode:
        raise RequirementMissing(f"apt-get {' '.join(words)} failed, see above: the lab needs these packages.")


def _apt_knows(package: str) -> bool:
    return subprocess.run(["apt-cache", "show", package], capture_output=True, check=False).returncode == 0
