# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: it may change without notice.
"""Every option that may hold a secret, and what kind of secret it is.

A unit test compares this table with the argument specs of all modules.
"""

from __future__ import annotations

import enum


class Kind(enum.Enum):
    """Where in the value of an option the secret is. C(no_log) keeps the first three out of syslog."""

    VALUE = "the value itself is a secret"
    ANY = "a mapping: none of its values is shown, and each may turn up in what a container prints"
    NAMED = "a mapping: none of its values is shown, and those named like a secret are one"
    URL = "a URL: user and password in it are secrets"
    OPTIONS = "options in turn; as a text, which is not taken apart yet, it is not shown at all"


SECRET_OPTIONS = {
    "env": Kind.ANY,
    "headers": Kind.NAMED,
    "health": Kind.OPTIONS,
    "log_opt": Kind.NAMED,  # an alias, which the invocation shows as it was stated
    "log_options": Kind.NAMED,
    "mounts": Kind.OPTIONS,
    "registry_password": Kind.VALUE,
    "settings": Kind.OPTIONS,
    "url": Kind.URL,
    "volume_options": Kind.NAMED,
}
