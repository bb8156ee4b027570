#!/usr/bin/python
# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One rollout per service at a time."""

from __future__ import annotations

DOCUMENTATION = r"""
module: rollout_lock
version_added: 0.1.0
short_description: Let only one rollout of a service run at a time, whatever starts it
description:
  - Takes, refreshes and releases a lock on a host that all rollouts of the service use, the load balancer. So it works
    across controllers, AWX templates and people.
  - With several load balancers, take it on each in the same order, and release it on all.
  - A lock that was not refreshed for its O(ttl) is stale, and the next rollout takes it over with a warning. Its age is
    measured by the host's monotonic clock, so a jump of the wall clock neither frees nor keeps it. A lock from before a
    boot of the host is stale O(ttl) seconds after the boot.
options:
  state:
    description:
      - V(held) takes the lock, or refreshes it if this O(token) already holds it.
      - V(refreshed) only refreshes it, and fails if this O(token) no longer holds it.
      - V(released) releases it. A lock that another O(token) holds stays, which is not a failure; see RV(lock).
    type: str
    choices: [held, refreshed, released]
    default: held
  token:
    description:
      - A value that only this rollout knows, such as a random UUID made at its start.
      - Needed unless O(state=released) with O(force=true).
    type: str
  force:
    description:
      - Take the lock over, or release it, even if another rollout holds it.
      - That rollout stops at its next refresh, but may be changing a host until then.
    type: bool
    default: false
extends_documentation_fragment:
  - zero.downtime._lock
  - zero.downtime._attributes
  - zero.downtime._attributes.actiongroup_rollout
seealso:
  - module: zero.downtime.haproxy_server_state
author:
  - zero.downtime maintainers (!UNKNOWN)
"""

EXAMPLES = r"""
---
- name: Take the lock on every load balancer, waiting up to ten minutes
  zero.downtime.rollout_lock:
    service: hello
    token: "{{ rollout_id }}"
    owner: "{{ lookup('ansible.builtin.env', 'USER') }} at the controller"
    timeout: 600
  delegate_to: "{{ item }}"
  loop: "{{ groups['load_balancers'] }}"
  run_once: true

- name: Show that this rollout is still alive
  zero.downtime.rollout_lock:
    service: hello
    state: refreshed
    token: "{{ rollout_id }}"

- name: Release a lock by hand, because its rollout is known to be gone
  zero.downtime.rollout_lock:
    service: hello
    state: released
    force: true
"""

RETURN = r"""
actions:
  description: What was done, or would be done in check mode.
  returned: always
  type: list
  elements: str
  sample: [take the lock of hello]
elapsed:
  description: Seconds it took.
  returned: always
  type: float
  sample: 12.51
waited:
  description: Seconds spent waiting for another rollout.
  returned: always
  type: float
  sample: 12.5
held:
  description: Whether this O(token) holds the lock now.
  returned: always
  type: bool
  sample: true
lock:
  description: The lock as it is now; empty if it is not held.
  returned: always
  type: dict
  contains:
    service:
      description: The service that is rolled out.
      type: str
      sample: hello
    owner:
      description: Who holds it.
      type: str
      sample: alice at ctrl1.example
    since:
      description: When it was taken, by the host's wall clock, in UTC.
      type: str
      sample: '2026-01-31T14:00:00Z'
    refreshed:
      description: When it was last refreshed.
      type: str
      sample: '2026-01-31T14:01:20Z'
    age:
      description: Seconds since then; after a boot of the host, since the boot.
      type: float
      sample: 3.2
    ttl:
      description: The age from which it is stale.
      type: float
      sample: 900
    stale:
      description: Whether it is.
      type: bool
      sample: false
taken_over_from:
  description: The lock that was taken over or released by force, as RV(lock); otherwise empty.
  returned: always
  type: dict
  sample: {}
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.zero.downtime.plugins.module_utils._clock import Clock
from ansible_collections.zero.downtime.plugins.module_utils._errors import ZeroDowntimeError
from ansible_collections.zero.downtime.plugins.module_utils._lock.lock import carry_out
from ansible_collections.zero.downtime.plugins.module_utils._lock.options import LOCK_OPTIONS, lock_request

NOTHING_DONE: dict[str, t.Any] = {
    "changed": False,
    "actions": [],
    "elapsed": 0.0,
    "waited": 0.0,
    "held": False,
    "lock": {},
    "taken_over_from": {},
}


def main() -> t.NoReturn:
    module = AnsibleModule(
        argument_spec={
            **LOCK_OPTIONS,
            "state": {"type": "str", "choices": ["held", "refreshed", "released"], "default": "held"},
            "force": {"type": "bool", "default": False},
        },
        supports_check_mode=True,
    )
    params = module.params
    try:
        outcome = carry_out(
            lock_request(params, params["state"], force=params["force"]),
            state_dir=params["state_dir"],
            timeout=params["timeout"],
            clock=Clock(),
            check_mode=module.check_mode,
        )
    except ZeroDowntimeError as error:
        module.fail_json(msg=error.message, **{**NOTHING_DONE, **error.details})
    result = outcome.as_dict()
    if outcome.warning:
        module.warn(outcome.warning)
    if module._diff:
        result["diff"] = outcome.diff
    module.exit_json(**result)


if __name__ == "__main__":
    main()
