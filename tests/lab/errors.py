# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can go wrong in the lab."""

from __future__ import annotations


class LabError(Exception):
    """Says what was tried, on what, what came back and what to do. The command line prints it and exits 1."""


class RequirementMissing(LabError):
    """The machine lacks something only its owner can give. The command line exits 2."""
