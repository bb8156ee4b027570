# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is refused, and with which words."""

from __future__ import annotations

import contextlib
import socket
import threading
import typing as t
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from ansible_collections.zero.downtime.plugins.module_utils._errors import ZeroDowntimeError
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.drain import TooFewLeft
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.runtime import Runtime
from ansible_collections.zero.downtime.tests.integration.haproxy.haproxy_under_test import HAProxy, until

Make = t.Callable[..., HAProxy]


def test_the_last_server_stays(haproxy: HAProxy) -> None:
    haproxy.module("maint", "app2")
    with pytest.raises(
        TooFewLeft, match=r"no other server can serve, .* needs 1\. Not serving: app2 \(maint\)"
    ) as failure:
        haproxy.module("maint", timeout=0.3)
    assert failure.value.details["result"]["actions"] == []
    assert haproxy.admin_state("app1") == 0
    haproxy.module("maint", min_healthy=0)
    assert haproxy.admin_state("app1") == 1


def test_a_dead_server_may_go_whatever_the_others_do(haproxy: HAProxy) -> None:
    for service in haproxy.services.values():
        service.kill()
    until(lambda: not haproxy.facts("app1").up and not haproxy.facts("app2").up)
    haproxy.module("maint", min_healthy="100%")
    assert haproxy.admin_state("app1") == 1


def test_the_guard_waits_for_another_server_to_come_back(haproxy: HAProxy) -> None:
    haproxy.services["app2"].kill()
    until(lambda: not haproxy.facts("app2").up)
    with ThreadPoolExecutor(1) as pool:  # not for the start: a tied program ends with its thread
        waiting = pool.submit(haproxy.module, "maint")
        threading.Event().wait(0.5)
        haproxy.services["app2"].start()
        waiting.result()
    assert haproxy.facts("app2").serves


def test_of_two_drains_at_once_on_the_last_two_one_fails(haproxy: HAProxy) -> None:
    clients = haproxy.wrk(4)
    failures: list[str] = []

    def drain(server: str) -> None:
        try:
            haproxy.module("drain", server, timeout=1.0)
        except TooFewLeft:
            failures.append(server)

    threads = [threading.Thread(target=drain, args=[server]) for server in haproxy.services]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(failures) == 1
    assert sum(haproxy.facts(server).serves for server in haproxy.services) == 1
    assert clients.finish()[1] == 0


def test_a_backup_server_takes_over(make: Make) -> None:
    haproxy = make(2).start(each={"app2": "backup"})
    haproxy.until_up()
    haproxy.module("maint")
    assert haproxy.request() == (200, "app2")
    with pytest.raises(TooFewLeft):
        haproxy.module("maint", "app2", timeout=0.0)


def test_an_operator_level_socket(haproxy: HAProxy) -> None:
    with pytest.raises(ZeroDowntimeError, match=r"operator\.sock refused .*Permission denied.*level admin"):
        haproxy.module("maint", socket=[str(haproxy.folder / "operator.sock")])
    assert haproxy.admin_state("app1") == 0


def test_an_operator_level_socket_is_known_before_anything_is_changed(haproxy: HAProxy) -> None:
    with pytest.raises(ZeroDowntimeError, match=r"operator\.sock would refuse .*'operator'.*level admin"):
        Runtime(str(haproxy.folder / "operator.sock")).demand_admin()
    Runtime(haproxy.socket).demand_admin()
    Runtime(f"127.0.0.1:{haproxy.tcp}").demand_admin()


def test_a_tcp_socket(haproxy: HAProxy) -> None:
    haproxy.module("maint", socket=[f"127.0.0.1:{haproxy.tcp}"])
    assert haproxy.admin_state("app1") == 1


def test_unknown_names_are_answered_with_the_known_ones(haproxy: HAProxy) -> None:
    for options, message in (
        ({"backend": "nope"}, "no backend named 'nope'; there are: app"),
        ({"backend": "web"}, "no backend named 'web'; there are: app"),
        ({"server": "app9"}, "no server in backend app named 'app9'; there are: app1, app2"),
    ):
        with pytest.raises(ZeroDowntimeError, match=message):
            haproxy.module("maint", **options)


