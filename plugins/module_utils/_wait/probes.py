# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: it may change without notice.
"""Looking: one class for each kind of thing that can be asked whether it may serve."""

from __future__ import annotations

import os
import queue
import socket
import threading
import typing as t

from ansible.module_utils.basic import missing_required_lib
from ansible_collections.zero.downtime.plugins.module_utils._errors import ZeroDowntimeError
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.replies import (
    HAProxyError,
    NotFound,
    NotTrusted,
)
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.runtime import Runtime
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.tls import tls_of
from ansible_collections.zero.downtime.plugins.module_utils._wait import container_state, http_response
from ansible_collections.zero.downtime.plugins.module_utils._wait.options import BadHealthOptions, split_address
from ansible_collections.zero.downtime.plugins.module_utils._wait.verdict import (
    Never,
    NotYet,
    Observation,
    Pass,
    Verdict,
)

if t.TYPE_CHECKING:
    from types import ModuleType

_BODY_LIMIT = 1024 * 1024
# How long to see whether it hangs up, s. docker-proxy accepts before it knows whether the container listens. To hang up
# takes it 0.3 ms on an idle machine, and took 22 ms at most of 300 times beside eight busy loops (Docker 20.10).
_HANG_UP = 0.2
_GREETING = 4096
# Sockets time out by themselves first, as they know better what they waited for, s.
_HEAD_START = 0.2

T = t.TypeVar("T")


class Probe(t.Protocol):
    def observe(self, within: float) -> Observation:
        """Look once, for at most I(within) seconds. What the asked one does wrong is a verdict, not an exception."""


class ContainerView(t.Protocol):
    """What a container engine must tell."""

    def inspect_container(self, name: str) -> t.Mapping[str, t.Any] | None:
        """What the engine knows of it; None if there is none."""

    def logs(self, name: str, lines: int) -> str:
        """The last I(lines) lines that the container wrote."""


class LibraryMissing(ZeroDowntimeError):
    """The managed host's Python lacks what a probe needs."""


def _requests() -> ModuleType:
    try:
        import requests  # its 0.15 s are for those who ask a URL
    except ImportError as error:
        raise LibraryMissing(
            f"{missing_required_lib('requests')} Debian and Ubuntu call it python3-requests, pip calls it requests; "
            f"without it no url can be asked. It said: {error}"
        ) from error
    return requests


def bounded(ask: t.Callable[[], T], within: float) -> T:
    """Call I(ask), and stop waiting for it soon after I(within) seconds. Raises TimeoutError, or what I(ask) raised.

    A socket's own timeout bounds neither getaddrinfo nor an answer that arrives byte by byte, and an engine's is longer
    than a look may take. The thread left behind is a daemon: it ends with the module.
    """
    answers: queue.Queue[tuple[T | None, Exception | None]] = queue.Queue()

    def run() -> None:
        try:
            answers.put((ask(), None))
        except Exception as error:
            answers.put((None, error))

    threading.Thread(target=run, daemon=True).start()
    try:
        result, error = answers.get(timeout=within + _HEAD_START)
    except queue.Empty:
        raise TimeoutError(f"no full answer within {within:.1f} s") from None
    if error is not None:
        raise error
    return t.cast(T, result)


class HttpProbe:
    """One request on a connection of its own: no redirect followed, no proxy used, no answer kept."""

    def __init__(self, options: t.Mapping[str, t.Any]) -> None:
        self._requests = _requests()
        from urllib3.exceptions import HTTPError  # what requests is made of, and does not always wrap

        self._failures = (self._requests.RequestException, HTTPError, OSError, ValueError)
        self._options = options
        self._wanted = http_response.Wanted(
            status_code=[str(code) for code in options["status_code"]],
            expect_header=options["expect_header"],
            body_contains=options["body_contains"] or "",
            json=options["json"],
        )
        self.name = f"{options['method']} {options['url']}"
        for name in ("ca_path", "client_cert", "client_key"):
            if options[name] and not os.path.exists(options[name]):
                raise BadHealthOptions(f"{name}: there is no {options[name]} on this host")

    def observe(self, within: float) -> Observation:
        try:
            seen = bounded(lambda: self._ask(within), within)
        except self._requests.ConnectTimeout:
            return Observation(self.name, NotYet(f"no connection within {within:.1f} s"))
        except self._requests.ReadTimeout:
            return Observation(self.name, NotYet(f"no answer within {within:.1f} s"))
        except self._failures as error:
            return Observation(self.name, NotYet(_cause(error)))
        return Observation(self.name, http_response.judge(seen, self._wanted))

    def _ask(self, within: float) -> http_response.Response:
        options = self._options
        certificate = (options["client_cert"], options["client_key"] or options["client_cert"])
        with self._requests.Session() as session:
            session.trust_env = False  # neither a proxy nor ~/.netrc may answer for the service
            with session.request(
                options["method"],
                options["url"],
                headers={"Connection": "close", **{name: str(value) for name, value in options["headers"].items()}},
                timeout=within,
                allow_redirects=False,
                stream=True,
                verify=(options["ca_path"] or True) if options["validate_certs"] else False,
                cert=certificate if options["client_cert"] else None,
            ) as response:
                headers = {name.lower(): value for name, value in response.headers.items()}
                return http_response.Response(
                    response.status_code, headers, _text(response) if self._wanted.needs_body else ""
                )


