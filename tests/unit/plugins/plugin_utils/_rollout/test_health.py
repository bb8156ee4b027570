# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.zero.downtime.plugins.plugin_utils._rollout import health

MARKED = {"path": "/ping", "expect_header": {"X-Version": "v2"}, "json": {"version": "v2"}, "timeout": 5}


@pytest.mark.parametrize(
    ("stated", "more", "expected"),
    [
        (MARKED, {}, MARKED),
        (MARKED, {"any_version": True}, {"path": "/ping", "timeout": 5}),
        ('{"path": "/ping"}', {}, {"path": "/ping"}),
        ({"path": "/ping"}, {"port": 8080}, {"url": "http://127.0.0.1:8080/ping"}),
        ({"tcp": "127.0.0.1:6379"}, {"port": 8080}, {"tcp": "127.0.0.1:6379"}),
        ({}, {"any_version": True, "port": None}, {}),
    ],
)
def test_what_is_asked_of_a_service(stated, more, expected):
    assert health.options(stated, **more) == expected
