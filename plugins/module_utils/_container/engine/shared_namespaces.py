# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: it may change without notice.
"""Other containers whose namespaces a container shares. Reads the engine, and changes nothing."""

from __future__ import annotations

import typing as t

from ansible_collections.zero.downtime.plugins.module_utils._container.engine.service_containers import ReadOnlyEngine

_MODES = ("ipc_mode", "network_mode", "pid_mode")


def by_id(stated: t.Mapping[str, t.Any], engine: ReadOnlyEngine) -> dict[str, t.Any]:
    """I(stated) with C(container:ID) for C(container:NAME), as the engine writes it down.

    So one that was recreated counts as another container, whose namespaces are to be shared instead. One that does not
    exist keeps its name, and the engine refuses it.
    """
    result = dict(stated)
    for option in _MODES:
        mode, _colon, name = str(stated.get(option) or "").partition(":")
        found = engine.inspect_container(name) if mode == "container" else None
        if found is not None:
            result[option] = f"container:{found['Id']}"
    return result
