# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import contextlib
import socket
import threading
import typing as t
from pathlib import Path

import pytest
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.replies import HAProxyError, NoAnswer, Unreachable
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.transport import (
    BadAddress,
    CommandSocket,
    parse_address,
)


@pytest.mark.parametrize(
    ("address", "peer"),
    [
        ("/run/haproxy/admin.sock", "/run/haproxy/admin.sock"),
        ("192.0.2.1:9999", ("192.0.2.1", 9999)),
        ("lb1.example.com:1", ("lb1.example.com", 1)),
        ("[2001:db8::1]:9999", ("2001:db8::1", 9999)),
    ],
)
def test_addresses(address: str, peer: t.Any) -> None:
    assert parse_address(address) == peer


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "admin.sock",
        "host",
        "host:",
        ":1",
        "host:0",
        "host:65536",
        "2001:db8::1:1",
        "/a\0",
        "a..b:1",
        ".a:1",
        "a" * 64 + ":1",
    ],
)
def test_bad_addresses(bad: str) -> None:
    with pytest.raises(BadAddress):
        parse_address(bad)


@pytest.mark.parametrize("bad", ["show info; show stat", "show info\nshow stat", "a\\b", "", "a\0", "show info\n"])
def test_a_line_is_one_command_each(bad: str) -> None:
    with pytest.raises(HAProxyError, match="is not sent"):
        CommandSocket("/nowhere").ask(bad)


def test_nobody_there() -> None:
    with pytest.raises(Unreachable, match=r"/nowhere/a.sock for 'show info': No such file") as failure:
        CommandSocket("/nowhere/a.sock").ask("show info")
    assert failure.value.details == {"socket": "/nowhere/a.sock", "command": "show info"}


@pytest.fixture
def answer(tmp_path: Path) -> t.Iterator[t.Callable[[bytes], CommandSocket]]:
    """A socket that reads to the end of the line's connection, answers once and keeps what it read in I(asked)."""
    with contextlib.ExitStack() as stack:

        def build(reply: bytes, **options: t.Any) -> CommandSocket:
            server = stack.enter_context(socket.socket(socket.AF_UNIX))
            server.bind(str(tmp_path / "s"))
            server.listen()

            def serve() -> None:
                with server.accept()[0] as client:
                    asked = b"".join(iter(lambda: client.recv(100), b""))
                    client.sendall(reply.replace(b"{asked}", asked))

            thread = threading.Thread(target=serve)
            thread.start()
            stack.callback(thread.join)
            return CommandSocket(str(tmp_path / "s"), **options)

        yield build


@pytest.mark.parametrize(
    ("options", "line"),
    [({}, "show info; show stat 3 4 1"), ({"worker": 7}, "@!7 show info; @!7 show stat 3 4 1")],
)
def test_one_line_then_the_end(answer: t.Callable[..., CommandSocket], options: dict[str, int], line: str) -> None:
    assert answer(b"{asked}\n", **options).ask("show info", "show stat 3 4 1") == f"{line}\n\n"


@pytest.mark.parametrize("whole", [b"\n", b"\n\n\n", b"1\n\n", b"Can't find the target PID matching '@!1'\n"])
def test_whole_answers(answer: t.Callable[..., CommandSocket], whole: bytes) -> None:
    assert answer(whole).ask("show info") == whole.decode()


@pytest.mark.parametrize("half", [b"", b"1", b"1\n", b"1\n\n2\n"])
def test_half_answers(answer: t.Callable[..., CommandSocket], half: bytes) -> None:
    with pytest.raises(NoAnswer, match=f"broke off after {len(half)} characters"):
        answer(half).ask("show info")


def test_no_answer_in_time(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "s"))
        server.listen()
        with pytest.raises(NoAnswer, match=r"timed out after 0\.\d s"):
            CommandSocket(str(tmp_path / "s"), timeout=0.05).ask("show info")
