# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The images a lab serves: built once for their inputs, kept as one archive of the registry's storage.

No public registry is needed: a base is unpacked from the distribution's packages, the rest is built on it.
"""

from __future__ import annotations

import hashlib
import platform
import typing as t
from pathlib import Path

from .. import places
from ..namespaces import ENVIRONMENT
from . import root

if t.TYPE_CHECKING:
    from ..engine import AppHost
    from ..fleet import Fleet

HERE = Path(__file__).resolve().parent
HELLO = HERE.parents[2] / "examples" / "hello"

VERSIONS = ("v1", "v2", "v3")
BEHAVIOURS = ("dies", "ignores", "slow-boot", "slow-stop", "crashes", "never-healthy", "answers-500", "flaps")
"""Of examples/hello: tag C(v2-<behaviour>), and C(<behaviour>) for short."""
CHECKED = ("v1", "v2", "never-healthy")
"""Tags of hello that exist with a HEALTHCHECK as well: C(<tag>-checked)."""


def ensure(fleet: Fleet) -> None:
    """Have them all in the registry of C(fleet); at once when they are, soon when this machine built them before."""
    key = inputs_key()
    loaded = fleet.registry.home / "images.key"
    if loaded.exists() and loaded.read_text() == key:
        return
    with places.locked(places.cache()):
        archive = places.cache() / f"images-{key}.tar"
        if archive.exists():
            fleet.registry.load(archive)
        else:
            _build_all(fleet)
            fleet.registry.save(archive)
            for other in set(places.cache().glob("images-*.tar")) - {archive}:
                other.unlink()
    loaded.write_text(key)


def inputs_key() -> str:
    """Changes with everything that the images are made of, but for the distribution's own updates."""
    digest = hashlib.sha256(f"{platform.machine()} {root.codename()}".encode())
    for path in sorted([*HELLO.rglob("*"), *HERE.rglob("*")]):
        if path.is_file() and path.suffix != ".pyc":
            digest.update(f"{path.name} {path.stat().st_size} ".encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def _build_all(fleet: Fleet) -> None:
    """On an engine that exists only for this."""
    packages = root.ensure()
    builder = fleet.builder
    builder.power_on()
    try:
        builder.verify()
        _Build(builder, fleet.registry_address).run(packages)
    finally:
        builder.discard()


class _Build:
    def __init__(self, builder: AppHost, registry: str) -> None:
        self.builder = builder
        self.registry = registry

    def run(self, packages: Path) -> None:
        base = "base:latest"
        self.image(HERE / "base", base, extra=packages)
        for version in VERSIONS:
            self.image(HELLO, f"hello:{version}", BASE=base, VERSION=version)
        self.image(HELLO, "hello:v1-dies", BASE=base, VERSION="v1", BEHAVIOUR="dies")
        for behaviour in BEHAVIOURS:
            self.image(
                HELLO, f"hello:v2-{behaviour}", f"hello:{behaviour}", BASE=base, VERSION="v2", BEHAVIOUR=behaviour
            )
        for tag in CHECKED:
            hello = f"{self.registry}/hello:{tag}"
            self.image(HELLO, f"hello:{tag}-checked", dockerfile="Dockerfile.healthcheck", HELLO=hello)
        for version in VERSIONS[:2]:
            self.image(HERE / "nginx", f"nginx:{version}", BASE=base, VERSION=version)

    def image(
        self,
        folder: Path,
        *names: str,
        dockerfile: str = "Dockerfile",
        extra: Path | None = None,
        **arguments: str,
    ) -> None:
        """Build C(folder), with the file C(extra) beside its own, and push it under all C(names) but base:latest."""
        context = f"/tmp/{folder.name}"  # noqa: S108 - the builder's own /tmp
        self.builder.run(["cp", "-rT", str(folder), context])
        if extra:
            self.builder.run(["cp", str(extra), f"{context}/{extra.name}"])
        local = names[0]
        words = [word for name, value in arguments.items() for word in ("--build-arg", f"{name}={value}")]
        tags = [local] if extra else [f"{self.registry}/{name}" for name in names]
        words += [word for tag in tags for word in ("--tag", tag)]
        # The classic builder: buildx is no part of Debian's docker.io.
        self.builder.docker(
            "build",
            "--quiet",
            *words,
            "--file",
            f"{context}/{dockerfile}",
            context,
            env={**ENVIRONMENT, "DOCKER_BUILDKIT": "0"},
        )
        for tag in [] if extra else tags:
            self.builder.docker("push", "--quiet", tag)
