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
from . import root
from .build import BASE, Builder, Recipe

if t.TYPE_CHECKING:
    from ..fleet import Fleet

HERE = Path(__file__).resolve().parent
HELLO = HERE.parents[2] / "examples" / "hello"

VERSIONS = ("v1", "v2", "v3")
BEHAVIOURS = ("dies", "ignores", "slow-boot", "slow-stop", "crashes", "never-healthy", "answers-500", "flaps")
"""Of examples/hello: tag C(v2-<behaviour>), and C(<behaviour>) for short."""
CHECKED = ("v1", "v2", "never-healthy")
"""Tags of hello that exist with a HEALTHCHECK as well: C(<tag>-checked)."""


def recipes() -> t.Iterator[Recipe]:
    """What the registry holds, in an order in which each can be built."""
    for version in VERSIONS:
        yield Recipe((f"hello:{version}",), HELLO, {"BASE": BASE, "VERSION": version})
    yield Recipe(("hello:v1-dies",), HELLO, {"BASE": BASE, "VERSION": "v1", "BEHAVIOUR": "dies"})
    for behaviour in BEHAVIOURS:
        names = (f"hello:v2-{behaviour}", f"hello:{behaviour}")
        yield Recipe(names, HELLO, {"BASE": BASE, "VERSION": "v2", "BEHAVIOUR": behaviour})
    for tag in CHECKED:
        yield Recipe((f"hello:{tag}-checked",), HELLO, {"HELLO": f"hello:{tag}"}, "Dockerfile.healthcheck")
    for version in VERSIONS[:2]:
        yield Recipe((f"nginx:{version}",), HERE / "nginx", {"BASE": BASE, "VERSION": version})


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
    host = fleet.builder
    host.power_on()
    try:
        host.verify()
        builder = Builder(host, fleet.registry_address)
        builder.make_base(HERE / "base", packages)
        for recipe in recipes():
            builder.make(recipe)
    finally:
        host.discard()
