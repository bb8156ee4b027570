# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: it may change without notice.
"""Image references: C(registry:port/repository:tag@digest), taken apart and pinned. No I/O."""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass

from ansible_collections.zero.downtime.plugins.module_utils._errors import ZeroDowntimeError

# The grammar is distribution's: github.com/distribution/reference, reference.go.
_DIGEST = r"[a-z0-9]+(?:[+._-][a-z0-9]+)*:[0-9a-fA-F]{32,}"
_PART = r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
_HOST = r"(?:[A-Za-z0-9][A-Za-z0-9.-]*|\[[0-9a-fA-F:]+\])(?::[0-9]+)?"
_REFERENCE = re.compile(rf"((?:{_HOST}/)?{_PART}(?:/{_PART})*)(?::(\w[\w.-]{{0,127}}))?(?:@({_DIGEST}))?", re.ASCII)
_IMAGE_ID = re.compile(r"sha256:[0-9a-f]{64}")


class BadReference(ZeroDowntimeError):
    """Not the name of an image."""


@dataclass(frozen=True)
class Reference:
    """I(tag) is empty where none is stated; I(digest) is C(sha256:...) of a pin, else empty."""

    repository: str
    tag: str
    digest: str

    @property
    def request(self) -> str:
        """What to ask a registry for. A pin wins over the tag beside it, which has often moved on."""
        return f"{self.repository}@{self.digest}" if self.digest else f"{self.repository}:{self.tag or 'latest'}"

    def pin(self, digest: str) -> str:
        """This very image for ever, under the name it was asked for by."""
        return f"{self.repository}{':' + self.tag if self.tag else ''}@{digest}"


def parse(text: str) -> Reference | None:
    """None for the id of an image, which no registry knows. Raises BadReference."""
    if _IMAGE_ID.fullmatch(text):
        return None
    match = _REFERENCE.fullmatch(text)
    if not match:
        raise BadReference(
            f"{text!r} is not a valid image reference: expected something like registry.example.com/app:v2 or "
            "app@sha256:..."
        )
    return Reference(match[1], match[2] or "", match[3] or "")


def digest(text: str, image: t.Mapping[str, t.Any]) -> str:
    """The digest under which a registry has I(image) (its C(inspect)); empty for one that never met a registry.

    An image may have come from several repositories: the one of the reference I(text) counts, then any.
    """
    reference = parse(text)
    known = dict(entry.split("@", 1) for entry in image.get("RepoDigests") or [] if "@" in entry)
    if reference is None:
        return next(iter(known.values()), "")
    if reference.digest:
        return reference.digest
    same = (value for repository, value in known.items() if _full(repository) == _full(reference.repository))
    return next(same, "")


def pinned(text: str, image: t.Mapping[str, t.Any]) -> str:
    """A reference that means this very image for ever: C(repository:tag@digest), or its id without a registry.

    The tag beside the digest shows people which version it is; engines use the digest.
    """
    reference, known = parse(text), digest(text, image)
    return reference.pin(known) if reference and known else str(image["Id"])


def brief(text: str) -> str:
    """As people tell versions apart: C(app:v2 (sha256:5891b5b522d5)). The digest is cut as docker prints it."""
    reference = parse(text)
    if reference is None:
        return _cut(text)
    host, _slash, path = _full(reference.repository).partition("/")
    name = path[len("library/") :] if host == "docker.io" and path.startswith("library/") else path
    name += f":{reference.tag}" if reference.tag else ""
    return f"{name} ({_cut(reference.digest)})" if reference.digest else name


def _cut(digest: str) -> str:
    algorithm, _colon, number = digest.partition(":")
    return f"{algorithm}:{number[:12]}"


def _full(repository: str) -> str:
    """Docker leaves out the name of its own registry, Podman does not."""
    host, slash, rest = repository.partition("/")
    if slash and ("." in host or ":" in host or host == "localhost"):
        return f"docker.io/library/{rest}" if host == "docker.io" and "/" not in rest else repository
    return f"docker.io/{repository}" if slash else f"docker.io/library/{repository}"
