# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.zero.downtime.plugins.module_utils._wait.http_response import Response, Wanted, judge
from ansible_collections.zero.downtime.plugins.module_utils._wait.verdict import NotYet, Pass

RESPONSE = Response(
    200,
    {"x-version": "2", "server": "demo"},
    '{"version": "1.10", "ok": true, "n": 2, "none": null, "nodes": [{"name": "a"}], "a.b": 1, "build": {"id": 7}}',
)


@pytest.mark.parametrize(
    "wanted",
    [
        Wanted(),
        Wanted(status_code=["2xx"]),
        Wanted(status_code=["404", "200"]),
        Wanted(expect_header={"X-Version": "2"}),
        Wanted(expect_header={"x-version": 2}),
        Wanted(body_contains='"n": 2'),
        Wanted(json={"version": "1.10"}),
        Wanted(json={"n": "2", "ok": True, "none": None}),
        Wanted(json={"ok": "True"}),
        Wanted(json={"nodes.0.name": "a", "build.id": 7, "a.b": 1}),
        Wanted(json={"nodes": [{"name": "a"}], "build": {"id": 7}}),
    ],
)
def test_what_is_wanted_passes(wanted: Wanted) -> None:
    assert judge(RESPONSE, wanted) == Pass("returned 200")


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [
        (Wanted(status_code=["204", "3xx"]), "returned 200 instead of 204 or 3xx"),
        (Wanted(expect_header={"X-Version": "3"}), "returned 200, but header X-Version is '2', not '3'"),
        (Wanted(expect_header={"X-Build": "3"}), "header X-Build is missing, not '3'"),
        (Wanted(expect_header={"X-Build": ""}), "is missing"),
        (Wanted(body_contains="hello"), "'hello' is not in the body"),
        (Wanted(json={"version": "1.1"}), "JSON version is '1.10', not '1.1'"),
        (Wanted(json={"ok": 1}), "JSON ok is True, not 1"),
        (Wanted(json={"none": ""}), "JSON none is None"),
        (Wanted(json={"nodes.1.name": "a"}), "JSON nodes.1.name is missing"),
        (Wanted(json={"nodes.name": "a"}), "missing"),
        (Wanted(json={"version.x": "1"}), "missing"),
        (Wanted(json={"build": "{'id': 7}"}), "JSON build is {'id': 7}"),
    ],
)
def test_what_is_not_wanted_is_not_yet_right_and_says_why(wanted: Wanted, reason: str) -> None:
    judged = judge(RESPONSE, wanted)
    assert isinstance(judged, NotYet)
    assert reason in judged.reason


@pytest.mark.parametrize("body", ["", "<html>", "{", "\ufffd"])
def test_a_body_that_is_not_json_is_not_yet_right(body: str) -> None:
    assert "is not JSON" in judge(Response(200, {}, body), Wanted(json={"a": 1})).reason


def test_an_excerpt_of_the_body_is_enough() -> None:
    reason = judge(Response(200, {}, "x" * 10_000), Wanted(body_contains="hello")).reason
    assert len(reason) < 300


def test_a_body_is_read_only_when_it_is_wanted() -> None:
    assert not Wanted(status_code=["2xx"], expect_header={"X-Version": "2"}).needs_body
    assert Wanted(json={"a": 1}).needs_body
    assert Wanted(body_contains="a").needs_body
