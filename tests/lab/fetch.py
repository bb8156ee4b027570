# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTP straight to the lab: the proxy that this machine may need for the world outside knows none of its addresses."""

from __future__ import annotations

import http.client
import typing as t
import urllib.request

_STRAIGHT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def fetch(what: str | urllib.request.Request, timeout: float = 5.0) -> http.client.HTTPResponse:
    """As urlopen."""
    return t.cast("http.client.HTTPResponse", _STRAIGHT.open(what, timeout=timeout))
