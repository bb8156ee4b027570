# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: it may change without notice.
"""The state file by which a reload keeps what was set at run time (C(load-server-state-from-file))."""

from __future__ import annotations

import os

from ansible.module_utils.common.text.converters import to_bytes, to_text
from ansible_collections.zero.downtime.plugins.module_utils import _files
from ansible_collections.zero.downtime.plugins.module_utils._errors import ZeroDowntimeError
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.stats import (
    Row,
    ServerFacts,
    Unreadable,
    parse_servers_state,
)


class NotPersisted(ZeroDowntimeError):
    """The file could not be written; what is set at run time still holds."""


def kept_of(facts: ServerFacts) -> tuple[int, int, str, int]:
    """What a reload reads from the file, as far as we set it."""
    return (facts.admin_state, facts.weight, facts.address, facts.port)


def _kept(row: Row) -> tuple[int, int, str, int]:
    return (int(row["srv_admin_state"]), int(row["srv_uweight"]), row["srv_addr"], int(row["srv_port"]))


class StateFile:
    """I(path) is followed where it is a link; the file keeps its owner and mode."""

    def __init__(self, path: str) -> None:
        self.path = path

    def holds(self, facts: ServerFacts) -> bool:
        """Whether after a reload the server would be as it is now, and up at once if it is up."""
        try:
            with open(self.path, "rb") as file:
                rows = parse_servers_state(to_text(file.read(), errors="surrogate_or_replace"))
        except (OSError, Unreadable):
            return False
        rows = [row for row in rows if (row["be_name"], row["srv_name"]) == (facts.backend, facts.server)]
        return [_kept(row) for row in rows] == [kept_of(facts)] and not (facts.up and rows[0]["srv_op_state"] == "0")

    def write(self, text: str) -> None:
        """All or nothing: HAProxy never reads half a file, not even after a power cut."""
        try:
            _files.replace(os.path.realpath(self.path), to_bytes(text.strip("\n") + "\n"), mode=0o644, keep=True)
        except OSError as error:
            raise NotPersisted(
                f"Could not write the state file {self.path}: {error.strerror or error}; "
                "a reload of HAProxy would forget the state of its servers",
                path=self.path,
            ) from error
