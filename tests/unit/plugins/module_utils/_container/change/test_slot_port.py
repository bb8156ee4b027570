# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t

import pytest
from ansible_collections.zero.downtime.plugins.module_utils._container.change import slot_port
from ansible_collections.zero.downtime.plugins.module_utils._container.change.request import BadRequest


def _ports(*ports: str) -> dict[str, t.Any]:
    return {port: {} for port in ports}


@pytest.mark.parametrize(
    ("published", "carried", "exposed", "port"),
    [
        (_ports("8080/tcp"), _ports("80/tcp"), _ports("81/tcp"), 8080),
        (_ports(), _ports("80/tcp"), _ports("81/tcp"), 80),
        (_ports("53/udp"), _ports("53/udp"), _ports("81/tcp", "53/udp"), 81),
        (_ports(), _ports("80/tcp"), None, 80),
        (_ports(), _ports(), None, None),
    ],
)
def test_the_first_that_has_a_port_tells(
    published: dict[str, t.Any], carried: dict[str, t.Any], exposed: dict[str, t.Any] | None, port: int | None
) -> None:
    assert slot_port.find(published=published, carried=carried, exposed=exposed) == port


@pytest.mark.parametrize(
    ("published", "carried", "exposed", "message"),
    [
        (_ports("9090/tcp", "8080/tcp"), _ports("80/tcp"), _ports("80/tcp"), "published_ports name 8080 and 9090"),
        (_ports(), _ports("1/tcp", "2/tcp", "3/tcp"), _ports("80/tcp"), "that runs publishes 1, 2 and 3"),
        (_ports(), _ports(), _ports("80/tcp", "81/tcp"), "the image exposes 80 and 81"),
        (_ports(), _ports("53/udp"), _ports(), "neither published_ports"),
    ],
)
def test_what_leaves_a_choice_is_refused(
    published: dict[str, t.Any], carried: dict[str, t.Any], exposed: dict[str, t.Any], message: str
) -> None:
    with pytest.raises(BadRequest, match=f"{message}.*: state container_port"):
        slot_port.find(published=published, carried=carried, exposed=exposed)
