# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t

import pytest
from ansible_collections.zero.downtime.plugins.module_utils._redact import text

PRIVATE = {"correct horse", "correct horse battery", "info", "8080", "-----BEGIN KEY-----\nMIIEow\n"}


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("https://192.0.2.7/ping", "https://192.0.2.7/ping"),
        ("https://probe:horse@192.0.2.7/ping", "https://********@192.0.2.7/ping"),
        ("https://probe:ho@rse@[192.0.2.7/", "https://********@[192.0.2.7/"),
        ("https://probe:ho\nrse@192.0.2.7/", "https://********@192.0.2.7/"),
    ],
)
def test_a_url_is_told_without_user_and_password(url: str, told: str) -> None:
    assert text.in_url(url) == told


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("login with correct horse failed", "login with ******** failed"),
        ("correct horse battery", "********"),
        (["correct horse", {"log": "x correct horse x"}], ["********", {"log": "x ******** x"}]),
        ("level=info port=8080", "level=info port=8080"),
        ("-----BEGIN KEY-----", "********"),
        ("key MIIEow, end", "key ********, end"),
        (3, 3),
        (None, None),
    ],
)
def test_redact(value: t.Any, shown: t.Any) -> None:
    assert text.redact(value, PRIVATE) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("cannot reach postgres://u:pw@db/x: timeout", "cannot reach postgres://********@db/x: timeout"),
        ("redis://:pw@cache amqp://u:p@w@mq/", "redis://********@cache amqp://********@mq/"),
        ("correct horse at postgres://u:correct horse@db", "******** at postgres://********@db"),
        ("http://db:8080/x?mail=a@b.example", "http://db:8080/x?mail=a@b.example"),
        ("web:v1@sha256:5891", "web:v1@sha256:5891"),
    ],
)
def test_no_url_is_quoted_with_its_password(value: str, shown: str) -> None:
    """Whether it is known to be private or not: too short to be hidden elsewhere, or another service's."""
    assert text.redact(value, PRIVATE) == shown
