# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.zero.downtime.plugins.module_utils._container.description.registry import (
    BadReference,
    Reference,
    brief,
    digest,
    parse,
    pinned,
)

D1, D2 = "sha256:" + "1" * 64, "sha256:" + "2" * 64
ID = "sha256:" + "f" * 64


@pytest.mark.parametrize(
    ("text", "expected", "request_"),
    [
        ("nginx", Reference("nginx", "", ""), "nginx:latest"),
        ("nginx:1.25", Reference("nginx", "1.25", ""), "nginx:1.25"),
        ("localhost:5000/app", Reference("localhost:5000/app", "", ""), "localhost:5000/app:latest"),
        ("192.0.2.1:5000/team/app:v2", Reference("192.0.2.1:5000/team/app", "v2", ""), "192.0.2.1:5000/team/app:v2"),
        (f"app@{D1}", Reference("app", "", D1), f"app@{D1}"),
        (
            f"registry.example.com/a/b:v2@{D1}",
            Reference("registry.example.com/a/b", "v2", D1),
            f"registry.example.com/a/b@{D1}",
        ),
        ("[2001:db8::1]:5000/app:v2", Reference("[2001:db8::1]:5000/app", "v2", ""), "[2001:db8::1]:5000/app:v2"),
    ],
)
def test_reference_is_taken_apart(text: str, expected: Reference, request_: str) -> None:
    found = parse(text)
    assert found == expected
    assert found.request == request_


def test_image_id_is_no_reference() -> None:
    assert parse(ID) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "app v2",
        "app:",
        "App",
        "app;reboot",
        "app\n",
        "-app",
        "app@sha256:12",
        "app:v2:v3",
        "http://app",
        "../app",
    ],
)
def test_what_is_no_image_is_refused(text: str) -> None:
    with pytest.raises(BadReference, match="is not a valid image"):
        parse(text)


@pytest.mark.parametrize(
    ("text", "known", "expected"),
    [
        ("app:v2", [f"app@{D1}"], D1),
        ("app:v2", [f"docker.io/library/app@{D1}"], D1),
        ("docker.io/app:v2", [f"app@{D1}"], D1),
        ("team/app", [f"docker.io/team/app@{D1}"], D1),
        ("registry.example.com/app", [f"app@{D1}", f"registry.example.com/app@{D2}"], D2),
        ("registry.example.com/app", [f"app@{D1}"], ""),
        (f"app@{D2}", [f"app@{D1}"], D2),
        (ID, [f"app@{D1}"], D1),
        ("app:v2", [], ""),
        ("app:v2", None, ""),
    ],
)
def test_digest_is_that_of_the_references_own_repository(text: str, known: list[str] | None, expected: str) -> None:
    assert digest(text, {"Id": ID, "RepoDigests": known}) == expected


def test_pinned() -> None:
    assert pinned("app:v2", {"Id": ID, "RepoDigests": [f"app@{D1}"]}) == f"app:v2@{D1}"
    assert pinned("app", {"Id": ID, "RepoDigests": [f"app@{D1}"]}) == f"app@{D1}"
    assert pinned(f"app:v2@{D1}", {"Id": ID, "RepoDigests": [f"app@{D1}"]}) == f"app:v2@{D1}"
    assert pinned("app:v2", {"Id": ID, "RepoDigests": []}) == ID
    assert pinned(ID, {"Id": ID, "RepoDigests": [f"app@{D1}"]}) == ID


DIGEST_12 = "sha256:5891b5b522d5"


@pytest.mark.parametrize(
    ("text", "short"),
    [
        (f"10.200.0.201:5000/hello:v2@{DIGEST_12}{'d' * 52}", f"hello:v2 ({DIGEST_12})"),
        (f"registry.example.com/team/app@{DIGEST_12}{'d' * 52}", f"team/app ({DIGEST_12})"),
        ("registry.example.com/app:v2", "app:v2"),
        ("team/app:v2", "team/app:v2"),
        ("docker.io/library/redis:7", "redis:7"),
        ("redis", "redis"),
        (f"{DIGEST_12}{'d' * 52}", DIGEST_12),
    ],
)
def test_in_brief_it_is_what_people_tell_versions_apart_by(text: str, short: str) -> None:
    assert brief(text) == short
