# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An app host: a host with a Docker engine of its own."""

from __future__ import annotations

import contextlib
import json
import subprocess
import typing as t
from pathlib import Path

from .host import Host
from .namespaces import wait_until

CGROUPS = Path("/sys/fs/cgroup")

ARP_RETRY = 100
"""Milliseconds until the kernel asks again for a container's address; 1000 by default.

While a container starts, its port is forwarded a few milliseconds before its interface is up. A health check in
that gap asks for its address in vain, and everybody waits for the next try: 0.9 s of each swap. See docs/bench.md.
"""


class AppHost(Host):
    registries: t.Sequence[str] = ()
    """Addresses of registries without TLS that the engine may use."""

    @property
    def docker_socket(self) -> Path:
        """The engine's socket, as seen from this machine."""
        return self.home / "run" / "docker.sock"

    @property
    def cgroup(self) -> str:
        """Parent of every container of this host, so that its cgroups can be told from other engines'."""
        return f"/zero-downtime-lab/{self.home.parent.name}/{self.name}"

    def start_services(self) -> None:
        self.start_engine(wait=False)

    def verify(self) -> None:
        super().verify()
        self.await_engine()

    def start_engine(self, wait: bool = True) -> None:
        if self.machine.runs("dockerd"):
            return
        settings = {
            "cgroup-parent": self.cgroup,
            "exec-opts": ["native.cgroupdriver=cgroupfs"],  # no systemd on a lab host
            "insecure-registries": list(self.registries),
        }
        self.write("/etc/docker/daemon.json", json.dumps(settings, indent=2))
        self.run(["rm", "-f", "/run/docker.pid"])
        self.spawn("dockerd", ["/usr/sbin/dockerd", "--host=unix:///run/docker.sock", "--pidfile=/run/docker.pid"])
        if wait:
            self.await_engine()

    def await_engine(self) -> None:
        def ready() -> bool:
            return self.run(["docker", "version"], check=False).returncode == 0

        wait_until(ready, f"the engine of {self.name}, see {self.log('dockerd')}", 60)
        self.run(["ip", "ntable", "change", "name", "arp_cache", "dev", "docker0", "retrans", str(ARP_RETRY)])

    def kill_engine(self) -> None:
        """kill -9 dockerd and its containerd. Containers go on, without anybody to ask about them."""
        for program in ("dockerd", "containerd"):
            self.machine.signal("KILL", program)
        wait_until(lambda: not self.machine.runs("dockerd"), f"the end of the engine of {self.name}")

    def power_off(self) -> None:
        super().power_off()
        remove_cgroups(self.cgroup)

    def docker(self, *argv: str, **options: t.Any) -> subprocess.CompletedProcess[str]:
        """The docker command on this host."""
        return self.run(["docker", *argv], **options)

    def inspect(self, container: str) -> dict[str, t.Any]:
        """What the engine knows of a container; LabError if there is none."""
        return t.cast("dict[str, t.Any]", json.loads(self.docker("container", "inspect", container).stdout)[0])


def remove_cgroups(name: str) -> None:
    """Remove what an engine that got no chance to tidy up leaves in the cgroup tree, of version 1 or 2."""
    relative = name.strip("/")
    for top in [CGROUPS / relative, *CGROUPS.glob(f"*/{relative}")]:
        for folder in sorted(top.glob("**/"), reverse=True):
            folder.rmdir()
        for parent in set(top.parents) - {CGROUPS, *CGROUPS.parents, *CGROUPS.iterdir()}:
            with contextlib.suppress(OSError):  # another host's or lab's are still in there
                parent.rmdir()
