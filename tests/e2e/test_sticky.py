# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Clients whom a cookie binds to a server: they follow it into a drain, and leave it in maintenance."""

from __future__ import annotations

import contextlib
import dataclasses
import http.client
import threading

import pytest
from lab.namespaces import wait_until
from lab.watch import Watch
from site_under_test import V2, Site

CLIENTS = 6


class Client(threading.Thread):
    """Asks over one kept connection, with its cookie, and never again for what went wrong."""

    def __init__(self, balancer, port):
        super().__init__()
        self.servers = []
        """That the cookie named, one after the other."""
        self.failures = []
        self.answered = 0
        self._over = threading.Event()
        self._connection = http.client.HTTPConnection(balancer.address, port, timeout=30)

    def run(self):
        while not self._over.is_set():
            try:
                self._ask()
            except (OSError, http.client.HTTPException) as error:
                self.failures.append(error)
                self._connection.close()

    def stop(self):
        self._over.set()
        self.join()

    def _ask(self):
        cookie = {"Cookie": f"SERVER={self.servers[-1]}"} if self.servers else {}
        self._connection.request("GET", "/hello?sleep=0.05", headers=cookie)
        answer = self._connection.getresponse()
        answer.read()
        self.answered += 1
        if answer.status != 200:
            self.failures.append(answer.status)
        given = answer.getheader("Set-Cookie")
        if given:
            self.servers.append(given.partition(";")[0].partition("=")[2])


@contextlib.contextmanager
def clients_of(site):
    clients = [Client(site.balancer, site.port) for _number in range(CLIENTS)]
    for client in clients:
        client.start()
    try:
        yield clients
    finally:
        for client in clients:
            client.stop()


@pytest.fixture
def sticky(fleet, controller):
    controller = dataclasses.replace(controller, variables={"rollout_backend": "sticky"})
    yield from Site(fleet, controller, backend="sticky", port=82).scenario()


def test_they_move_to_another_server_and_lose_nothing(sticky):
    with Watch(sticky.balancer, sticky.backend) as watch, clients_of(sticky) as clients:
        wait_until(lambda: all(client.servers for client in clients), "a server for each client")
        run = sticky.deploy("hello:v2")
    assert run.rc == 0, run.output
    assert sticky.versions() == V2
    assert [client.failures for client in clients if client.failures] == []
    assert watch.counted.signs_of_loss == 0, watch.counted
    assert watch.counted.answered == sum(client.answered for client in clients)
    assert {each.ledger.lost for each in sticky.rollouts} == {0}
    # Each host was out once, so whoever it had went elsewhere; and stayed until then.
    assert {len(client.servers) > 1 for client in clients} == {True}
