# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.zero.downtime.plugins.module_utils._redact import module, text


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
    assert module.shown({"health": {"url": url}}) == {"health": {"url": told}}
