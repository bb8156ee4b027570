# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: it may change without notice.
"""A server whose health check in HAProxy has passed since it last left maintenance or went down."""

from __future__ import annotations

import re
import typing as t

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.common.validation import check_type_dict
from ansible_collections.zero.downtime.plugins.module_utils._errors import ZeroDowntimeError
from ansible_collections.zero.downtime.plugins.module_utils._haproxy import names
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.options import HAPROXY_OPTIONS, TLS_OPTIONS
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.replies import (
    HAProxyError,
    NotFound,
    NotTrusted,
)
from ansible_collections.zero.downtime.plugins.module_utils._wait.bounded import bounded
from ansible_collections.zero.downtime.plugins.module_utils._wait.probes.kind import (
    BadHealthOptions,
    ContainerView,
    Kind,
    Options,
    Probe,
)
from ansible_collections.zero.downtime.plugins.module_utils._wait.verdict import (
    Never,
    NotYet,
    Observation,
    Pass,
    Verdict,
)

if t.TYPE_CHECKING:
    from ansible_collections.zero.downtime.plugins.module_utils._haproxy.runtime import Runtime

_SUBOPTIONS: dict[str, t.Any] = {
    "backend": {"type": "str", "required": True},
    "server": {"type": "str", "required": True},
    "socket": HAPROXY_OPTIONS["socket"],
    **TLS_OPTIONS,
}
_BACKEND_AND_SERVER = re.compile(r"(?P<backend>[A-Za-z0-9_.:-]+)/(?P<server>[A-Za-z0-9_.:-]+)")


class HAProxyProbe:
    """A server that every HAProxy asked holds for alive, by a check that passed since the last change."""

    def __init__(self, suboptions: Options, request_timeout: float) -> None:
        # Their 11 ms are for those who ask HAProxy.
        from ansible_collections.zero.downtime.plugins.module_utils._haproxy.runtime import Runtime
        from ansible_collections.zero.downtime.plugins.module_utils._haproxy.tls import tls_of

        self._backend, self._server = suboptions["backend"], suboptions["server"]
        tls = tls_of(suboptions)
        self._runtimes = [Runtime(socket, request_timeout, tls=tls) for socket in suboptions["socket"]]
        self.name = f"haproxy {self._backend}/{self._server}"

    def observe(self, within: float) -> Observation:
        try:
            return bounded(self._ask, within)
        except TimeoutError as error:  # a Runtime reports one command better itself, but an attempt takes several
            return Observation(self.name, NotYet(f"could not be read: {error}"))

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
            return Never(f"could not be read: {error.message}")
        except HAProxyError as error:  # one that restarts is gone for a moment, or breaks off in the middle
            return NotYet(f"could not be read: {error.message}")
        if not facts.has_check:
            return Never("has no health check in haproxy.cfg, so HAProxy cannot tell whether it is up")
        seen = f"is {facts.state}, last check {facts.check_status or 'never ran'} {facts.check_text}".rstrip()
        return Pass(seen) if facts.fresh_check_passed else NotYet(f"{seen}: no fresh check has passed")


def _normalised(value: t.Any) -> dict[str, t.Any]:
    """Raises BadHealthOptions for what is neither the suboptions nor C(backend/server)."""
    named = _BACKEND_AND_SERVER.fullmatch(value) if isinstance(value, str) else None
    try:
        stated = named.groupdict() if named else check_type_dict(value)
    except TypeError as error:
        raise BadHealthOptions(f"haproxy is {value!r}, neither backend/server nor a dictionary") from error
    checked = ArgumentSpecValidator(_SUBOPTIONS).validate(stated)
    if checked.error_messages:
        raise BadHealthOptions(f"haproxy: {'; '.join(checked.error_messages)}")
    return t.cast(t.Dict[str, t.Any], checked.validated_parameters)


def _contradictions(options: Options) -> t.Iterator[str]:
    suboptions = options["haproxy"]
    if not suboptions:
        return
    from ansible_collections.zero.downtime.plugins.module_utils._haproxy.tls import check_tls
    from ansible_collections.zero.downtime.plugins.module_utils._haproxy.transport import parse_address

    if not suboptions["socket"]:
        yield "haproxy.socket is empty: there is no HAProxy to ask"
    try:
        for option in ("backend", "server"):
            names.name(f"haproxy.{option}", suboptions[option])
        for socket in suboptions["socket"]:
            parse_address(socket)
        check_tls(suboptions)
    except ZeroDowntimeError as error:
        yield error.message


def _probe(options: Options, _containers: ContainerView | None) -> Probe:
    return HAProxyProbe(options["haproxy"], options["request_timeout"])


KIND = Kind(
    option="haproxy",
    spec={"haproxy": {"type": "raw", "options": _SUBOPTIONS}},
    contradictions=_contradictions,
    probe=_probe,
    normalised=_normalised,
)
