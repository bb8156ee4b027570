# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.zero.downtime.plugins.module_utils._haproxy import names
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.names import BadValue


@pytest.mark.parametrize("good", ["app1", "app-1.example.com:8080", "_", "2"])
def test_names_of_haproxys_own_rule(good: str) -> None:
    assert names.name("server", good) == good


@pytest.mark.parametrize(
    "bad", ["", "a b", "a;b", "a\nb", "app1\n", "a/b", "a\\b", "#1", "a%b", "$a", "a\0", "äpp", "a\tb"]
)
def test_names_that_hide_a_second_command_are_refused(bad: str) -> None:
    with pytest.raises(BadValue, match="is not a valid name in HAProxy"):
        names.name("server", bad)


@pytest.mark.parametrize("bad", [-1, 0, 65536, 70000])
def test_ports_that_haproxy_would_take_and_wrap(bad: int) -> None:
    with pytest.raises(BadValue, match="between 1 and 65535"):
        names.port(bad)


@pytest.mark.parametrize(
    ("value", "spelled"), [("192.0.2.1", "192.0.2.1"), ("2001:DB8:0::1", "2001:db8::1"), ("::1", "::1")]
)
def test_addresses_are_spelled_as_haproxy_prints_them(value: str, spelled: str) -> None:
    assert names.address(value) == spelled


@pytest.mark.parametrize("bad", ["localhost", "192.0.2", "192.0.2.1:80", "192.0.2.1; x", "", "a\0"])
def test_addresses_are_ip_addresses(bad: str) -> None:
    with pytest.raises(BadValue, match="is not a valid IP address"):
        names.address(bad)


@pytest.mark.parametrize(
    ("value", "configured", "weight"),
    [("0", 9, 0), ("256", 1, 256), ("50%", 40, 20), ("50%", 1, 1), ("1%", 40, 1), ("0%", 40, 0), ("50%", 0, 0)],
)
def test_weights(value: str, configured: int, weight: int) -> None:
    assert names.weight(value)(configured) == weight


@pytest.mark.parametrize("bad", ["257", "-1", "101%", "ten", "", "10; x", "1.5", "10\n"])
def test_weights_out_of_range(bad: str) -> None:
    with pytest.raises(BadValue, match="neither 0 to 256 nor"):
        names.weight(bad)
