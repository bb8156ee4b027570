# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t

from ansible_collections.zero.downtime.plugins.module_utils._container.engine import shared_namespaces

ID = "0123456789abcdef" * 4


class Engine:
    def inspect_container(self, name: str) -> dict[str, t.Any] | None:
        return {"Id": ID} if name in ("proxy", ID) else None

    def container_names(self, prefix: str) -> dict[str, str]:
        raise AssertionError(prefix)


def test_a_neighbour_is_stated_by_its_id() -> None:
    stated = {"ipc_mode": f"container:{ID}", "network_mode": "container:proxy", "pid_mode": "container:gone", "env": {}}

    assert shared_namespaces.by_id(stated, Engine()) == {
        "ipc_mode": f"container:{ID}",
        "network_mode": f"container:{ID}",
        "pid_mode": "container:gone",
        "env": {},
    }


def test_other_modes_are_left_alone() -> None:
    stated = {"ipc_mode": "host", "network_mode": "proxy", "user": "app"}

    assert shared_namespaces.by_id(stated, Engine()) == stated
