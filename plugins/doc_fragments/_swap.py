# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: it may change without notice.
"""The O(health) of a container that the module itself starts: all that wait_healthy knows, and a path alone."""

from __future__ import annotations

from ansible_collections.zero.downtime.plugins.doc_fragments import _health


class ModuleDocFragment:
    # In one text, as Ansible merges the options of fragments but not their suboptions. Annotated, as ansible-test's
    # yamllint takes every plain assignment of this name for a literal.
    DOCUMENTATION: str = (
        _health.ModuleDocFragment.NESTED.rstrip()
        + r"""
      path:
        description:
          - In the place of O(health.url), ask for this path on the host port that the container publishes. Of several
            it is the one of O(container_port), else that of the lowest port.
        type: str
"""
    )
