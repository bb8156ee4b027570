# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A module that shows what it was told, but for the values that may be secrets.

Private to this collection: it may change without notice.
"""

from __future__ import annotations

import typing as t

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.zero.downtime.plugins.module_utils._redact.text import HIDDEN, in_url
from ansible_collections.zero.downtime.plugins.module_utils._wait.options import secrets

# Of these any value may be a secret, and no name is.
_PRIVATE = ("env", "headers", "log_opt", "log_options", "volume_options")
# Options that hold options. As long as they are a text, nobody has looked into it.
_NESTED = ("health", "mounts", "settings")


class RedactingModule(AnsibleModule):
    """To be given C(no_log) for every option that may hold a secret, and to undo half of what that does.

    C(no_log) is what keeps an option out of syslog, where AnsibleModule.__init__ writes the invocation before a module
    can say a word. But of a dictionary it also masks each value wherever it stands in a result: with C(DEBUG: "1") the
    image C(web:v1) becomes C(web:v********), and the next task deploys that. So only what is a secret for sure is
    masked everywhere, and the invocation, which Ansible shows at C(-vvv), goes without the others. Both methods are
    also where __init__ ends when it refuses the parameters.
    """

    def exit_json(self, **result: t.Any) -> t.NoReturn:
        super().exit_json(**self._redacted(result))

    def fail_json(self, msg: str, **result: t.Any) -> t.NoReturn:
        super().fail_json(msg, **self._redacted(result))

    def _redacted(self, result: dict[str, t.Any]) -> dict[str, t.Any]:
        self.no_log_values = certain(self.params)
        return {**result, "invocation": {"module_args": shown(self.params)}}


def certain(params: t.Mapping[str, t.Any]) -> set[str]:
    """The values in a module's parameters, which may be of any type yet, that can be nothing but secrets."""
    health = params.get("health")
    password = params.get("registry_password")
    found = secrets(params) | (secrets(health) if isinstance(health, dict) else set())
    return found | ({str(password)} if password else set())


def shown(params: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """I(params) without the values that may be secrets; their names stay."""
    return {name: _shown(name, value) for name, value in params.items()}


def _shown(name: str, value: t.Any) -> t.Any:
    if value is None:
        return None
    if isinstance(value, dict):
        return dict.fromkeys(value, HIDDEN) if name in _PRIVATE else shown(value)
    if isinstance(value, list):
        return [_shown(name, each) for each in value]
    if name in _PRIVATE or name in _NESTED:
        return HIDDEN
    return in_url(value) if name == "url" and isinstance(value, str) else value
