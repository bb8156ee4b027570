# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: it may change without notice.
"""One HTTP request, and what its response must be like."""

from __future__ import annotations

import os
import re
import typing as t
from urllib.parse import urlsplit

from ansible.module_utils.basic import missing_required_lib
from ansible_collections.zero.downtime.plugins.module_utils._errors import ZeroDowntimeError
from ansible_collections.zero.downtime.plugins.module_utils._redact.text import in_url
from ansible_collections.zero.downtime.plugins.module_utils._wait import http_response
from ansible_collections.zero.downtime.plugins.module_utils._wait.bounded import bounded, cause
from ansible_collections.zero.downtime.plugins.module_utils._wait.probes import host_names
from ansible_collections.zero.downtime.plugins.module_utils._wait.probes.kind import (
    BadHealthOptions,
    ContainerView,
    Kind,
    Options,
    Probe,
)
from ansible_collections.zero.downtime.plugins.module_utils._wait.verdict import NotYet, Observation

if t.TYPE_CHECKING:
    from types import ModuleType

_VERSION_MARKS = ("body_contains", "expect_header", "json")
_FILES = ("ca_path", "client_cert", "client_key")
_BODY_LIMIT = 1024 * 1024
# RFC 9110, 5.6.2; and what http.client can encode and requests lets through.
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HEADER_VALUE = re.compile(r"(?!\s)[^\r\n\0\u0100-\U0010ffff]*")


class LibraryMissing(ZeroDowntimeError):
    """The managed host's Python lacks what the probe needs."""


def _requests() -> ModuleType:
    try:
        import requests  # its 0.15 s are for those who ask a URL
    except ImportError as error:
        raise LibraryMissing(
            f"{missing_required_lib('requests')} Debian and Ubuntu call it python3-requests, pip calls it requests; "
            f"without it no url can be asked. Importing it failed with: {error}"
        ) from error
    return requests


class HttpProbe:
    """One request on a connection of its own: no redirect followed, no proxy used, no answer kept."""

    def __init__(self, options: Options) -> None:
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
        for name in _FILES:
            if options[name] and not os.path.exists(options[name]):
                raise BadHealthOptions(f"{name}: there is no {options[name]} on this host")

    def observe(self, within: float) -> Observation:
        try:
            seen = bounded(lambda: self._ask(within), within)
        except self._requests.ConnectTimeout:
            return Observation(self.name, NotYet(f"accepted no connection within {within:.1f} s"))
        except self._requests.ReadTimeout:
            return Observation(self.name, NotYet(f"gave no answer within {within:.1f} s"))
        except self._failures as error:
            return Observation(self.name, NotYet(f"failed: {cause(error)}"))
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
                body = _text(response) if self._wanted.needs_body else ""
                return http_response.Response(response.status_code, headers, body)


def _text(response: t.Any) -> str:
    body = b""
    for chunk in response.iter_content(64 * 1024):
        body += chunk
        if len(body) >= _BODY_LIMIT:
            break
    return body.decode("utf-8", "replace")


def _contradictions(options: Options) -> t.Iterator[str]:
    if not options["url"]:
        of_url = (*_VERSION_MARKS, "headers", *_FILES)
        yield from (f"{name} is about the answer of a url, and no url is stated" for name in of_url if options[name])
        return
    if not _is_http_url(options["url"]):
        url = in_url(options["url"])  # the role reports it, too, and masks nothing
        yield f"url must be http:// or https:// with a host and no blanks, {host_names.WANTED}, not {url!r}"
    for code in options["status_code"]:
        if not re.fullmatch(r"[1-5](\d\d|xx)", str(code)):
            yield f"status_code takes codes such as 200 or 2xx, not {code!r}"
    if not options["status_code"]:
        yield "status_code is empty: no answer could ever be right"
    if options["method"] == "HEAD" and (options["body_contains"] or options["json"]):
        yield "an answer to HEAD has no body in which body_contains or json could be found"
    if options["client_key"] and not options["client_cert"]:
        yield "client_key is of no use without client_cert"
    yield from _bad_headers(options["headers"])


def _bad_headers(headers: t.Mapping[str, t.Any]) -> t.Iterator[str]:
    for name, value in headers.items():
        if not _HEADER_NAME.fullmatch(str(name)):
            yield f"header {name!r} is not a valid name: letters, digits and '-'"
        if not _HEADER_VALUE.fullmatch(str(value)):
            yield f"header {name!r} holds a line break, a character outside Latin-1, or begins with a blank"


def _is_http_url(url: str) -> bool:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    return (
        parts.scheme in ("http", "https")
        and bool(parts.hostname)
        and host_names.can_be_looked_up(parts.hostname or "")
        and port != 0
        and not re.search(r"[\s\0]", url)
    )


def _probe(options: Options, _containers: ContainerView | None) -> Probe:
    return HttpProbe(options)


KIND = Kind(
    option="url",
    spec={
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
    },
    contradictions=_contradictions,
    probe=_probe,
    version_marks=_VERSION_MARKS,
)
