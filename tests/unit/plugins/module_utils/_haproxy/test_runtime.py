# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.replies import NoAnswer, Refused
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.runtime import Runtime
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.transport import CommandSocket

INFO = "Name: HAProxy\nPid: 7190\n\n"


@pytest.fixture
def says(monkeypatch: pytest.MonkeyPatch):
    return lambda reply: monkeypatch.setattr(CommandSocket, "ask", lambda _self, *_commands: reply)


@pytest.mark.parametrize("reply", ["\n", "\n\n", INFO + "\n", INFO + "\n\n", INFO])
def test_a_worker_that_ends_while_it_is_asked_gives_no_answer(says, reply: str) -> None:
    says(reply)
    with pytest.raises(NoAnswer, match="said nothing to 'show "):
        Runtime("/run/master.sock", worker=7190).backends()


def test_another_text_is_a_refusal(says) -> None:
    says(INFO + "Permission denied\n\n\n\n")
    with pytest.raises(Refused, match="level admin"):
        Runtime("/run/admin.sock").backends()
