# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: it may change without notice.
"""Images as people compare them: name, tag and the twelve digits that docker prints of a digest."""

from __future__ import annotations

from ansible_collections.zero.downtime.plugins.module_utils._container.description import registry
from ansible_collections.zero.downtime.plugins.module_utils._errors import ZeroDowntimeError

_DIGITS = 12


def short(image: str) -> str:
    """C(hello:v2 (sha256:220eca7d6e8c)) from C(registry.example.com/shop/hello:v2@sha256:220e...); an id is cut."""
    name = _name(image)
    if not name:
        return _cut(image)
    return f"{name} ({_cut(digest(image))})" if digest(image) else name


def digest(image: str) -> str:
    """With its algorithm; empty where there is none."""
    return image.rpartition("@")[2] if "@" in image else ""


def _cut(hash_: str) -> str:
    algorithm, colon, digits = hash_.partition(":")
    return f"{algorithm}{colon}{digits[:_DIGITS]}"


def _name(image: str) -> str:
    """Empty for an id, which has none."""
    try:
        reference = registry.parse(image)
    except ZeroDowntimeError:
        return image
    if reference is None:
        return ""
    name = reference.repository.rpartition("/")[2]
    return f"{name}:{reference.tag}" if reference.tag else name
