# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.zero.downtime.plugins.module_utils._container.description import api_versions


@pytest.mark.parametrize(
    ("version", "has"), [("1.9", False), ("1.43", False), ("1.44", True), ("1.100", True), ("2.0", True)]
)
def test_versions_are_compared_by_their_numbers(version: str, has: bool) -> None:
    assert api_versions.has(version, api_versions.MAC_PER_NETWORK) is has
