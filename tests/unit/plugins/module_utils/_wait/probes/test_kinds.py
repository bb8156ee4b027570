# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is true of every kind of probe.

Whatever asking may raise is a verdict: a probe that ends in a traceback does not show why the wait failed.
"""

from __future__ import annotations

import threading
import time
import typing as t

import pytest
import requests
import urllib3
from ansible_collections.zero.downtime.plugins.module_utils._wait.options import with_defaults
from ansible_collections.zero.downtime.plugins.module_utils._wait.probes import kinds
from ansible_collections.zero.downtime.plugins.module_utils._wait.probes.container import ContainerProbe
from ansible_collections.zero.downtime.plugins.module_utils._wait.probes.haproxy import HAProxyProbe
from ansible_collections.zero.downtime.plugins.module_utils._wait.probes.kind import Probe
from ansible_collections.zero.downtime.plugins.module_utils._wait.probes.tcp import TcpProbe
from ansible_collections.zero.downtime.plugins.module_utils._wait.probes.url import HttpProbe
from ansible_collections.zero.downtime.plugins.module_utils._wait.verdict import NotYet


def http(**options: t.Any) -> HttpProbe:
    return HttpProbe(with_defaults({"url": "http://192.0.2.7/ping", **options}))


HTTP, TCP = http(), TcpProbe("192.0.2.7:80")


@pytest.mark.parametrize(
    ("probe", "error"),
    [
        (HTTP, requests.exceptions.ContentDecodingError("no")),
        (HTTP, urllib3.exceptions.DecodeError("no")),
        (HTTP, ConnectionRefusedError(111, "no")),
        (HTTP, ValueError("no")),
        (TCP, ConnectionRefusedError(111, "no")),
        (TCP, ValueError("no")),
    ],
)
def test_what_asking_raises_is_not_yet_healthy(
    monkeypatch: pytest.MonkeyPatch, probe: HttpProbe | TcpProbe, error: Exception
) -> None:
    def ask(_within: float) -> t.NoReturn:
        raise error

    monkeypatch.setattr(probe, "_ask", ask)
    assert probe.observe(1).verdict == NotYet("failed: no")


class Hung:
    """An engine, and a HAProxy, that keeps whoever asks until it is told to stop."""

    socket = "/nowhere/1.sock"

    def __init__(self) -> None:
        self._enough = threading.Event()

    def __enter__(self) -> Hung:
        return self

    def __exit__(self, *_error: t.Any) -> None:
        self._enough.set()

    def _keep(self, *_asked: t.Any) -> None:
        self._enough.wait(60)

    inspect_container = server = _keep


def container_of(hung: Hung) -> Probe:
    return ContainerProbe("app", hung)


def haproxy_of(hung: Hung) -> Probe:
    probe = HAProxyProbe({"backend": "app", "server": "a", "socket": [], "tls": False}, 30)
    probe._runtimes = [hung]
    return probe


@pytest.mark.parametrize("probe_of", [container_of, haproxy_of])
def test_one_that_never_answers_takes_no_longer_than_an_attempt_may(probe_of: t.Callable[[Hung], Probe]) -> None:
    with Hung() as hung:
        began = time.monotonic()
        verdict = probe_of(hung).observe(0.1).verdict
        took = time.monotonic() - began
    assert verdict == NotYet("could not be read: no full answer within 0.1 s")
    assert took < 30


def test_a_container_that_runs_is_not_an_answer() -> None:
    """It runs, and so does one that is about to crash."""
    assert [kind.option for kind in kinds.KINDS if not kind.answers] == ["container"]
    assert not kinds.waits_for_an_answer({"container": "app", "url": "", "tcp": None})
    assert kinds.waits_for_an_answer({"tcp": "192.0.2.7:80"})


def test_on_the_way_back_nothing_tells_one_version_from_another() -> None:
    options = {
        "url": "http://192.0.2.7/ping",
        "path": "/ping",
        "expect_header": {"X-Version": "2"},
        "json": {"version": "2"},
        "body_contains": "v2",
        "status_code": ["200"],
        "timeout": 30,
    }
    left = {name: options[name] for name in ("url", "path", "status_code", "timeout")}
    assert kinds.of_any_version(options) == left


def test_every_option_of_a_kind_has_its_default_and_marks_are_options() -> None:
    for kind in kinds.KINDS:
        assert {kind.option, *kind.version_marks} <= set(kind.spec)
        assert set(kind.spec) <= set(with_defaults({}))
