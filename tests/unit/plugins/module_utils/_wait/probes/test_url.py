# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t

import pytest
from ansible_collections.zero.downtime.plugins.module_utils._wait.options import with_defaults
from ansible_collections.zero.downtime.plugins.module_utils._wait.probes.url import HttpProbe
from ansible_collections.zero.downtime.plugins.module_utils._wait.verdict import NotYet


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"url": "http://app1..example.com/ping"}, "label"),
        ({"headers": {"X-Price": "5 \u20ac"}}, "latin-1"),
    ],
)
def test_what_no_request_can_be_made_of_is_not_yet_healthy(options: dict[str, t.Any], said: str) -> None:
    """Options that check_options() refuses; there may be more of them than it knows."""
    verdict = HttpProbe(with_defaults({"url": "http://192.0.2.7/ping", **options})).observe(1).verdict
    assert isinstance(verdict, NotYet)
    assert said in verdict.reason
