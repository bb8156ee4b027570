# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab as a user's site: its hosts, and the group variables of inventory.example."""

from __future__ import annotations

import pytest
from controller import Controller, inventory
from lab import Fleet
from site_under_test import Site
from workers import lab_name


@pytest.fixture(scope="session")
def fleet():
    with Fleet.own(lab_name("e2e")) as fleet:
        yield fleet


@pytest.fixture(scope="session")
def controller(fleet, tmp_path_factory):
    return Controller(inventory(tmp_path_factory.mktemp("inventory"), fleet.inventory), {})


@pytest.fixture
def hooks(tmp_path):
    """Hooks that print V(<<name host>>), as rollout_hooks takes them."""

    def write(*names):
        for name in names:
            (tmp_path / f"{name}.yml").write_text(
                f"- name: Hook\n  ansible.builtin.debug:\n    msg: '<<{name} {{{{ inventory_hostname }}}}>>'\n"
            )
        return {name: str(tmp_path / f"{name}.yml") for name in names}

    return write


@pytest.fixture
def site(fleet, controller):
    """Three hosts on v1, all of them serving."""
    yield from Site(fleet, controller).scenario()