class TcpProbe:
    """A connection that is accepted and not closed at once."""

    def __init__(self, address: str) -> None:
        self._address = split_address(address)
        self.name = f"tcp {address}"

    def observe(self, within: float) -> Observation:
        try:
            verdict = bounded(lambda: self._ask(within), within)
        except (OSError, ValueError) as error:  # of a name that cannot be encoded, too
            verdict = NotYet(_cause(error))
        return Observation(self.name, verdict)

    def _ask(self, within: float) -> Verdict:
        with socket.create_connection(self._address, timeout=within) as connection:
            connection.settimeout(min(_HANG_UP, within))
            try:
                greeting = connection.recv(_GREETING)
            except socket.timeout:  # it waits for the client to speak first
                return Pass("connected")
        return Pass("connected") if greeting else NotYet("it accepted the connection and closed it at once")


class ContainerProbe:
    """A container that runs, is the one that ran when the wait began, and passes its own HEALTHCHECK."""

    def __init__(self, name: str, containers: ContainerView) -> None:
        self._container = name
        self._containers = containers
        self._first: t.Mapping[str, t.Any] | None = None
        self.name = f"container {name}"

    def observe(self, within: float) -> Observation:
        try:
            now = bounded(lambda: self._containers.inspect_container(self._container), within)
        except (ZeroDowntimeError, TimeoutError) as error:  # an engine that is restarted comes back
            return Observation(self.name, NotYet(str(error)))
        verdict: Verdict = container_state.judge(now, self._first)
        self._first = self._first or now
        return Observation(self.name, verdict, container_state.facts_of(now))


class HAProxyProbe:
    """A server that every HAProxy asked holds for alive, by a check that passed since the last change."""

    def __init__(self, options: t.Mapping[str, t.Any], request_timeout: float) -> None:
        self._backend, self._server = options["backend"], options["server"]
        tls = tls_of(options)
        self._runtimes = [Runtime(socket, request_timeout, tls=tls) for socket in options["socket"]]
        self.name = f"haproxy {self._backend}/{self._server}"

    def observe(self, within: float) -> Observation:
        try:
            return bounded(self._ask, within)
        except TimeoutError as error:  # of one command a Runtime says it itself, and better; a look takes several
            return Observation(self.name, NotYet(str(error)))

    def _ask(self) -> Observation:
        for runtime in self._runtimes:
            verdict = self._judge(runtime)
            if not isinstance(verdict, Pass):
                return Observation(f"{self.name} at {runtime.socket}", verdict)
        return Observation(self.name, verdict)

    def _judge(self, runtime: Runtime) -> Verdict:
        try:
            facts = runtime.server(self._backend, self._server)
        except (NotFound, NotTrusted) as error:
            return Never(error.message)
        except HAProxyError as error:  # one that restarts is away for a moment, or breaks off in the middle
            return NotYet(error.message)
        if not facts.has_check:
            return Never("it has no health check in haproxy.cfg, so HAProxy cannot tell")
        seen = f"{facts.state}, last check {facts.check_status or 'never ran'} {facts.check_text}".rstrip()
        return Pass(seen) if facts.fresh_check_passed else NotYet(f"no fresh check has passed: {seen}")


def _text(response: t.Any) -> str:
    body = b""
    for chunk in response.iter_content(64 * 1024):
        body += chunk
        if len(body) >= _BODY_LIMIT:
            break
    return body.decode("utf-8", "replace")


def _cause(error: BaseException) -> str:
    """The innermost reason: requests and urllib3 wrap "Connection refused" four times."""
    inner = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if inner is not None:
        return _cause(inner)
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
