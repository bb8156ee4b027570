# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import ipaddress

import pytest
from lab import LabError
from lab.network import free_subnet


def networks(*names: str) -> list[ipaddress.IPv4Network]:
    return [ipaddress.IPv4Network(name) for name in names]


@pytest.mark.parametrize(
    ("used", "free"),
    [
        ((), "10.200.0.0/24"),
        (("192.0.2.0/24",), "10.200.0.0/24"),
        (("10.200.0.0/24", "10.200.2.0/24"), "10.200.1.0/24"),
        (("10.200.0.7/32",), "10.200.1.0/24"),
        (("10.200.0.0/16",), "10.201.0.0/24"),
    ],
)
def test_a_new_lab_overlaps_nothing(used: tuple[str, ...], free: str) -> None:
    assert str(free_subnet(networks(*used))) == free


def test_a_machine_that_uses_all_of_it_is_told() -> None:
    with pytest.raises(LabError, match="No free network"):
        free_subnet(networks("10.0.0.0/8"))
