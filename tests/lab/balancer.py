# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A load balancer: a host with a real HAProxy in master-worker mode."""

from __future__ import annotations

import csv
import socket
import typing as t
from pathlib import Path
from string import Template

from .host import Host
from .namespaces import wait_until

TEMPLATE = Path(__file__).with_name("haproxy.cfg")
CONFIGURATION = "/etc/haproxy/haproxy.cfg"
ADMIN_SOCKET = "/run/haproxy/admin.sock"
MASTER_SOCKET = "/run/haproxy-master.sock"
CHECK_INTERVAL = 200
"""Milliseconds between two health checks of a server."""


def configuration(address: str, apps: t.Mapping[str, str], check_interval: int = CHECK_INTERVAL) -> str:
    """haproxy.cfg for servers C(apps), name to address, with the Runtime API on C(address) as well."""
    return Template(TEMPLATE.read_text()).substitute(
        address=address,
        check_interval=check_interval,
        hello="\n".join(f"    server {name} {ip}:8080" for name, ip in apps.items()),
        slots="\n".join(
            f"    server {name}-8081 {ip}:8081\n    server {name}-8082 {ip}:8082 disabled" for name, ip in apps.items()
        ),
        sticky="\n".join(f"    server {name} {ip}:8080 cookie {name}" for name, ip in apps.items()),
    )


def ask(path: Path, command: str, timeout: float = 5.0) -> str:
    """The answer of a Runtime API or master socket to one line; OSError when it gives none."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(timeout)
        connection.connect(str(path))
        connection.sendall(command.encode() + b"\n")
        connection.shutdown(socket.SHUT_WR)  # the master socket never closes by itself
        return b"".join(iter(lambda: connection.recv(65536), b"")).decode()


def rows(answer: str) -> list[dict[str, str]]:
    """The rows of C(show stat)."""
    return list(csv.DictReader(answer.lstrip("# ").splitlines()))


class Balancer(Host):
    apps: t.Mapping[str, str] = {}
    """Name and address of every app host."""
    check_interval = CHECK_INTERVAL

    def start_services(self) -> None:
        if self.machine.runs("haproxy"):
            return
        self.write(CONFIGURATION, configuration(self.address, self.apps, self.check_interval))
        self.run(["mkdir", "-p", "/run/haproxy", "/var/lib/haproxy"])
        self.run(["touch", "/var/lib/haproxy/server-state"])
        self.start()

    def verify(self) -> None:
        super().verify()
        self.await_answer()

    @property
    def admin_socket(self) -> Path:
        """The Runtime API, as seen from this machine; C(ADMIN_SOCKET) on the host."""
        return self.home / ADMIN_SOCKET.lstrip("/")

    @property
    def master_socket(self) -> Path:
        """The master's socket, as seen from this machine; C(MASTER_SOCKET) on the host."""
        return self.home / MASTER_SOCKET.lstrip("/")

    def url(self, path: str = "/hello", port: int = 80) -> str:
        """Port 80 leads to the backend hello, 81 to slots, 82 to sticky."""
        return f"http://{self.address}:{port}{path}"

    def runtime(self, command: str) -> str:
        """HAProxy's answer to a command of the Runtime API."""
        return ask(self.admin_socket, command)

    def stats(self, backend: str) -> list[dict[str, str]]:
        """C(show stat) of a backend: a row for each server, then C(BACKEND). Columns by HAProxy's names, as text."""
        return [row for row in rows(self.runtime(f"show stat {backend} 6 -1")) if row["pxname"] == backend]

    @property
    def pid(self) -> int:
        """Of the current worker, as the host numbers it."""
        line = next(line for line in self.runtime("show info").splitlines() if line.startswith("Pid:"))
        return int(line.split()[1])

    def start(self) -> None:
        self.spawn("haproxy", ["haproxy", "-W", "-S", MASTER_SOCKET, "-f", CONFIGURATION, "-p", "/run/haproxy.pid"])
        self.await_answer()

    def await_answer(self) -> None:
        wait_until(self._answering_pid, f"HAProxy of {self.name}, see {self.log('haproxy')}")

    def reload(self) -> None:
        """As C(systemctl reload haproxy): returns when the new worker answers; old ones finish what they have."""
        before = self.pid
        self.run(["sh", "-c", "kill -USR2 $(cat /run/haproxy.pid)"])
        wait_until(lambda: self._answering_pid() not in (None, before), f"a new worker of HAProxy of {self.name}")

    def stop(self) -> None:
        """At once, whatever is in flight."""
        self.machine.signal("TERM", "haproxy")
        wait_until(lambda: not self.machine.runs("haproxy"), f"the end of HAProxy of {self.name}")

    def restart(self) -> None:
        self.stop()
        self.start()

    def _answering_pid(self) -> int | None:
        try:
            return self.pid
        except (OSError, StopIteration):
            return None
