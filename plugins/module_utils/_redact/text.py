# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: it may change without notice.
"""Taking secrets out of a text."""

from __future__ import annotations

import re
import typing as t
from urllib.parse import unquote

HIDDEN = "********"
# Shorter values ("1", "info", "8080") are not secrets, and hiding them would leave nothing to read.
SHORTEST_SECRET = 6

# Before a URL has been checked, its password may hold anything, an @ and a line break included.
_USER_AND_PASSWORD = re.compile(r"//.*@", re.DOTALL)
# In a longer text, and in a URL that urlsplit would refuse.
_USER_AND_PASSWORD_IN_TEXT = re.compile(r"(?<=://)[^/?#\s:@]*:[^/?#\s]*@")
_PASSWORD = re.compile(r"//[^/?#\s:@]*:([^/?#\s]*)@")


def in_url(url: str) -> str:
    """I(url), sound or not, without user and password."""
    return _USER_AND_PASSWORD.sub(f"//{HIDDEN}@", url)


def passwords_in(text: str) -> set[str]:
    """The passwords of all URLs in I(text), each as it is written there and as a program reads it."""
    written = set(_PASSWORD.findall(text)) - {""}
    return written | {unquote(each) for each in written}


def redact(value: t.Any, private: t.Collection[str]) -> t.Any:
    """I(value), with the lists and dicts in it, without private values long enough to hide and passwords of URLs.

    A value of several lines, such as a key, is hidden line by line, because logs come in lines.
    """
    if isinstance(value, str):
        lines = {line for each in private for line in (each, *each.splitlines())}
        for secret in sorted((each for each in lines if len(each) >= SHORTEST_SECRET), key=len, reverse=True):
            value = value.replace(secret, HIDDEN)
        return _USER_AND_PASSWORD_IN_TEXT.sub(f"{HIDDEN}@", value)
    if isinstance(value, (list, tuple)):
        return [redact(each, private) for each in value]
    if isinstance(value, dict):
        return {key: redact(each, private) for key, each in value.items()}
    return value
