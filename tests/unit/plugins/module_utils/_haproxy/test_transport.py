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


def answers_at(stack: contextlib.ExitStack, reply: bytes) -> int:
    """The port, on 127.0.0.1 only, of one who reads a line and answers it."""
    server = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
    server.settimeout(5)

    def serve() -> None:
        with contextlib.suppress(socket.timeout), server.accept()[0] as client:
            client.recv(100)
            client.sendall(reply)

    thread = threading.Thread(target=serve)
    thread.start()
    stack.callback(thread.join)
    return server.getsockname()[1]


def resolves_to(monkeypatch: pytest.MonkeyPatch, *addresses: tuple[t.Any, ...]) -> None:
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", address) for address in addresses]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_name, **_hints: found)


def test_each_address_of_a_name_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    with contextlib.ExitStack() as stack:
        port = answers_at(stack, b"done\n\n")
        resolves_to(monkeypatch, ("127.0.0.2", port), ("127.0.0.1", port))
        assert CommandSocket(f"balancer:{port}").ask("show info") == "done\n\n"


def test_the_last_address_tells_why_nobody_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    resolves_to(monkeypatch, ("127.0.0.2", port), ("127.0.0.1", port))
    with pytest.raises(Unreachable, match=f"at balancer:{port} for 'show info': Connection refused"):
        CommandSocket(f"balancer:{port}").ask("show info")


def test_an_address_that_swallows_everything_leaves_time_for_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    with contextlib.ExitStack() as stack:
        port = answers_at(stack, b"done\n\n")
        full = stack.enter_context(socket.create_server(("127.0.0.2", 0), backlog=0))
        waiting = stack.enter_context(socket.create_connection(full.getsockname()))
        resolves_to(monkeypatch, full.getsockname(), ("127.0.0.1", port))
        assert waiting.getpeername() == full.getsockname()
        assert CommandSocket(f"balancer:{port}", timeout=2).ask("show info") == "done\n\n"
