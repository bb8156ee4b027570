# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t

import yaml
from ansible_collections.zero.downtime.plugins.doc_fragments._container import ModuleDocFragment
from ansible_collections.zero.downtime.plugins.module_utils._container.description import spec
from ansible_collections.zero.downtime.plugins.module_utils._container.description.settings import CONTAINER_SETTINGS

TOLD = ("type", "elements", "required", "choices", "default", "aliases")

# Settings that take more than a conversion of their own value.
WITH_A_RULE = {
    "env",
    "labels",
    "log_driver",
    "log_options",
    "mac_address",
    "network_mode",
    "networks",
    "restart_policy",
    "restart_retries",
    "volumes",
}


def _specified(options: dict[str, t.Any], below: str) -> dict[str, t.Any]:
    """Argument spec or documentation, without its words."""
    return {
        name: {
            **{key: option[key] for key in TOLD if key in option},
            **({"options": _specified(option[below], below)} if below in option else {}),
        }
        for name, option in options.items()
    }


def test_documentation_and_argument_spec_agree() -> None:
    documented = yaml.safe_load(ModuleDocFragment.DOCUMENTATION)["options"]

    assert _specified(documented, "suboptions") == _specified(CONTAINER_SETTINGS, "options")


def test_every_setting_reaches_the_engine() -> None:
    assert {*spec.CONFIG_OPTIONS, *spec.HOST_OPTIONS, *WITH_A_RULE} == set(CONTAINER_SETTINGS)
