# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: it may change without notice.
"""What people write (C(512m), C(1m30s), C(192.0.2.1:80:8080/udp)) as the values the Engine API takes."""

from __future__ import annotations

import posixpath
import re
import shlex
import typing as t

from ansible_collections.zero.downtime.plugins.module_utils._errors import ZeroDowntimeError

Bindings = t.Dict[str, t.List[t.Dict[str, str]]]

_SIZE = re.compile(r"(?P<number>\d+(\.\d+)?)\s*(?P<unit>[kmgtp]?)(i?b)?", re.IGNORECASE)
_UNITS = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40, "p": 1 << 50}

_DURATION = re.compile(
    r"(?:(?P<h>\d+)h)?(?:(?P<m>\d+)m)?(?:(?P<s>\d+(?:\.\d+)?)s)?(?:(?P<ms>\d+)ms)?(?:(?P<us>\d+)us)?"
)
_NANOSECONDS = {"h": 3600 * 10**9, "m": 60 * 10**9, "s": 10**9, "ms": 10**6, "us": 10**3}

_PORT = re.compile(
    r"(?:(?:(?P<address>\[[0-9A-Fa-f:.%\w]+\]|[0-9.]+):)?(?P<host>[0-9-]*):)?(?P<container>[0-9-]+)(?:/(?P<protocol>tcp|udp|sctp))?"
)


class SettingError(ZeroDowntimeError):
    """A setting that the engine could not understand; found before anything is touched."""

    def __init__(self, option: str, value: t.Any, expected: str) -> None:
        super().__init__(f"{option}: {value!r} is not {expected}", option=option)


def size(option: str, text: str) -> int:
    """Bytes; C(-1) and C(unlimited) mean no limit."""
    if text in ("-1", "unlimited"):
        return -1
    match = _SIZE.fullmatch(text.strip())
    if match is None:
        raise SettingError(option, text, "a size like 512m or 1g")
    return int(float(match["number"]) * _UNITS[match["unit"].lower()])


def duration(option: str, text: str) -> int:
    """Nanoseconds, from a duration as Go writes it."""
    match = _DURATION.fullmatch(text.strip())
    parts = {unit: part for unit, part in match.groupdict().items() if part} if match else {}
    if not parts and text.strip() != "0":
        raise SettingError(option, text, "a duration like 30s or 1m30s")
    return sum(int(float(part) * _NANOSECONDS[unit]) for unit, part in parts.items())


def words(option: str, value: str | list[t.Any]) -> list[str]:
    """A command as a list; a string is split as a shell would split it, and no shell runs."""
    if not isinstance(value, str):
        return [str(word) for word in value]
    try:
        return shlex.split(value)
    except ValueError as error:
        raise SettingError(option, value, f"a command line ({error})") from error


def texts(option: str, values: t.Mapping[str, t.Any]) -> dict[str, str]:
    """Strings and integers as strings. The rest is refused: an unquoted C(yes) or C(1.10) is another value in YAML."""
    for name, value in values.items():
        if isinstance(value, bool) or not isinstance(value, (str, int)):
            # The value itself may be a secret.
            raise SettingError(f"{option}: {name}", type(value).__name__, "a string; write it in quotes")
    return {str(name): str(value) for name, value in values.items()}


def texts_or_none(option: str, values: t.Mapping[str, t.Any]) -> dict[str, str | None]:
    """As I(texts), and keys whose value is null."""
    stated = texts(option, {name: value for name, value in values.items() if value is not None})
    return {str(name): stated.get(str(name)) for name in values}


def path(_option: str, text: str) -> str:
    """As the engine writes a path of the container down (Go's filepath.Clean); empty stays empty."""
    return "/" + posixpath.normpath(text).lstrip("/") if text.startswith("/") else text


def port_bindings(option: str, ports: list[str]) -> Bindings:
    """C([[address:][host port]:]container port[/protocol]), each port also as a range C(first-last)."""
    bindings: Bindings = {}
    for text in ports:
        match = _PORT.fullmatch(text)
        if match is None:
            raise SettingError(option, text, "of the form [[address:]host port:]container port[/protocol]")
        inner = _range(option, text, match["container"])
        for number, host in zip(inner, _host_ports(option, text, match["host"] or "", len(inner))):
            binding = {"HostIp": (match["address"] or "").strip("[]"), "HostPort": host}
            bindings.setdefault(f"{number}/{match['protocol'] or 'tcp'}", []).append(binding)
    return bindings


def exposed_ports(option: str, ports: list[str]) -> dict[str, dict[str, t.Any]]:
    exposed: dict[str, dict[str, t.Any]] = {}
    for text in ports:
        numbers, slash, protocol = text.partition("/")
        if slash and protocol not in ("tcp", "udp", "sctp"):
            raise SettingError(option, text, "a port like 8080 or 53/udp")
        exposed.update({f"{number}/{protocol or 'tcp'}": {} for number in _range(option, text, numbers)})
    return exposed


def device(option: str, text: str) -> dict[str, str]:
    """C(on the host[:in the container[:permissions]])."""
    parts = text.split(":")
    if not parts[0] or len(parts) > 3:
        raise SettingError(option, text, "of the form /dev/on-host[:/dev/in-container[:rwm]]")
    inner = parts[1] if len(parts) > 1 else parts[0]
    return {
        "PathOnHost": parts[0],
        "PathInContainer": inner,
        "CgroupPermissions": parts[2] if len(parts) > 2 else "rwm",
    }


def ulimit(option: str, text: str) -> dict[str, t.Any]:
    """C(name:soft[:hard])."""
    name, *limits = text.replace("=", ":").split(":")
    if not name or len(limits) not in (1, 2) or not all(re.fullmatch(r"-?\d+", limit) for limit in limits):
        raise SettingError(option, text, "of the form name:soft[:hard], like nofile:1024:4096")
    return {"Name": name, "Soft": int(limits[0]), "Hard": int(limits[-1])}


def _range(option: str, text: str, ports: str) -> list[int]:
    first, dash, last = ports.partition("-")
    if not first.isdigit() or (dash and not last.isdigit()):
        raise SettingError(option, text, "made of port numbers")
    numbers = list(range(int(first), int(last or first) + 1))
    if not numbers or not 0 < numbers[0] <= numbers[-1] < 65536:
        raise SettingError(option, text, "made of ports from 1 to 65535")
    return numbers


def _host_ports(option: str, text: str, ports: str, count: int) -> list[str]:
    """As many host ports as there are container ports; none named means that the engine picks one."""
    if ports in ("", "0"):
        return [""] * count
    numbers = _range(option, text, ports)
    if count == 1 and len(numbers) > 1:
        return [ports]  # the engine picks one of the range
    if len(numbers) != count:
        raise SettingError(option, text, "a pair of ranges of the same length")
    return [str(number) for number in numbers]
