# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Building images on a lab host's engine and pushing them."""

from __future__ import annotations

import tarfile
import tempfile
import typing as t
from dataclasses import dataclass
from pathlib import Path

from ..engine import AppHost
from ..namespaces import ENVIRONMENT

BASE = "base:latest"
"""Never pushed."""


@dataclass(frozen=True)
class Recipe:
    """One image."""

    names: tuple[str, ...]
    """C(repository:tag), all for the same image."""
    folder: Path
    arguments: t.Mapping[str, str]
    """Of the Dockerfile."""
    dockerfile: str = "Dockerfile"


class Builder:
    def __init__(self, host: AppHost, registry: str) -> None:
        self.host = host
        self.registry = registry

    def make_base(self, folder: Path, packages: Path) -> None:
        """Build C(BASE); its Dockerfile finds the file C(packages) beside itself."""
        self._build(Recipe((BASE,), folder, {}), packages)

    def make(self, recipe: Recipe) -> None:
        """Build and push; the recipe's names stay known here, for the images made from it."""
        self._build(recipe)
        for name in recipe.names:
            self.host.docker("tag", name, f"{self.registry}/{name}")
            self.host.docker("push", "--quiet", f"{self.registry}/{name}")

    def _build(self, recipe: Recipe, *extra: Path) -> None:
        command = ["docker", "build", "--quiet", f"--file={recipe.dockerfile}"]
        command += [f"--tag={name}" for name in recipe.names]
        command += [f"--build-arg={name}={value}" for name, value in recipe.arguments.items()]
        # The classic builder: buildx is no part of Debian's docker.io.
        environment = {**ENVIRONMENT, "DOCKER_BUILDKIT": "0"}
        with tempfile.TemporaryFile() as context:
            # Not pax, Python's default: docker looks at 512 bytes to tell an archive from a Dockerfile.
            with tarfile.open(fileobj=context, mode="w", format=tarfile.GNU_FORMAT) as archive:
                archive.add(recipe.folder, arcname=".")
                for path in extra:
                    archive.add(path, arcname=path.name)
            context.seek(0)
            self.host.run([*command, "-"], stdin=context, env=environment)
