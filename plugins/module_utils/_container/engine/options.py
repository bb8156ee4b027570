# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: it may change without notice.
"""How a task states which container engine it means, and the login for its registries.

Documented in the fragments C(zero.downtime._docker) and C(zero.downtime._docker.registry).
"""

from __future__ import annotations

import typing as t

from ansible.module_utils.basic import env_fallback

DOCKER_OPTIONS: dict[str, dict[str, t.Any]] = {
    "docker_host": {
        "type": "str",
        "default": "unix:///var/run/docker.sock",
        "fallback": (env_fallback, ["DOCKER_HOST"]),
    },
    "tls": {"type": "bool"},
    "tls_verify": {"type": "bool", "default": True},
    "tls_ca_cert": {"type": "path"},
    "tls_client_cert": {"type": "path"},
    "tls_client_key": {"type": "path"},
    "tls_hostname": {"type": "str"},
    "api_timeout": {"type": "int", "default": 60},
}

REGISTRY_OPTIONS: dict[str, dict[str, t.Any]] = {
    "registry_username": {"type": "str"},
    "registry_password": {"type": "str", "no_log": True},
}

REQUIRED_TOGETHER = [
    ("tls_client_cert", "tls_client_key"),
    ("registry_username", "registry_password"),
]
