# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.zero.downtime.plugins.module_utils._haproxy import replies


@pytest.mark.parametrize(
    "reply",
    [
        "\n",
        "\n\n\n",
        "IP changed from '192.0.2.1' to '192.0.2.2', no need to change the port by 'stats socket command'\n\n",
        "no need to change the addr, port changed from '80' to '81' by 'stats socket command'\n\n",
        "nothing changed\n\n",
    ],
)
def test_done(reply: str) -> None:
    replies.demand_done("/s", "set server a/b state drain", reply)


@pytest.mark.parametrize(
    ("reply", "kind", "advice"),
    [
        ("Permission denied\n\n", replies.NoPermission, "level admin"),
        ("\nNo such server.\n\n", replies.NotFound, "compare the names"),
        ("No such backend.\n\n", replies.NotFound, "compare the names"),
        ("Can't find the target PID matching the prefix '@!7'\n", replies.WorkerGone, "has ended"),
        ("Proxy is disabled.\n\n", replies.Retired, "a reload has replaced"),
        ("Something never seen before\n\n", replies.Refused, "HAProxy's log may say more"),
    ],
)
def test_unknown_text_is_a_failure_with_all_that_is_known(reply: str, kind: type[replies.Refused], advice: str) -> None:
    with pytest.raises(kind) as failure:
        replies.demand_done("/s", "set server a/b state drain", reply)
    assert failure.type is kind
    for part in ("/s", "set server a/b state drain", " ".join(reply.split()).rstrip("."), advice):
        assert part in failure.value.message
    assert ".;" not in failure.value.message
    assert failure.value.details == {
        "socket": "/s",
        "command": "set server a/b state drain",
        "reply": " ".join(reply.split()),
    }
