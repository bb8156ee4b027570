# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: it may change without notice.
"""Judging an HTTP response. No I/O.

The wrong version is not yet the right one: while a service changes hands, the old one may still answer.
"""

from __future__ import annotations

import json
import typing as t
from dataclasses import dataclass, field

from ansible_collections.zero.downtime.plugins.module_utils._wait.verdict import NotYet, Pass, Verdict

_MISSING = object()


@dataclass(frozen=True)
class Response:
    """I(headers) by lower-case name."""

    status: int
    headers: t.Mapping[str, str]
    body: str


@dataclass(frozen=True)
class Wanted:
    """I(status_code): V(204) or V(2xx); I(json): expected values by dotted path."""

    status_code: t.Sequence[str] = ("200",)
    expect_header: t.Mapping[str, t.Any] = field(default_factory=dict)
    body_contains: str = ""
    json: t.Mapping[str, t.Any] = field(default_factory=dict)

    @property
    def needs_body(self) -> bool:
        return bool(self.body_contains or self.json)


def judge(response: Response, wanted: Wanted) -> Verdict:
    wrong = _wrong(response, wanted)
    return NotYet(f"returned {response.status}{wrong}") if wrong else Pass(f"returned {response.status}")


def _wrong(response: Response, wanted: Wanted) -> str:
    status = str(response.status)
    if not any(code in (status, f"{status[0]}xx") for code in wanted.status_code):
        return f" instead of {' or '.join(wanted.status_code)}"
    for name, value in wanted.expect_header.items():
        seen = response.headers.get(name.lower(), _MISSING)
        if not _alike(seen, value):
            return f", but header {name} {_is_not(seen, value)}"
    if wanted.body_contains not in response.body:
        return f", but {wanted.body_contains!r} is not in the body: {response.body[:200]!r}"
    return _wrong_json(response.body, wanted.json) if wanted.json else ""


def _wrong_json(body: str, wanted: t.Mapping[str, t.Any]) -> str:
    try:
        document = json.loads(body)
    except ValueError:
        return f", but the body is not JSON: {body[:200]!r}"
    for path, value in wanted.items():
        seen = at_path(document, path)
        if not _alike(seen, value):
            return f", but JSON {path} {_is_not(seen, value)}"
    return ""


def at_path(document: t.Any, path: str) -> t.Any:
    """The value at a dotted path, such as C(build.version) or C(nodes.0.name); a key with dots in it wins."""
    if isinstance(document, dict) and path in document:
        return document[path]
    head, dot, rest = path.partition(".")
    if isinstance(document, dict) and head in document:
        child = document[head]
    elif isinstance(document, list) and head.isdigit() and int(head) < len(document):
        child = document[int(head)]
    else:
        return _MISSING
    return at_path(child, rest) if dot else child


def _alike(seen: t.Any, wanted: t.Any) -> bool:
    """Equal, or written alike: a templated V(2) may arrive as text or number, V(true) as C(True)."""
    if seen is _MISSING:
        return False
    if isinstance(seen, (dict, list)) or isinstance(wanted, (dict, list)):
        return bool(seen == wanted)
    return _written(seen) == _written(wanted)


def _written(value: t.Any) -> str:
    return str(value).lower() if value is None or isinstance(value, bool) or value in ("True", "False") else str(value)


def _is_not(seen: t.Any, wanted: t.Any) -> str:
    return f"is missing, not {wanted!r}" if seen is _MISSING else f"is {seen!r}, not {wanted!r}"
