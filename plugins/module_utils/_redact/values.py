# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: it may change without notice.
"""Which values of a task and of a container are secrets. Options may still be of any type: nothing has checked them."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.zero.downtime.plugins.module_utils._redact.secret_options import SECRET_OPTIONS, Kind
from ansible_collections.zero.downtime.plugins.module_utils._redact.text import HIDDEN, in_url, passwords_in

Inspect = t.Mapping[str, t.Any]

# "X-Bypass-Cache: 1" is not a password, and hiding each 1 would hide the version of an image.
_SECRET = re.compile(r"auth|cookie|cred|key|(?<![a-z])pass|passw|secret|token", re.IGNORECASE)
# In a list of options like that of mount -o.
_SECRET_PART = re.compile(rf"(?:{_SECRET.pattern})[^=,]*=([^,]+)", re.IGNORECASE)


def certain(options: t.Mapping[str, t.Any]) -> set[str]:
    """The values in I(options) that can only be secrets: they are masked wherever they turn up."""
    return {secret for name, value in options.items() for secret in _certain(name, value) if secret}


def private(options: t.Mapping[str, t.Any]) -> set[str]:
    """The values in I(options) that may be secrets: a container, or its engine, is not to be quoted with them."""
    return certain(options) | {secret for name, value in options.items() for secret in _in_mappings(name, value)}


def shown(options: t.Mapping[str, t.Any], instead: str = HIDDEN) -> dict[str, t.Any]:
    """I(options) with I(instead) of each value that may be a secret; their names stay."""
    return {name: withheld(name, value, instead) for name, value in options.items()}


def withheld(option: str, value: t.Any, instead: str = HIDDEN) -> t.Any:
    """The I(value) of one option, as shown() shows it. Null stays, because it is not a secret."""
    kind = SECRET_OPTIONS.get(option)
    if value is None:
        return None
    if isinstance(value, list):
        return [withheld(option, each, instead) for each in value]
    if isinstance(value, dict) and kind in (Kind.ANY, Kind.NAMED):
        return {name: None if each is None else instead for name, each in value.items()}
    if isinstance(value, dict) and kind is not Kind.VALUE:
        return shown(value, instead)
    if kind is Kind.URL:
        return in_url(value) if isinstance(value, str) else value
    return value if kind is None else instead


def of_container(container: Inspect | None, image: Inspect | None) -> set[str]:
    """The environment values that its creator gave a container, and the secrets of its volumes and its log driver.

    Those of its image are not secrets.
    """
    public = _environment(image)
    given = {name: value for name, value in _environment(container).items() if public.get(name) != value}
    host: Inspect = (container or {}).get("HostConfig") or {}
    drivers = [(mount.get("VolumeOptions") or {}).get("DriverConfig") or {} for mount in host.get("Mounts") or []]
    mounts = [{"volume_options": driver.get("Options")} for driver in drivers]
    log_options = (host.get("LogConfig") or {}).get("Config")
    return private({"env": given, "mounts": mounts, "log_options": log_options})


def _environment(inspect: Inspect | None) -> dict[str, str]:
    entries = ((inspect or {}).get("Config") or {}).get("Env") or []
    return dict(entry.split("=", 1) for entry in entries if "=" in entry)


def _certain(option: str, value: t.Any) -> set[str]:
    kind = SECRET_OPTIONS.get(option)
    if value is None:
        return set()
    if kind is Kind.VALUE:
        return {str(value)}
    if kind is Kind.URL:
        return passwords_in(str(value))
    if kind is Kind.NAMED and isinstance(value, dict):
        return _named_like_secrets(value)
    if kind is Kind.OPTIONS:
        return {secret for each in _each_options(value) for secret in certain(each)}
    return set()


def _in_mappings(option: str, value: t.Any) -> set[str]:
    kind = SECRET_OPTIONS.get(option)
    if kind is Kind.ANY and isinstance(value, dict):
        texts = {str(each) for each in value.values() if each is not None}
        return texts.union(*map(passwords_in, texts))
    if kind is Kind.OPTIONS:
        return {secret for each in _each_options(value) for secret in private(each)}
    return set()


def _each_options(value: t.Any) -> list[dict[str, t.Any]]:
    return [each for each in (value if isinstance(value, list) else [value]) if isinstance(each, dict)]


def _named_like_secrets(mapping: t.Mapping[t.Any, t.Any]) -> set[str]:
    """Those with such a name (C(api_token)), those within a value (C(o=username=u,password=...)), those of its URLs."""
    texts = {str(name): str(value) for name, value in mapping.items() if value is not None}
    named = {value for name, value in texts.items() if _SECRET.search(name)}
    parts = {part for value in texts.values() for part in _SECRET_PART.findall(value)}
    return (named | parts).union(*map(passwords_in, texts.values()))
