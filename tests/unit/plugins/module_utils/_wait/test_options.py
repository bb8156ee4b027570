# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t

import pytest
from ansible_collections.zero.downtime.plugins.module_utils._wait.options import check_options, with_defaults
from ansible_collections.zero.downtime.plugins.module_utils._wait.probes.kind import BadHealthOptions

URL = {"url": "http://192.0.2.7:8080/ping"}


@pytest.mark.parametrize(
    "options",
    [
        URL,
        {"url": "https://[2001:db8::7]/ping?a=b"},
        {"tcp": "app.example:80"},
        {"container": "app"},
        {"haproxy": {"backend": "be", "server": "s1", "socket": ["/run/haproxy/admin.sock"]}},
        {**URL, "stable_for": 10, "timeout": 10.5},
        {**URL, "stable_for": 600, "timeout": None},
        {**URL, "status_code": [200, "3xx"], "successes": 3},
        {**URL, "client_cert": "/a.pem"},
        {**URL, "headers": {"X-Cafe": "caf\u00e9", "X-Empty": "", "X-Number": 1}},
        {"url": "https://user:p%40ss@app_1.example.:8443/"},
        {"url": "http://b\u00fccher.example/"},
        {"tcp": "app_1.example.:80"},
    ],
)
def test_sound_options_are_let_through(options: dict[str, t.Any]) -> None:
    check_options(options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "nothing to wait for"),
        ({"url": "", "successes": 2}, "nothing to wait for"),
        ({**URL, "timeout": 0}, "timeout must be more than 0"),
        ({**URL, "timeout": -1}, "timeout must be more than 0"),
        ({**URL, "timeout": float("nan")}, "timeout must be more than 0"),
        ({**URL, "interval": 0}, "interval must be more than 0"),
        ({**URL, "request_timeout": -5}, "request_timeout must be more than 0"),
        ({**URL, "stable_for": -1}, "stable_for must be 0"),
        ({**URL, "stable_for": float("inf")}, "stable_for must be 0"),
        ({**URL, "stable_for": 60, "timeout": 60}, "stable_for (60 s) must be shorter than timeout (60 s)"),
        ({**URL, "successes": 0}, "successes must be 1"),
        ({**URL, "successes": 100, "interval": 1, "timeout": 60}, "do not fit into timeout"),
        ({"url": "ftp://192.0.2.7/"}, "url must be http"),
        ({"url": "192.0.2.7:8080/ping"}, "url must be http"),
        ({"url": "http:///ping"}, "url must be http"),
        ({"url": "http://192.0.2.7:99999/"}, "url must be http"),
        ({"url": "http://192.0.2.7:0/"}, "url must be http"),
        ({"url": "http://[2001:db8::7/"}, "url must be http"),
        ({"url": "http://192.0.2.7/a b"}, "url must be http"),
        ({"url": "http://192.0.2.7/\r\nX: y"}, "url must be http"),
        ({"url": "http://app1..example.com/ping"}, "url must be http"),
        ({"url": f"http://{'a' * 64}.example.com/ping"}, "url must be http"),
        ({"url": "http://.example.com/ping"}, "url must be http"),
        ({**URL, "status_code": []}, "status_code is empty"),
        ({**URL, "status_code": ["600"]}, "status_code takes"),
        ({**URL, "status_code": ["2x"]}, "status_code takes"),
        ({**URL, "method": "HEAD", "json": {"a": 1}}, "HEAD has no body"),
        ({**URL, "client_key": "/k.pem"}, "client_key is of no use"),
        ({**URL, "headers": {"X-A": "b\r\nX-C: d"}}, "line break"),
        ({**URL, "headers": {"": "b"}}, "header ''"),
        ({**URL, "headers": {"X-\u20ac": "b"}}, "header 'X-\u20ac'"),
        ({**URL, "headers": {"X:A": "b"}}, "header 'X:A'"),
        ({**URL, "headers": {"X-Price": "5 \u20ac"}}, "header 'X-Price'"),
        ({**URL, "headers": {"X-Price": " 5"}}, "header 'X-Price'"),
        ({"tcp": "192.0.2.7:80", "json": {"a": 1}}, "json is about the answer of a url"),
        ({"container": "app", "expect_header": {"X-Version": "2"}}, "expect_header is about the answer"),
        ({"tcp": "192.0.2.7"}, "tcp must be host:port"),
        ({"haproxy": {"backend": "be", "server": "s1", "socket": []}}, "haproxy.socket is empty"),
        ({"haproxy": {"backend": "be", "server": "s1", "socket": ["relative"]}}, "not a valid HAProxy socket"),
        ({"haproxy": {"backend": "be", "server": "s1", "socket": ["/s"], "tls": True}}, "stays on the host"),
        ({"haproxy": {"backend": "be; quit", "server": "s1", "socket": ["/s"]}}, "haproxy.backend 'be; quit'"),
    ],
)
def test_nonsense_is_refused_with_the_option_named(options: dict[str, t.Any], message: str) -> None:
    with pytest.raises(BadHealthOptions) as refused:
        check_options(options)
    assert message in refused.value.message


def test_a_missing_or_null_option_has_its_default() -> None:
    assert with_defaults({"interval": None, "successes": 2})["interval"] == 0.5
    assert with_defaults({"interval": None, "successes": 2})["successes"] == 2
