# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: it may change without notice.
"""What containers print, in their logs and checks, without the values of their environment."""

from __future__ import annotations

import typing as t

from ansible_collections.zero.downtime.plugins.module_utils._redact.text import redact
from ansible_collections.zero.downtime.plugins.module_utils._redact.values import of_container

Inspect = t.Mapping[str, t.Any]


class Source(t.Protocol):
    def inspect_container(self, name: str) -> Inspect | None:
        """What the engine reports of a container; None if there is none."""

    def inspect_image(self, ref: str) -> Inspect | None:
        """What the engine reports of an image; None if there is none."""

    def logs(self, name: str, lines: int) -> str:
        """The last I(lines) lines that the container wrote."""


class RedactingEngine:
    """An engine as a wait sees it."""

    def __init__(self, engine: Source) -> None:
        self._engine = engine
        self._images: dict[str, Inspect | None] = {}

    def inspect_container(self, name: str) -> Inspect | None:
        found = self._engine.inspect_container(name)
        health = ((found or {}).get("State") or {}).get("Health")
        if found is None or not health:
            return found
        log = redact(health.get("Log") or [], self._private(found))
        return {**found, "State": {**found["State"], "Health": {**health, "Log": log}}}

    def logs(self, name: str, lines: int) -> str:
        text: str = redact(self._engine.logs(name, lines), self._private(self._engine.inspect_container(name)))
        return text

    def _private(self, container: Inspect | None) -> set[str]:
        image = (container or {}).get("Image") or ""
        if image and image not in self._images:
            self._images[image] = self._engine.inspect_image(image)
        return of_container(container, self._images.get(image))
