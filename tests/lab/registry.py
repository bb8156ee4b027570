# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The host C(registry): one storage, served openly on port 5000 and behind a password on port 5001."""

from __future__ import annotations

import json
import subprocess
from functools import partial
from pathlib import Path

from .host import Host, answers
from .namespaces import wait_until

STORAGE = "/var/lib/docker-registry"
USER, PASSWORD = "lab", "lab-password"
PORT, PORT_WITH_PASSWORD = 5000, 5001


class Registry(Host):
    @property
    def registry_address(self) -> str:
        return f"{self.address}:{PORT}"

    @property
    def address_with_password(self) -> str:
        """Asks for C(USER) and C(PASSWORD)."""
        return f"{self.address}:{PORT_WITH_PASSWORD}"

    def save(self, archive: Path) -> None:
        """Keep everything that was pushed as a tar file."""
        draft = archive.with_suffix(".draft")
        with draft.open("wb") as out:
            self.run(["tar", "-cC", STORAGE, "."], stdout=out)
        draft.rename(archive)

    def load(self, archive: Path) -> None:
        """Serve what C(save) kept."""
        with archive.open("rb") as pushed:
            self.run(["tar", "-xC", STORAGE], stdin=pushed)

    def start_services(self) -> None:
        if self.machine.runs("docker-registry"):
            return
        htpasswd = subprocess.run(["htpasswd", "-Bbn", USER, PASSWORD], check=True, capture_output=True, text=True)
        self.write("/etc/docker-registry/htpasswd", htpasswd.stdout)
        basic = {"htpasswd": {"realm": "lab", "path": "/etc/docker-registry/htpasswd"}}
        self.run(["mkdir", "-p", STORAGE])
        self._serve(PORT, {})
        self._serve(PORT_WITH_PASSWORD, {"auth": basic})

    def verify(self) -> None:
        super().verify()
        for port in (PORT, PORT_WITH_PASSWORD):
            wait_until(partial(answers, self.address, port), f"the registry, see {self.log(f'registry-{port}')}")

    def _serve(self, port: int, more: dict[str, object]) -> None:
        """Its configuration is YAML, of which JSON is a part."""
        path = f"/etc/docker-registry/{port}.yml"
        storage = {"filesystem": {"rootdirectory": STORAGE}, "delete": {"enabled": True}}
        settings = {"version": 0.1, "log": {"level": "warn"}, "storage": storage, "http": {"addr": f":{port}"}, **more}
        self.write(path, json.dumps(settings, indent=2))
        self.spawn(f"registry-{port}", ["docker-registry", "serve", path])
