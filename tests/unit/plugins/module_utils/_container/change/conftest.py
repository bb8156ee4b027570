# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One host for each test."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.zero.downtime.tests.unit.plugins.module_utils._container.change.fakes import Host


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return Host(tmp_path)
