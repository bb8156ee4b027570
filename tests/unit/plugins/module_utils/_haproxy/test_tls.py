# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import typing as t
from pathlib import Path

import pytest
from ansible_collections.zero.downtime.plugins.module_utils._errors import ZeroDowntimeError
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.replies import NoAnswer, NotTrusted
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.tls import BadTls, check_tls, tls_of, verdict
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.transport import CommandSocket

THERE = {"tls": True, "socket": ["192.0.2.1:9999"]}


@pytest.mark.parametrize(
    "options",
    [
        THERE,
        {"socket": ["/a"]},
        {"socket": ["192.0.2.1:9999"], "tls": False},
        {**THERE, "socket": ["/a", "192.0.2.1:9999"]},
        {**THERE, "socket": ["/a"], "master_socket": "192.0.2.1:9998"},
        {**THERE, "tls_client_cert": "/both.pem", "tls_hostname": "lb1.example.com"},
        {**THERE, "tls_hostname": "2001:db8::1"},
    ],
)
def test_what_may_be_asked(options: dict[str, t.Any]) -> None:
    check_tls(options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({**THERE, "socket": ["/a", "/b"]}, "/a, /b stays on the host"),
        ({**THERE, "socket": ["/a"], "master_socket": "/m"}, "stays on the host"),
        ({**THERE, "tls_client_key": "/key.pem"}, "tls_client_key needs tls_client_cert"),
        *(
            ({"socket": ["192.0.2.1:9999"], "tls": False, option: value}, f"^{option} without tls: .* not be encrypted")
            for option, value in {
                "tls_verify": True,
                "tls_ca_cert": "/ca.pem",
                "tls_client_cert": "/both.pem",
                "tls_client_key": "/key.pem",
                "tls_hostname": "lb1.example.com",
            }.items()
        ),
        *(
            ({**THERE, "tls_hostname": name}, "neither the name nor the address of a host")
            for name in ("", ".example.com", "a b", "a\0", "a" * 64 + ".example.com", "a..b", "lb1\n")
        ),
    ],
)
def test_what_may_not(options: dict[str, t.Any], message: str) -> None:
    with pytest.raises(ZeroDowntimeError, match=message):
        check_tls(options)


def test_without_tls_there_is_none() -> None:
    assert tls_of({"tls": False, "socket": ["192.0.2.1:9999"]}) is None


@pytest.mark.parametrize("option", ["tls_ca_cert", "tls_client_cert"])
@pytest.mark.parametrize(("content", "reason"), [(None, "No such file"), ("nothing", "")])
def test_a_file_of_no_use_is_named(tmp_path: Path, option: str, content: str | None, reason: str) -> None:
    path = tmp_path / "file.pem"
    if content is not None:
        path.write_text(content)
    with pytest.raises(BadTls, match=f"^{option} {path} can't be used: {reason}"):
        tls_of({**THERE, option: str(path)})


@pytest.mark.parametrize("error", [ConnectionResetError(), ssl.SSLEOFError(), ssl.SSLZeroReturnError(), OSError()])
def test_a_haproxy_that_restarts_is_not_judged(error: OSError) -> None:
    assert verdict(error) is None


@pytest.fixture
def peer() -> t.Iterator[t.Callable[[bytes | None], CommandSocket]]:
    """One that answers a handshake with these bytes and hangs up; None: it never says anything."""
    with contextlib.ExitStack() as stack:

        def build(answer: bytes | None) -> CommandSocket:
            server = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
            address = f"127.0.0.1:{server.getsockname()[1]}"
            if answer is not None:

                def serve() -> None:
                    with server.accept()[0] as client:
                        client.recv(10000)
                        client.sendall(answer)

                thread = threading.Thread(target=serve)
                thread.start()
                stack.callback(thread.join)
            return CommandSocket(address, timeout=0.3, tls=tls_of({"tls": True, "socket": [address]}))

        yield build


def test_who_never_shakes_hands_is_not_waited_for_longer_than_for_anything_else(
    peer: t.Callable[[bytes | None], CommandSocket],
) -> None:
    with pytest.raises(
        NoAnswer, match=r"accepted the connection .* not a TLS handshake: timed out after 0\.\d s; does"
    ):
        peer(None).ask("show info")


def test_who_hangs_up_may_be_restarting(peer: t.Callable[[bytes | None], CommandSocket]) -> None:
    with pytest.raises(NoAnswer, match="not a TLS handshake: "):
        peer(b"").ask("show info")


def test_who_speaks_something_else_never_will(peer: t.Callable[[bytes | None], CommandSocket]) -> None:
    with pytest.raises(NotTrusted, match=r"something else .* ignores 'ssl' on a 'stats socket'"):
        peer(b"Unknown command, but maybe one of the following ones is a better match\n\n").ask("show info")


def test_who_ends_the_handshake_may_want_another_certificate(peer: t.Callable[[bytes | None], CommandSocket]) -> None:
    handshake_failure = b"\x15\x03\x03\x00\x02\x02\x28"  # RFC 8446, section 6: alert, fatal, 40
    with pytest.raises(NotTrusted, match="handshake failure; set tls_client_cert"):
        peer(handshake_failure).ask("show info")


def test_who_speaks_old_tls_only_is_told_from_who_speaks_none(peer: t.Callable[[bytes | None], CommandSocket]) -> None:
    # RFC 4346, sections 6.2.1 and 7.4.1.3: a ServerHello of TLS 1.1, TLS_RSA_WITH_AES_128_CBC_SHA.
    hello = b"\x03\x02" + bytes(32) + b"\x00" + b"\x00\x2f" + b"\x00"
    message = b"\x02" + len(hello).to_bytes(3, "big") + hello
    with pytest.raises(NotTrusted, match="only older TLS"):
        peer(b"\x16\x03\x02" + len(message).to_bytes(2, "big") + message).ask("show info")


def test_tls_is_not_for_a_path(tmp_path: Path) -> None:
    path = str(tmp_path / "s")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(path)
        server.listen()

        def serve() -> None:
            with server.accept()[0] as client:
                client.sendall(client.recv(100) + b"\n")

        thread = threading.Thread(target=serve)
        thread.start()
        tls = tls_of({"tls": True, "socket": [path, "192.0.2.1:9999"]})
        assert CommandSocket(path, tls=tls).ask("show info") == "show info\n\n"
        thread.join()


def test_a_connection_that_is_gone_is_not_taken_for_one_with_tls() -> None:
    gone = socket.socket()
    with pytest.raises(OSError, match="not connected"):
        tls_of(THERE).over(gone, "192.0.2.1")
    assert gone.fileno() == -1
