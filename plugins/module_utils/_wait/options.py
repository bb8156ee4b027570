# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: it may change without notice.
"""What a user may ask of a wait, and which wishes make no sense. No I/O.

Documented in plugins/doc_fragments/_health.py.
"""

from __future__ import annotations

import math
import re
import typing as t
from urllib.parse import urlsplit

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.common.validation import check_type_dict
from ansible_collections.zero.downtime.plugins.module_utils._errors import ZeroDowntimeError
from ansible_collections.zero.downtime.plugins.module_utils._haproxy import names
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.options import HAPROXY_OPTIONS, TLS_OPTIONS
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.tls import check_tls
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.transport import parse_address
from ansible_collections.zero.downtime.plugins.module_utils._redact.text import in_url

_HAPROXY_OPTIONS: dict[str, t.Any] = {
    "backend": {"type": "str", "required": True},
    "server": {"type": "str", "required": True},
    "socket": HAPROXY_OPTIONS["socket"],
    **TLS_OPTIONS,
}
_BACKEND_AND_SERVER = re.compile(r"(?P<backend>[A-Za-z0-9_.:-]+)/(?P<server>[A-Za-z0-9_.:-]+)")

HEALTH_OPTIONS: dict[str, t.Any] = {
    "url": {"type": "str"},
    "method": {"type": "str", "choices": ["GET", "HEAD", "OPTIONS"], "default": "GET"},
    "headers": {"type": "dict", "default": {}, "no_log": True},
    "status_code": {"type": "list", "elements": "str", "default": ["200"]},
    "expect_header": {"type": "dict", "default": {}},
    "body_contains": {"type": "str"},
    "json": {"type": "dict", "default": {}},
    "validate_certs": {"type": "bool", "default": True},
    "ca_path": {"type": "path"},
    "client_cert": {"type": "path"},
    "client_key": {"type": "path"},
    "tcp": {"type": "str"},
    "container": {"type": "str"},
    "haproxy": {"type": "raw", "options": _HAPROXY_OPTIONS},
    "successes": {"type": "int", "default": 1},
    "stable_for": {"type": "float", "default": 0},
    "interval": {"type": "float", "default": 0.5},
    "request_timeout": {"type": "float", "default": 5},
    "timeout": {"type": "float"},
}

PROBES = ("url", "tcp", "container", "haproxy")
_OF_URL = ("body_contains", "json", "expect_header", "headers", "ca_path", "client_cert", "client_key")
_LABELS = "each label of the name 1 to 63 characters long"
# RFC 9110, 5.6.2; and what http.client can encode and requests lets through.
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HEADER_VALUE = re.compile(r"(?!\s)[^\r\n\0\u0100-\U0010ffff]*")


class BadHealthOptions(ZeroDowntimeError):
    """The options contradict themselves or name nothing that could be asked."""


