# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t

import pytest
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.options import HAPROXY_OPTIONS
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.replies import NoAnswer, NotFound
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.server_info import read_processes
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.transport import CommandSocket
from ansible_collections.zero.downtime.tests.unit.plugins.module_utils._haproxy.fakes import FakeClock, FakeHAProxy

SOCKET, MASTER = "/nowhere/1.sock", "/nowhere/master.sock"
OLD = "# old workers\n90 worker 1 0d00h00m04s 2.6.12\n"
GONE = "Can't find the target PID matching the prefix '@!90'\n"

Worker = t.Callable[..., str]


@pytest.fixture
def reloaded(haproxy: FakeHAProxy, monkeypatch: pytest.MonkeyPatch) -> t.Callable[[Worker], None]:
    """A HAProxy whose master still has the old worker 90, which answers as the given function does."""

    def build(worker: Worker) -> None:
        def ask(cli: CommandSocket, *commands: str) -> str:
            if cli._prefix:
                return worker(*commands)
            if cli.address == MASTER:
                return f"#<PID> <type> <reloads> <uptime> <version>\n# workers\n100 worker 0 - -\n{OLD}\n"
            return haproxy.ask(*commands)

        monkeypatch.setattr(CommandSocket, "ask", ask)

    return build


def read_all(clock: FakeClock, **options: t.Any) -> list[dict[str, t.Any]]:
    defaults = {name: option.get("default") for name, option in HAPROXY_OPTIONS.items()}
    return read_processes({**defaults, "socket": [SOCKET], "master_socket": MASTER, **options}, clock, "app")


def test_an_old_worker_is_read_beside_the_current_one(
    haproxy: FakeHAProxy, clock: FakeClock, reloaded: t.Callable[[Worker], None]
) -> None:
    reloaded(haproxy.ask)
    (found,) = read_all(clock)
    assert found["socket"] == SOCKET
    assert [each["server"] for each in found["old_workers"][0]["servers"]] == ["a", "b"]


def test_an_old_worker_that_ends_while_it_is_read_is_asked_for_once_more(
    haproxy: FakeHAProxy, clock: FakeClock, reloaded: t.Callable[[Worker], None]
) -> None:
    answers = [lambda: haproxy.ask("show info"), lambda: "\n", lambda: GONE]
    reloaded(lambda *_commands: answers.pop(0)())
    (found,) = read_all(clock)
    assert (found["old_workers"], answers) == ([], [])


def test_an_old_worker_that_never_answers_is_a_failure(clock: FakeClock, reloaded: t.Callable[[Worker], None]) -> None:
    started = clock.now
    reloaded(lambda *_commands: "\n")
    with pytest.raises(NoAnswer, match="gave no answer to 'show info'"):
        read_all(clock)
    assert clock.now - started >= 2


def test_names_that_are_not_there_are_not_waited_for(
    haproxy: FakeHAProxy, clock: FakeClock, reloaded: t.Callable[[Worker], None]
) -> None:
    started, haproxy.backend = clock.now, "other"
    reloaded(haproxy.ask)
    with pytest.raises(NotFound, match="no backend named 'app'"):
        read_all(clock)
    assert clock.now == started
