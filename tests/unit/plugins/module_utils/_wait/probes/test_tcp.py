# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.zero.downtime.plugins.module_utils._wait.probes.kind import BadHealthOptions
from ansible_collections.zero.downtime.plugins.module_utils._wait.probes.tcp import split_address


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("192.0.2.7:80", ("192.0.2.7", 80)),
        ("app-1.example:65535", ("app-1.example", 65535)),
        ("[2001:db8::7]:80", ("2001:db8::7", 80)),
        ("[fe80::1%eth0]:80", ("fe80::1%eth0", 80)),
    ],
)
def test_an_address_is_split(text: str, address: tuple[str, int]) -> None:
    assert split_address(text) == address


@pytest.mark.parametrize(
    "text",
    [
        *("", ":80", "a:", "a:0", "a:65536", "a:b", "a b:80", "2001:db8::7:80", "http://a:80", "a:80\n"),
        *("app1..example:80", ".example:80", f"{'a' * 64}.example:80"),
    ],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(BadHealthOptions):
        split_address(text)
