# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How to reach HAProxy: C(extends_documentation_fragment: zero.downtime._haproxy).

Private to this collection: it may change without notice.
"""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  socket:
    description:
      - The Runtime API of each HAProxy process, on the managed host - the path of a unix socket, or C(host:port).
      - C(host:port) has no authentication of its own; let it listen on loopback only.
    type: list
    elements: str
    default: [/run/haproxy/admin.sock]
  master_socket:
    description:
      - The socket of the HAProxy master process (C(haproxy -S)), by which the old workers that a reload leaves behind
        can be asked.
      - Without it nobody can tell how many requests those still have in flight.
    type: str
requirements:
  - HAProxy 2.4 or newer
notes:
  - Nothing but Python's standard library is needed on the managed host.
  - Run it on the load balancer as a user who may open the socket, usually with C(become).
seealso:
  - name: HAProxy's Management Guide, section 9.3
    description: The commands of the Runtime API.
    link: https://docs.haproxy.org/2.8/management.html#9.3
"""