def test_a_second_command_in_a_name_reaches_nobody(haproxy: HAProxy) -> None:
    for evil in ("app1; set server app/app2 state maint", "app1\nset server app/app2 state maint", "app1\n"):
        with pytest.raises(ZeroDowntimeError, match="is not a valid name in HAProxy"):
            haproxy.module("maint", server=evil)
    with pytest.raises(ZeroDowntimeError, match="neither 0 to 256 nor"):
        haproxy.module("ready", weight="10; set server app/app2 state maint")
    assert [haproxy.admin_state(server) for server in haproxy.services] == [0, 0]


def test_a_frontend_of_the_same_name_does_not_answer_for_the_backend(make: Make) -> None:
    haproxy = make(2)
    # HAProxy numbers its proxies: a backend named 2 must not answer for the second one either.
    numbers = "backend 2\n  server app1 127.0.0.1:1\nbackend 3\n  server app1 127.0.0.1:1"
    haproxy.start(more=f"frontend app\n  bind unix@{haproxy.folder}/app.sock\n  default_backend app\n{numbers}")
    haproxy.until_up()
    haproxy.background("/slow", 2)
    until(lambda: haproxy.facts("app1").sessions == 1)
    assert haproxy.module("drain")["elapsed"] > 0.3
    haproxy.join()


def test_several_sockets_of_which_one_is_dead_change_nothing(haproxy: HAProxy) -> None:
    with pytest.raises(ZeroDowntimeError, match="Could not connect to HAProxy at /nowhere/a"):
        haproxy.module("maint", socket=[haproxy.socket, "/nowhere/a.sock"])
    assert haproxy.admin_state("app1") == 0


def test_several_sockets_of_which_one_dies_are_put_back(make: Make) -> None:
    first, second = make(2).start(), make(2).start()
    first.until_up()
    second.until_up()
    second.background("/long", 2)
    until(lambda: second.facts("app1").sessions == 1)
    second.once_out(second.stop)
    with pytest.raises(ZeroDowntimeError, match=r"(is still away|Could not connect).*could not be put back"):
        first.module("maint", socket=[first.socket, second.socket], timeout=1.5)
    assert first.admin_state("app1") == 0
    first.until_up()
    second.join()


def test_several_sockets_of_which_one_may_not_are_put_back(make: Make) -> None:
    first, second = make(2).start(), make(2).start()
    first.until_up()
    second.until_up()
    with pytest.raises(ZeroDowntimeError, match="Permission denied"):
        first.module("maint", socket=[first.socket, str(second.folder / "operator.sock")])
    assert (first.admin_state("app1"), second.admin_state("app1")) == (0, 0)
    first.until_up()
    assert first.facts("app1").check_enabled


def test_several_sockets_wait_for_the_slowest_before_any_goes_to_maint(make: Make) -> None:
    first, second = make(2).start(), make(2).start()
    first.until_up()
    second.until_up()
    second.background("/slow", 2)
    until(lambda: second.facts("app1").sessions == 1)
    result = first.module("maint", socket=[first.socket, second.socket])
    kinds = ["maint" if "state maint" in action else "drain" for action in result["actions"]]
    assert kinds == ["drain", "drain", "maint", "maint"]
    second.join()


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (None, r"no complete answer to 'show servers state app': timed out after 5\.0 s"),
        (b"", "no complete answer to 'show servers state app': the answer broke off after 0 characters"),
        (b"1\n# be_id be_name", "the answer broke off after 17 characters"),
        (b"1\n# be_id be_name\n3 b\n\n", "unreadable answer to 'show servers state app'"),
        (b"HTTP/1.1 400 Bad request\r\n\r\n\n\n", "refused 'show servers state app': HTTP/1.1 400 Bad request"),
    ],
    ids=["hung", "silent", "half", "other columns", "something else"],
)
def test_a_socket_that_is_no_good(tmp_path: Path, haproxy: HAProxy, answer: bytes | None, message: str) -> None:
    path = str(tmp_path / "bad.sock")
    enough = threading.Event()

    def serve() -> None:
        while not enough.is_set():
            with contextlib.suppress(OSError), server.accept()[0] as client:
                client.recv(1000)
                if answer is None:
                    enough.wait(20)
                else:
                    client.sendall(answer)

    with socket.socket(socket.AF_UNIX) as server:
        server.bind(path)
        server.listen()
        server.settimeout(0.1)
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            with pytest.raises(ZeroDowntimeError, match=message):
                haproxy.module("maint", socket=[path])
        finally:
            enough.set()
            thread.join()
