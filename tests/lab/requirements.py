# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the lab needs of this machine: root, a kernel with namespaces, and programs that apt knows."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import typing as t
from pathlib import Path

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
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    with _no_services():
        _apt_get(environment, "update")
        # docker-cli is a package of its own only from Debian 13 on.
        packages = [name for name in packages if name != "docker-cli" or _apt_knows(name)]
        _apt_get(environment, "install", "--yes", "--no-install-recommends", *packages)
    check()


def _apt_get(environment: t.Mapping[str, str], *command: str) -> None:
    if subprocess.run(["apt-get", "-q", *command], env=environment, check=False).returncode:
        raise RequirementMissing(f"apt-get {' '.join(command)} failed, see above: the lab needs these packages.")


def _apt_knows(package: str) -> bool:
    return subprocess.run(["apt-cache", "show", package], capture_output=True, check=False).returncode == 0


@contextlib.contextmanager
def _no_services() -> t.Iterator[None]:
    """Forbid packages to start what they bring, as invoke-rc.d(8) describes; then put the machine's own policy back."""
    own = POLICY.with_name("policy-rc.d.before-lab")
    if POLICY.exists():
        POLICY.rename(own)
    POLICY.write_text("#!/bin/sh\nexit 101\n")
    POLICY.chmod(0o755)
    try:
        yield
    finally:
        POLICY.unlink()
        if own.exists():
            own.rename(POLICY)
