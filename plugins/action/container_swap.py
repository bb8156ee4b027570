# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""C(container_swap) fails, rather than leaving the play, when its host can't be reached; and tells whether it began."""

from __future__ import annotations

from ansible_collections.zero.downtime.plugins.plugin_utils._unreachable import ReachesFirst


class ActionModule(ReachesFirst):
    """See ReachesFirst."""
