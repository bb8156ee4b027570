# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t

import pytest
from ansible_collections.zero.downtime.plugins.module_utils._wait.options import check_options, with_defaults
from ansible_collections.zero.downtime.plugins.module_utils._wait.probes.kind import BadHealthOptions


@pytest.mark.parametrize(
    "stated",
    [
        "be/s1",
        "backend=be server=s1",
        {"backend": "be", "server": "s1"},
        {"backend": "be", "server": "s1", "socket": "/run/haproxy/admin.sock"},
    ],
)
def test_a_server_in_haproxy_may_be_a_text(stated: t.Any) -> None:
    found = with_defaults({"haproxy": stated})["haproxy"]
    assert {name: value for name, value in found.items() if value is not None} == {
        "backend": "be",
        "server": "s1",
        "socket": ["/run/haproxy/admin.sock"],
        "tls": False,
    }
    check_options({"haproxy": stated})


@pytest.mark.parametrize(
    ("stated", "message"),
    [
        ("s1", "haproxy is 's1', neither backend/server nor a dictionary"),
        ("be/s1/s2", "neither backend/server nor"),
        ("be; quit/s1", "neither backend/server nor"),
        (["be/s1"], "neither backend/server nor"),
        ("", "neither backend/server nor"),
        ({}, "missing required arguments: backend, server"),
        ({"backend": "be"}, "missing required arguments: server"),
        ({"backend": "be", "server": "s1", "sockets": "/s"}, "sockets"),
        ({"backend": "be", "server": "s1", "tls": "perhaps"}, "tls"),
    ],
)
def test_what_is_no_server_in_haproxy_is_refused(stated: t.Any, message: str) -> None:
    with pytest.raises(BadHealthOptions) as refused:
        check_options({"haproxy": stated})
    assert refused.value.message.startswith("haproxy")
    assert message in refused.value.message
