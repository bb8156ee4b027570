# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: it may change without notice.
"""Whose lock, and where: C(extends_documentation_fragment: zero.downtime._lock)."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  service:
    description: The service that is rolled out. Letters, digits, V(_), V(.) and V(-).
    type: str
    required: true
  token:
    description: A value that only this rollout knows, such as a random UUID made at its start.
    type: str
  owner:
    description: Who runs this rollout, shown to others that have to wait. Needed to take the lock.
    type: str
  ttl:
    description: Seconds without a refresh after which the lock is stale. Let it exceed the longest time between two.
    type: float
    default: 900
  timeout:
    description: Seconds to wait while another rollout holds the lock.
    type: float
    default: 0
  alive:
    description:
      - The runs that are alive on this rollout's controller, each as C(pid-start), its start counted in ticks from the
        controller's boot.
      - With it, and with tokens of the form C(controller/pid-start/id), a lock is taken over at once if its run is one
        of the same controller that began before this one and is not among them.
    type: list
    elements: str
  state_dir:
    description: Where the lock is kept, in the folder C(locks). On a local file system.
    type: path
    default: /var/lib/zero_downtime
"""
