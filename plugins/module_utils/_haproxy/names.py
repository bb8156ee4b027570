# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: it may change without notice.
"""Names and numbers on their way to a socket: only valid ones get past here."""

from __future__ import annotations

import re
import socket
import typing as t

from ansible_collections.zero.downtime.plugins.module_utils._errors import ZeroDowntimeError

# HAProxy's own rule for names; it leaves no room for a second command.
_NAME = re.compile(r"[A-Za-z0-9_.:-]+\Z")
# A label has at most 63 characters; Python's resolver and ssl raise other errors for longer ones.
HOST = r"[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63})*\.?"
IPV6 = r"[0-9A-Fa-f]*:[0-9A-Fa-f:.]+"
_HOST = re.compile(rf"({HOST}|{IPV6})\Z")


class BadValue(ZeroDowntimeError):
    """An option whose value HAProxy must not see."""


def name(option: str, value: str) -> str:
    if not _NAME.match(value):
        raise BadValue(
            f"{option} {value!r} is not a valid name in HAProxy: letters, digits, '_', '.', ':' and '-' only",
            option=option,
        )
    return value


def host(option: str, value: str) -> str:
    if not _HOST.match(value):
        raise BadValue(f"{option} {value!r} is neither the name nor the address of a host", option=option)
    return value


def port(value: int) -> int:
    """HAProxy itself accepts 70000 and makes it 4464 (2.4 to 3.5)."""
    if not 0 < value < 65536:
        raise BadValue(f"port {value} is not between 1 and 65535", option="port")
    return value


def address(value: str) -> str:
    """An IP address in the one spelling HAProxy prints, so that it can be compared with a read-back."""
    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            return socket.inet_ntop(family, socket.inet_pton(family, value))
        except (OSError, ValueError):
            continue
    raise BadValue(
        f"address {value!r} is not a valid IP address: HAProxy does not resolve names at run time", option="address"
    )


def weight(value: str) -> t.Callable[[int], int]:
    """V(0) to V(256), or a percentage of the configured weight, as a function of that.

    HAProxy rounds a percentage down, so 50 % of the default weight 1 would be 0, no traffic at all; here it is 1.
    """
    match = re.match(r"([0-9]{1,3})(%?)\Z", value)
    if not match or int(match.group(1)) > (100 if match.group(2) else 256):
        raise BadValue(f"weight {value!r} is neither 0 to 256 nor 0% to 100%", option="weight")
    number = int(match.group(1))
    if not match.group(2):
        return lambda _configured: number
    return lambda configured: max(1, configured * number // 100) if number and configured else 0
