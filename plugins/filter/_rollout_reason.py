# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""C(_rollout_reason): why a task failed, from what it registered."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleFilterError
from ansible_collections.zero.downtime.plugins.plugin_utils._rollout.reason import reason


def rollout_reason(result: t.Any) -> str:
    if not isinstance(result, t.Mapping):
        raise AnsibleFilterError(
            f"zero.downtime._rollout_reason takes a registered result, not {type(result).__name__}"
        )
    return reason(result)


class FilterModule:
    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"_rollout_reason": rollout_reason}
