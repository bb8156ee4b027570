# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: it may change without notice.
"""What HAProxy's answers mean: done, refused and why, or not an answer at all.

HAProxy marks errors in no uniform way, so success is what is known by sight and all else is a failure.
"""

from __future__ import annotations

import re

from ansible_collections.zero.downtime.plugins.module_utils._errors import ZeroDowntimeError


class HAProxyError(ZeroDowntimeError):
    """Base of what a HAProxy process, or its socket, did not do."""


class Unreachable(HAProxyError):
    """Nobody accepts connections there; a restarting HAProxy looks like this for a moment."""


class NoAnswer(HAProxyError):
    """Connected, but no whole answer came: hung, too many sessions on the socket, or ended in the middle."""


class NotTrusted(HAProxyError):
    """No TLS connection that can be trusted, and waiting makes none."""


class Refused(HAProxyError):
    """HAProxy answered, and it was a no."""


class NoPermission(Refused):
    """The socket is below level admin."""


class NotFound(Refused):
    """No such backend or server in this process."""


class Retired(Refused):
    """This process was replaced by a reload and changes nothing any more; who connects anew gets the current one."""


class WorkerGone(Refused):
    """The master has no such worker (any more)."""


_TO_BE_ADMIN = "give this socket 'level admin' in haproxy.cfg (stats socket ... level admin)"
# Texts of HAProxy 2.4 to 3.5, and what to do about them.
_KNOWN: tuple[tuple[str, type[Refused], str], ...] = (
    (r"Permission denied", NoPermission, _TO_BE_ADMIN),
    (r"No such (backend|server|proxy)|Can't find backend", NotFound, "compare the names with haproxy.cfg"),
    (r"Can't find the target PID", WorkerGone, "this worker has ended"),
    (r"Proxy is disabled", Retired, "this process is on its way out after a reload; ask the current one"),
    (r"only accepts weights", Refused, "the balancing algorithm of this backend is static: weight 0 % or 100 % only"),
    (r"tracking server", Refused, "the server tracks another one: change that one"),
    (r"Unknown command", Refused, "this needs HAProxy 2.4 or newer"),
)


def refusal(socket: str, command: str, reply: str) -> Refused:
    """The exception for an I(reply) that is not the success of I(command)."""
    text = " ".join(reply.split())[:300]
    kind, advice = next(
        ((kind, advice) for pattern, kind, advice in _KNOWN if re.search(pattern, text)),
        (Refused, "nothing known is wrong with the command: look into HAProxy's log"),
    )
    return kind(
        f"HAProxy at {socket} refused '{command}': {text or 'an empty answer'}; {advice}",
        socket=socket,
        command=command,
        reply=text,
    )


def demand_admin(socket: str, level: str) -> None:
    """The answer to C(show cli level): C(user) and C(operator) may read all that we read, and change nothing."""
    if level.strip() != "admin":
        raise NoPermission(
            f"HAProxy at {socket} would refuse every change, for its level is {level.strip()!r}; {_TO_BE_ADMIN}",
            socket=socket,
            reply=level.strip(),
        )


def demand_done(socket: str, command: str, reply: str) -> None:
    """C(set), C(enable) and C(disable) are silent when done; C(set server ... addr) tells what it changed."""
    text = reply.strip()
    if text and not re.search(r"(IP|port) changed from|no need to change|nothing changed", text):
        raise refusal(socket, command, reply)
