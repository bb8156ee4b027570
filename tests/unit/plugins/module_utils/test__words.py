# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.zero.downtime.plugins.module_utils._words import count


@pytest.mark.parametrize(
    ("number", "words"), [(0, "0 queued requests"), (1, "1 queued request"), (2, "2 queued requests")]
)
def test_a_number_of_things(number: int, words: str) -> None:
    assert count("queued request", number) == words
