# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: it may change without notice.
"""What M(zero.downtime.haproxy_server_info) does: read all that a HAProxy reports of its backends and servers."""

from __future__ import annotations

import typing as t

from ansible_collections.zero.downtime.plugins.module_utils._clock import Clock
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.replies import NotFound, WorkerGone
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.runtime import Runtime
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.stats import BackendFacts, ProcessFacts
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.tls import tls_of
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.transport import patiently
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.workers import Master


def demand_admin(params: t.Mapping[str, t.Any], clock: Clock) -> None:
    """Raises NoPermission unless servers can be changed by each C(socket) of I(params)."""
    tls = tls_of(params)
    for socket in params["socket"]:
        patiently(Runtime(socket, tls=tls).demand_admin, clock)


def read_processes(
    params: t.Mapping[str, t.Any], clock: Clock, backend: str | None, server: str | None = None
) -> list[dict[str, t.Any]]:
    """Each C(socket) of I(params), the values of HAPROXY_OPTIONS, in order."""
    tls = tls_of(params)
    master = Master(params["master_socket"], tls=tls) if params["master_socket"] else None

    def read(socket: str) -> dict[str, t.Any]:
        # As a whole: an old worker that ends while it is read is not found again by the next attempt.
        return patiently(lambda: read_process(Runtime(socket, tls=tls), master, backend, server), clock)

    return [read(socket) for socket in params["socket"]]


def read_process(runtime: Runtime, master: Master | None, backend: str | None, server: str | None) -> dict[str, t.Any]:
    """The current process and, with a I(master), each old worker, in the same shape."""
    current = _process(runtime.info(), runtime, backend, server)
    workers = {} if master is None else master.old_workers()
    old = list(_old_workers(workers.values(), backend, server))
    return {"socket": runtime.socket, **current, "old_workers": old}


def _old_workers(workers: t.Iterable[Runtime], backend: str | None, server: str | None) -> t.Iterator[dict[str, t.Any]]:
    for worker in workers:
        try:
            info = worker.info()
            try:
                yield _process(info, worker, backend, server)
            except NotFound:
                # It ran before this backend or server was in haproxy.cfg.
                yield _describe(info, [], None)
        except WorkerGone:
            continue


def _process(info: ProcessFacts, runtime: Runtime, backend: str | None, server: str | None) -> dict[str, t.Any]:
    if backend is None:
        return _describe(info, runtime.backends(), server)
    if server is not None:
        # Only to raise NotFound, with the names there are.
        runtime.server(backend, server)
    return _describe(info, [runtime.backend(backend)], server)


def _describe(info: ProcessFacts, backends: list[BackendFacts], server: str | None) -> dict[str, t.Any]:
    return {
        "version": info.version,
        "pid": info.pid,
        "uptime": info.uptime,
        "servers": [
            {
                **facts.describe(),
                "configured_weight": facts.configured_weight,
                "backup": facts.backup,
                "counters": facts.counters,
            }
            for each in backends
            for facts in each.servers
            if server in (None, facts.server)
        ],
        "backends": [{"backend": each.name, "counters": each.counters} for each in backends],
    }
