# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options that both modules share; documented in C(zero.downtime._haproxy).

Private to this collection: it may change without notice.
"""

from __future__ import annotations

import typing as t

HAPROXY_OPTIONS: dict[str, t.Any] = {
    "socket": {"type": "list", "elements": "str", "default": ["/run/haproxy/admin.sock"]},
    "master_socket": {"type": "str"},
}
