# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import contextlib
import os
import typing as t

import pytest

NOBODY = 65534


@contextlib.contextmanager
def _no_longer_root() -> t.Iterator[None]:
    if os.geteuid() != 0:
        yield
        return
    os.setresuid(NOBODY, NOBODY, 0)
    try:
        yield
    finally:
        os.setresuid(0, 0, 0)


@pytest.fixture
def no_longer_root() -> t.Callable[[], t.ContextManager[None]]:
    """To do something as a user without any rights."""
    return _no_longer_root
