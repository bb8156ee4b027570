# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: it may change without notice.
"""A connection to a port."""

from __future__ import annotations

import re
import socket
import typing as t

from ansible_collections.zero.downtime.plugins.module_utils._wait.bounded import bounded, cause
from ansible_collections.zero.downtime.plugins.module_utils._wait.probes import host_names
from ansible_collections.zero.downtime.plugins.module_utils._wait.probes.kind import (
    BadHealthOptions,
    ContainerView,
    Kind,
    Options,
    Probe,
)
from ansible_collections.zero.downtime.plugins.module_utils._wait.verdict import NotYet, Observation, Pass, Verdict

# How long to wait for it to hang up, s. docker-proxy accepts before it knows whether the container listens. To hang up
# takes it 0.3 ms on an idle machine, and took 22 ms at most of 300 times beside eight busy loops (Docker 20.10).
_HANG_UP = 0.2
_GREETING = 4096
_ADDRESS = re.compile(r"(?:\[([0-9A-Fa-f:.%\w]+)\]|([^\s:\[\]/@]+)):(\d{1,5})")


class TcpProbe:
    """A connection that is accepted and not closed at once."""

    def __init__(self, address: str) -> None:
        self._address = split_address(address)
        self.name = f"tcp {address}"

    def observe(self, within: float) -> Observation:
        try:
            verdict = bounded(lambda: self._ask(within), within)
        except (OSError, ValueError) as error:  # ValueError: a name that cannot be encoded
            verdict = NotYet(f"failed: {cause(error)}")
        return Observation(self.name, verdict)

    def _ask(self, within: float) -> Verdict:
        with socket.create_connection(self._address, timeout=within) as connection:
            connection.settimeout(min(_HANG_UP, within))
            try:
                greeting = connection.recv(_GREETING)
            except socket.timeout:  # it waits for the client to speak first
                return Pass("accepted the connection")
        return Pass("accepted the connection") if greeting else NotYet("closed the connection at once")


def split_address(text: str) -> tuple[str, int]:
    """The host and port of C(host:port) or C([2001:db8::1]:80). Raises BadHealthOptions."""
    match = _ADDRESS.fullmatch(text)
    if not match or not 0 < int(match[3]) < 65536 or not host_names.can_be_looked_up(match[1] or match[2]):
        raise BadHealthOptions(
            f"tcp must be host:port with a port of 1 to 65535, such as 192.0.2.7:80, {host_names.WANTED}, not {text!r}"
        )
    return match[1] or match[2], int(match[3])


def _contradictions(options: Options) -> t.Iterator[str]:
    if options["tcp"]:
        try:
            split_address(options["tcp"])
        except BadHealthOptions as error:
            yield error.message


def _probe(options: Options, _containers: ContainerView | None) -> Probe:
    return TcpProbe(options["tcp"])


KIND = Kind(option="tcp", spec={"tcp": {"type": "str"}}, contradictions=_contradictions, probe=_probe)
