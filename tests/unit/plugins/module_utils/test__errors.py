# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.zero.downtime.plugins.module_utils._errors import ZeroDowntimeError


class Specific(ZeroDowntimeError):
    pass


def test_an_error_carries_its_message_for_people_and_its_details_for_programs() -> None:
    error = ZeroDowntimeError("tried this, got that", socket="/run/a.sock", waited=3)
    assert str(error) == error.message == "tried this, got that"
    assert error.details == {"socket": "/run/a.sock", "waited": 3}


def test_every_expected_failure_is_caught_by_the_base() -> None:
    with pytest.raises(ZeroDowntimeError, match="tried") as caught:
        raise Specific("tried")
    assert caught.value.details == {}
