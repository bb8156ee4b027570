# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: it may change without notice.
"""What HAProxy's answers mean: done, refused and why, or not an answer at all.

HAProxy does not mark errors in one way, so only an answer that is known to mean success is one.
"""

from __future__ import annotations

import re

from ansible_collections.zero.downtime.plugins.module_utils._errors import ZeroDowntimeError


class HAProxyError(ZeroDowntimeError):
    """Base of what a HAProxy process, or its socket, failed to do."""


class Unreachable(HAProxyError):
    """The connection was refused; a HAProxy that restarts does so for a moment."""


class NoAnswer(HAProxyError):
    """Connected, but no complete answer: it hangs, has too many sessions on the socket, or ended in the middle."""


class NotTrusted(HAProxyError):
    """There is no TLS connection that can be trusted, and waiting does not help."""


class Refused(HAProxyError):
    """HAProxy answered, and did not do it."""


class NoPermission(Refused):
    """The socket is below level admin."""


class NotFound(Refused):
    """No such backend or server in this process."""


class Retired(Refused):
    """This process was replaced by a reload and changes nothing any more; a new connection reaches the current one."""


class WorkerGone(Refused):
    """The master has no such worker (any more)."""


_TO_BE_ADMIN = "give this socket 'level admin' in haproxy.cfg (stats socket ... level admin)"
# Texts of HAProxy 2.4 to 3.5, and what to do about them.
_KNOWN: tuple[tuple[str, type[Refused], str], ...] = (
    (r"Permission denied", NoPermission, _TO_BE_ADMIN),
    (r"No such (backend|server|proxy)|Can't find backend", NotFound, "compare the names with haproxy.cfg"),
    (r"Can't find the target PID", WorkerGone, "this worker has ended"),
    (r"Proxy is disabled", Retired, "a reload has replaced this process: ask the current one"),
    (
        r"only accepts weights",
        Refused,
        "the balancing algorithm of this backend is static: only weights of 0% or 100% work",
    ),
    (r"tracking server", Refused, "the server tracks another one: change that one"),
    (r"Unknown command", Refused, "this needs HAProxy 2.4 or newer"),
)


def refusal(socket: str, command: str, reply: str) -> Refused:
    """The exception for an I(reply) that is not the success of I(command)."""
    text = " ".join(reply.split())[:300]
    kind, advice = next(
        ((kind, advice) for pattern, kind, advice in _KNOWN if re.search(pattern, text)),
        (Refused, "HAProxy's log may say more"),
    )
    return kind(
        f"HAProxy at {socket} refused '{command}': {text.rstrip('.') or 'an empty answer'}; {advice}",
        socket=socket,
        command=command,
        reply=text,
    )


def demand_admin(socket: str, level: str) -> None:
    """The answer to C(show cli level): C(user) and C(operator) may read all that we read, and change nothing."""
    if level.strip() != "admin":
        raise NoPermission(
            f"HAProxy at {socket} would refuse every change, because its level is {level.strip()!r}; {_TO_BE_ADMIN}",
            socket=socket,
            reply=level.strip(),
        )


def demand_done(socket: str, command: str, reply: str) -> None:
    """C(set), C(enable) and C(disable) print nothing when done; C(set server ... addr) prints what it changed."""
    text = reply.strip()
    if text and not re.search(r"(IP|port) changed from|no need to change|nothing changed", text):
        raise refusal(socket, command, reply)
