# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: it may change without notice.
"""The options of the modules: those they share (documented in C(zero.downtime._haproxy)), and those of one each."""

from __future__ import annotations

import typing as t

TLS_OPTIONS: dict[str, t.Any] = {
    "tls": {"type": "bool", "default": False},
    # No default: one that is stated without tls is refused.
    "tls_verify": {"type": "bool"},
    "tls_ca_cert": {"type": "path"},
    "tls_client_cert": {"type": "path"},
    "tls_client_key": {"type": "path"},
    "tls_hostname": {"type": "str"},
}

HAPROXY_OPTIONS: dict[str, t.Any] = {
    "socket": {"type": "list", "elements": "str", "default": ["/run/haproxy/admin.sock"]},
    "master_socket": {"type": "str"},
    **TLS_OPTIONS,
}

_ON_TIMEOUT: dict[str, t.Any] = {"type": "str", "choices": ["fail", "cut"], "default": "fail"}

STATE_OPTIONS: dict[str, t.Any] = {
    "backend": {"type": "str", "required": True},
    "server": {"type": "str", "required": True},
    "state": {"type": "str", "choices": ["ready", "drain", "maint"], "required": True},
    "wait": {"type": "bool", "default": True},
    "timeout": {"type": "float", "default": 60},
    "on_timeout": _ON_TIMEOUT,
    "min_healthy": {"type": "raw", "default": 1},
    "weight": {"type": "str"},
    "ramp": {"type": "float", "default": 0},
    "address": {"type": "str"},
    "port": {"type": "int"},
    "persist": {"type": "path"},
}

HAND_OVER_OPTIONS: dict[str, t.Any] = {
    "backend": {"type": "str", "required": True},
    "restore": {"type": "str", "required": True},
    "restore_timeout": {"type": "float", "default": 60},
    "ramp": {"type": "float", "default": 0},
    "drain": {"type": "str", "required": True},
    "drain_timeout": {"type": "float", "default": 60},
    "on_timeout": _ON_TIMEOUT,
    "min_healthy": {"type": "raw", "default": 1},
    "persist": {"type": "path"},
}
