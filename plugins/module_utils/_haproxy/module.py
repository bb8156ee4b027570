# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: it may change without notice.
"""How a module that changes servers ends: the same result, whether or not it failed."""

from __future__ import annotations

import typing as t

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.zero.downtime.plugins.module_utils._errors import ZeroDowntimeError


class Work(t.Protocol):
    """What the module does; everything but I(run) may be asked at any time."""

    @property
    def warnings(self) -> list[str]: ...

    def run(self) -> None: ...

    def result(self) -> dict[str, t.Any]: ...

    def diff(self) -> dict[str, t.Any]: ...


def run(module: AnsibleModule, work: Work) -> t.NoReturn:
    failure: ZeroDowntimeError | None = None
    try:
        work.run()
    except ZeroDowntimeError as error:
        failure = error
    for warning in work.warnings:
        module.warn(warning)
    result = work.result()
    if module._diff:
        result["diff"] = work.diff()
    if failure is not None:
        module.fail_json(msg=failure.message, **{**failure.details, **result})
    module.exit_json(**result)
