# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: it may change without notice.
"""A module whose result and invocation show no secret."""

from __future__ import annotations

import typing as t

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.zero.downtime.plugins.module_utils._redact.values import certain, shown


class RedactingModule(AnsibleModule):
    """Every option that may hold a secret has C(no_log), and half of what that does is undone here.

    C(no_log) is what keeps an option out of syslog, where AnsibleModule.__init__ writes the invocation before a module
    can do anything. But it also masks each value of a dictionary wherever it turns up in a result: with C(DEBUG: "1")
    the image C(web:v1) becomes C(web:v********), and the next task deploys that. So only what is certainly a secret is
    masked everywhere, and the others are left out of the invocation, which Ansible shows at C(-vvv). Both methods are
    also where __init__ ends when it refuses the parameters.
    """

    def exit_json(self, **result: t.Any) -> t.NoReturn:
        super().exit_json(**self._redacted(result))

    def fail_json(self, msg: str, **result: t.Any) -> t.NoReturn:
        super().fail_json(msg, **self._redacted(result))

    def _redacted(self, result: dict[str, t.Any]) -> dict[str, t.Any]:
        self.no_log_values = certain(self.params)
        return {**result, "invocation": {"module_args": shown(self.params)}}
