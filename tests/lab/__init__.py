# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fleet of real hosts on one machine: C(from lab import Fleet) with tests/ on sys.path, or C(python3 tests/lab)."""

from .balancer import Balancer
from .engine import AppHost
from .errors import LabError
from .fleet import Fleet
from .host import Host

__all__ = ["AppHost", "Balancer", "Fleet", "Host", "LabError"]
