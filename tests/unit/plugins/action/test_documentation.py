# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is documented is what is taken; and a user sees at a glance which modules are for them."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest
import yaml

PLUGINS = Path(__file__).resolve().parents[4] / "plugins"
COLLECTION = "ansible_collections.zero.downtime.plugins"
PUBLIC = {"container_swap", "haproxy_server_info", "haproxy_server_state", "rollout_lock", "wait_healthy"}
MODULES = {path.stem for path in (PLUGINS / "modules").glob("*.py")}
ACTIONS = {path.stem for path in (PLUGINS / "action").glob("*.py")}
PRIVATE_FILTERS = {path.stem for path in (PLUGINS / "filter").glob("_*.py")}
STATED = ("type", "elements", "required", "default", "choices")


def documentation(kind, name):
    return yaml.safe_load(importlib.import_module(f"{COLLECTION}.{kind}.{name}").DOCUMENTATION)


def specs():
    for name in sorted(ACTIONS):
        spec = getattr(importlib.import_module(f"{COLLECTION}.action.{name}").ActionModule, "_ARGUMENT_SPEC", None)
        if spec is not None:
            yield name, spec


def as_stated(option):
    """What a user has to know of I(option), its defaults and what they imply left out."""
    found = {key: option.get(key) for key in STATED if option.get(key) not in (None, False, [])}
    return {"type": "str", **found}


@pytest.mark.parametrize(("name", "spec"), list(specs()), ids=lambda value: value if isinstance(value, str) else "")
def test_an_action_takes_what_its_module_documents(name, spec):
    documented = documentation("modules", name).get("options") or {}
    assert {option: as_stated(value) for option, value in documented.items()} == {
        option: as_stated(value) for option, value in spec.items()
    }


def test_each_action_is_the_other_half_of_a_module():
    assert ACTIONS <= MODULES


@pytest.mark.parametrize("name", sorted(MODULES))
def test_a_module_that_is_not_for_users_says_so_first(name):
    internal = documentation("modules", name)["short_description"].startswith("[INTERNAL] ")
    assert internal == (name not in PUBLIC)


@pytest.mark.parametrize("name", sorted(PRIVATE_FILTERS))
def test_a_filter_that_is_not_for_users_says_so_first(name):
    assert documentation("filter", name)["short_description"].startswith("[INTERNAL] ")
