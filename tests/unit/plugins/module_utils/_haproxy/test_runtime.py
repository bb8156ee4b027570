# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t

import pytest
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.replies import NoAnswer, NotFound, Refused
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.runtime import Runtime
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.target import Target
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.transport import CommandSocket
from ansible_collections.zero.downtime.tests.unit.plugins.module_utils._haproxy.fakes import FakeHAProxy

INFO = "Name: HAProxy\nPid: 7190\n\n"


@pytest.fixture
def says(monkeypatch: pytest.MonkeyPatch):
    return lambda reply: monkeypatch.setattr(CommandSocket, "ask", lambda _self, *_commands: reply)


@pytest.mark.parametrize("reply", ["\n", "\n\n", INFO + "\n", INFO + "\n\n", INFO])
def test_a_worker_that_ends_while_it_is_asked_gives_no_answer(says, reply: str) -> None:
    says(reply)
    with pytest.raises(NoAnswer, match="gave no answer to 'show "):
        Runtime("/run/master.sock", worker=7190).backends()


def test_another_text_is_a_refusal(says) -> None:
    says(INFO + "Permission denied\n\n\n\n")
    with pytest.raises(Refused, match="level admin"):
        Runtime("/run/admin.sock").backends()


@pytest.mark.parametrize(
    ("names", "message", "details"),
    [
        (
            ("nope", "a"),
            "no backend named 'nope'; there are: app ('show servers state nope': Can't find backend)",
            {"command": "show servers state nope", "reply": "Can't find backend.", "known": ["app"]},
        ),
        (
            ("app", "c"),
            "no server in backend app named 'c'; there are: a, b ('show servers state app')",
            {"command": "show servers state app", "known": ["a", "b"]},
        ),
    ],
)
def test_what_is_not_found_is_told_with_the_command_and_the_reply(
    haproxy: FakeHAProxy,
    open_target: t.Callable[..., Target],
    names: tuple[str, str],
    message: str,
    details: dict[str, t.Any],
) -> None:
    runtime = open_target(haproxy).runtime
    with pytest.raises(NotFound) as failure:
        runtime.server(*names)
    assert failure.value.message == f"HAProxy at /nowhere/1.sock has {message}"
    assert failure.value.details == {"socket": "/nowhere/1.sock", **details}
