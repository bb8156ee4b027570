# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: it may change without notice.
"""Which port of a container its slot publishes, where the task does not state it. No I/O."""

from __future__ import annotations

import typing as t

from ansible_collections.zero.downtime.plugins.module_utils._container.change.request import BadRequest
from ansible_collections.zero.downtime.plugins.module_utils._container.description import probe_url

Ports = t.Mapping[str, t.Any]


def find(*, published: Ports, carried: Ports, exposed: Ports | None) -> int | None:
    """The one TCP port of the first of these that has any: what the task publishes, what runs, what the image exposes.

    Each with ports as the engine writes them, C(8080/tcp), as keys. None where it depends on I(exposed) and that is
    None, as for an image that is still to be pulled. Raises BadRequest where there is no port, or more than one.
    """
    for whose, ports in (
        ("published_ports name", published),
        ("the container that runs publishes", carried),
        ("the image exposes", exposed or {}),
    ):
        numbers = sorted(probe_url.tcp(ports))
        if len(numbers) > 1:
            raise BadRequest(f"{whose} {_listed(numbers)}: state container_port, the one of them that a slot publishes")
        if numbers:
            return numbers[0]
    if exposed is None:
        return None
    raise BadRequest(
        "neither published_ports nor the container that runs nor the image names a TCP port: "
        "state container_port, the port of the container that a slot publishes"
    )


def _listed(numbers: t.Sequence[int]) -> str:
    return f"{', '.join(map(str, numbers[:-1]))} and {numbers[-1]}"
