# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Docker engine of one's own, which touches nothing else on the machine."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import docker
from lab.tied import tied

# docker-init is what HostConfig.Init asks for; Debian's docker.io only recommends the package that has it (tini).
PROGRAMS = ("dockerd", "containerd", "docker-init", "busybox", "unshare", "nsenter", "setpriv", "ip")


def missing() -> list[str]:
    """What this machine lacks to run an engine, in words."""
    lacks = [f"the program {program}" for program in PROGRAMS if shutil.which(program) is None]
    return lacks if os.geteuid() == 0 else ["root", *lacks]


class PrivateEngine:
    """dockerd with network, mount and process namespaces of its own, all of its files in I(folder).

    Process 1 in there is an init that ends with the process that made it, and the kernel ends all others with it:
    a killed test run leaves neither dockerd nor a container behind.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.socket = folder / "docker.sock"
        self.url = f"unix://{self.socket}"
        self.log = folder / "dockerd.log"
        self._namespaces: subprocess.Popen[bytes] | None = None
        self._first_process = 0

    @property
    def inside(self) -> list[str]:
        """Start of a command line that shall run in the engine's network: where its published ports answer."""
        return ["nsenter", "--target", str(self._first_process), "--net", "--"]

    @property
    def _as_the_engine(self) -> list[str]:
        return ["nsenter", "--target", str(self._first_process), "--net", "--mount", "--pid", "--"]

    def start(self) -> None:
        new = ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
        first = ["docker-init", "--", "sh", "-c", "ip link set lo up && exec sleep infinity"]
        self._namespaces = subprocess.Popen(tied([*new, *first]), stdin=subprocess.DEVNULL)
        self._first_process = self._wait_for_first_process(self._namespaces.pid)
        self.start_engine()

    def start_engine(self) -> None:
        """Start dockerd alone, in the namespaces that are there already."""
        command = [
            "dockerd",
            "--host",
            self.url,
            "--data-root",
            self.folder / "data",
            "--exec-root",
            self.folder / "exec",
        ]
        command += ["--pidfile", self.folder / "dockerd.pid", "--config-file", self._empty_configuration()]
        command += ["--iptables=false", "--ip-masq=false", "--shutdown-timeout", "1"]
        command += ["--log-opt", "max-size=10m"]  # as many engines have it: it shows up in what nobody stated
        with self.log.open("ab") as log:
            subprocess.Popen([*self._as_the_engine, *command], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self._wait_until_it_answers()

    def stop_engine(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End dockerd alone: C(SIGTERM) takes its containers along, C(SIGKILL) is a crash that leaves them running."""
        pid_file = self.folder / "dockerd.pid"
        pid = pid_file.read_text()
        script = f"kill -{how.name[3:]} {pid}; while kill -0 {pid} 2>/dev/null; do sleep 0.05; done"
        subprocess.run([*self._as_the_engine, "sh", "-c", script], check=True, timeout=60)
        pid_file.unlink(missing_ok=True)
        self.socket.unlink(missing_ok=True)

    def stop(self) -> None:
        """End everything: containers first, so that the engine gives their control groups back."""
        if self._namespaces is None:
            return
        try:
            client = docker.APIClient(base_url=self.url)
            for container in client.containers(all=True):
                client.remove_container(container["Id"], force=True, v=True)
            client.close()
        finally:
            self._namespaces.kill()
            self._namespaces.wait()
            self._namespaces = None

    def _empty_configuration(self) -> Path:
        path = self.folder / "daemon.json"  # not the machine's /etc/docker/daemon.json
        path.write_text("{}")
        return path

    def _wait_for_first_process(self, parent: int) -> int:
        children = Path(f"/proc/{parent}/task/{parent}/children")
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            if children.exists() and (pids := children.read_text().split()):
                return int(pids[0])
            time.sleep(0.02)
        raise RuntimeError("unshare made no process within 10 s: are namespaces allowed here?")

    def _wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                client = docker.APIClient(base_url=self.url)
                client.ping()
                client.close()
                return
            except (docker.errors.DockerException, OSError):
                time.sleep(0.1)
        raise RuntimeError("dockerd did not answer within 60 s; its last words:\n" + self.log.read_text()[-3000:])
