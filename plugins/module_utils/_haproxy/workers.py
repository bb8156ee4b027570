# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: it may change without notice.
"""Old workers: the processes that a reload leaves behind until their last connection ends.

An old worker can be asked but not commanded: a server that is drained in the current worker keeps its state in the
old ones.
"""

from __future__ import annotations

import dataclasses
import re

from ansible_collections.zero.downtime.plugins.module_utils._clock import Clock
from ansible_collections.zero.downtime.plugins.module_utils._haproxy import replies
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.replies import NotFound, WorkerGone
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.runtime import Runtime
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.tls import Tls
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.transport import CommandSocket


@dataclasses.dataclass(frozen=True)
class OldWorkerUse:
    """How one old worker still uses a server."""

    pid: int
    in_flight: int
    may_send: bool

    @property
    def over(self) -> bool:
        return not self.in_flight and not self.may_send


class Master:
    """The master process, by its own socket (C(haproxy -S))."""

    def __init__(
        self, socket: str, timeout: float = 5.0, clock: Clock | None = None, *, tls: Tls | None = None
    ) -> None:
        self.socket = socket
        self._timeout = timeout
        self._clock = clock or Clock()
        self._tls = tls
        self._cli = CommandSocket(socket, timeout, self._clock, tls=tls)

    def old_workers(self) -> dict[int, Runtime]:
        """By process id."""
        command = "show proc"
        reply = self._cli.ask(command)
        if not reply.startswith("#<PID>"):
            raise replies.refusal(self.socket, command, reply)
        return {
            pid: Runtime(self.socket, self._timeout, self._clock, worker=pid, tls=self._tls)
            for pid in parse_old_workers(reply)
        }

    def old_worker_use(self, backend: str, server: str) -> list[OldWorkerUse]:
        """One entry for each old worker that still uses I(server)."""
        found = [_old_use(pid, worker, backend, server) for pid, worker in self.old_workers().items()]
        return [each for each in found if each is not None and not each.over]


def parse_old_workers(text: str) -> list[int]:
    """Process ids below C(# old workers) in C(show proc)."""
    _before, _heading, section = text.partition("# old workers")
    return [int(pid) for pid in re.findall(r"^(\d+)\s+worker\b", section.split("\n#", 1)[0], re.MULTILINE)]


def _old_use(pid: int, worker: Runtime, backend: str, server: str) -> OldWorkerUse | None:
    try:
        facts = worker.server(backend, server)
        # A reload closes idle client connections, except with 'option idle-close-on-response': then each may send one
        # more request, to a server that this worker does not know to be drained.
        return OldWorkerUse(pid, facts.in_flight, facts.state == "ready" and worker.idle_clients() > 0)
    except (NotFound, WorkerGone):
        return None