def with_defaults(options: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """I(options) as an argument spec completes them: what is missing or C(None) gets its default.

    Raises BadHealthOptions for a C(haproxy) that is neither its suboptions nor C(backend/server).
    """
    stated = {name: value for name, value in options.items() if value is not None}
    if "haproxy" in stated:
        stated["haproxy"] = _haproxy_server(stated["haproxy"])
    return {**{name: spec.get("default") for name, spec in HEALTH_OPTIONS.items()}, **stated}


def _haproxy_server(value: t.Any) -> dict[str, t.Any]:
    named = _BACKEND_AND_SERVER.fullmatch(value) if isinstance(value, str) else None
    try:
        stated = named.groupdict() if named else check_type_dict(value)
    except TypeError as error:
        raise BadHealthOptions(f"haproxy is {value!r}, neither backend/server nor a dictionary") from error
    checked = ArgumentSpecValidator(_HAPROXY_OPTIONS).validate(stated)
    if checked.error_messages:
        raise BadHealthOptions(f"haproxy: {'; '.join(checked.error_messages)}")
    return t.cast(t.Dict[str, t.Any], checked.validated_parameters)


def check_options(options: t.Mapping[str, t.Any]) -> None:
    """Refuse what could never pass or never end, before anything is touched. Raises BadHealthOptions."""
    options = with_defaults(options)
    for wrong in _contradictions(options):
        raise BadHealthOptions(wrong)


def split_address(text: str) -> tuple[str, int]:
    """The host and port of C(host:port) or C([2001:db8::1]:80). Raises BadHealthOptions."""
    match = re.fullmatch(r"(?:\[([0-9A-Fa-f:.%\w]+)\]|([^\s:\[\]/@]+)):(\d{1,5})", text)
    if not match or not 0 < int(match[3]) < 65536 or not _can_be_looked_up(match[1] or match[2]):
        raise BadHealthOptions(
            f"tcp must be host:port with a port of 1 to 65535, such as 192.0.2.7:80, {_LABELS}, not {text!r}"
        )
    return match[1] or match[2], int(match[3])


def _contradictions(options: t.Mapping[str, t.Any]) -> t.Iterator[str]:
    if not any(options[probe] for probe in PROBES):
        yield f"there is nothing to wait for: state at least one of {', '.join(PROBES)}"
    yield from _bad_numbers(options)
    if options["url"]:
        yield from _bad_request(options)
    else:
        yield from (f"{name} is about the answer of a url, and no url is stated" for name in _OF_URL if options[name])
    if options["tcp"]:
        split_address(options["tcp"])
    if options["haproxy"]:
        yield from _bad_haproxy(options["haproxy"])


def _bad_numbers(options: t.Mapping[str, t.Any]) -> t.Iterator[str]:
    for name in ("interval", "request_timeout", "timeout"):
        value = options[name]
        if value is not None and not (math.isfinite(value) and value > 0):
            yield f"{name} must be more than 0 seconds, not {value}"
    stable_for, timeout = options["stable_for"], options["timeout"]
    if not (math.isfinite(stable_for) and stable_for >= 0):
        yield f"stable_for must be 0 seconds or more, not {stable_for}"
    if timeout is not None and stable_for >= timeout:
        yield f"stable_for ({stable_for} s) must be shorter than timeout ({timeout} s), or the wait can only fail"
    if options["successes"] < 1:
        yield f"successes must be 1 or more, not {options['successes']}"
    if timeout is not None and (options["successes"] - 1) * options["interval"] >= timeout:
        yield f"{options['successes']} successes, {options['interval']} s apart, do not fit into timeout ({timeout} s)"


def _bad_request(options: t.Mapping[str, t.Any]) -> t.Iterator[str]:
    if not _is_http_url(options["url"]):
        url = in_url(options["url"])  # the role says it, too, and masks nothing
        yield f"url must be http:// or https:// with a host and no blanks, {_LABELS}, not {url!r}"
    for code in options["status_code"]:
        if not re.fullmatch(r"[1-5](\d\d|xx)", str(code)):
            yield f"status_code takes codes such as 200 or 2xx, not {code!r}"
    if not options["status_code"]:
        yield "status_code is empty: no answer could ever be right"
    if options["method"] == "HEAD" and (options["body_contains"] or options["json"]):
        yield "an answer to HEAD has no body for body_contains or json to look at"
    if options["client_key"] and not options["client_cert"]:
        yield "client_key is of no use without client_cert"
    for name, value in options["headers"].items():
        if not _HEADER_NAME.fullmatch(str(name)):
            yield f"header {name!r} has a name that is none: letters, digits and '-'"
        if not _HEADER_VALUE.fullmatch(str(value)):
            yield f"header {name!r} holds a line break, a character outside Latin-1, or begins with a blank"


def _bad_haproxy(options: t.Mapping[str, t.Any]) -> t.Iterator[str]:
    if not options["socket"]:
        yield "haproxy.socket is empty: there is no HAProxy to ask"
    try:
        for option in ("backend", "server"):
            names.name(f"haproxy.{option}", options[option])
        for socket in options["socket"]:
            parse_address(socket)
        check_tls(options)
    except ZeroDowntimeError as error:
        yield error.message


def _is_http_url(url: str) -> bool:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    return (
        parts.scheme in ("http", "https")
        and bool(parts.hostname)
        and _can_be_looked_up(parts.hostname or "")
        and port != 0
        and not re.search(r"[\s\0]", url)
    )


def _can_be_looked_up(host: str) -> bool:
    """Whether Python can hand it to a resolver: no label may be empty, or longer than 63 characters."""
    try:
        host.encode("idna")
    except UnicodeError:
        return False
    return True
