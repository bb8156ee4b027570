#!/usr/bin/python
# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A rollout begins or ends on a load balancer: the lock and the counters in one visit."""

from __future__ import annotations

DOCUMENTATION = r"""
module: rollout_visit
version_added: 0.1.0
short_description: "[INTERNAL] Take the lock of a rollout and read HAProxy, or read HAProxy and release the lock"
description:
  - Does what M(zero.downtime.rollout_lock) and M(zero.downtime.haproxy_server_info) do, in one task. So HAProxy is read
    while the lock is held, and a load balancer is visited once at the start of a rollout and once at its end.
  - A part of the role P(zero.downtime.rollout#role).
options:
  state:
    description:
      - V(begin) takes the lock, then reads. Where HAProxy can't be read, or its socket is below C(level admin), the
        lock is released again and the task fails.
      - V(end) reads, then releases the lock, even where HAProxy can't be read; the task fails then.
    type: str
    choices: [begin, end]
    required: true
  lock:
    description: Whether there is a lock to take and to release.
    type: bool
    default: true
  read:
    description: Whether there is a HAProxy to read.
    type: bool
    default: true
  backend:
    description: Only this backend, by its name in C(haproxy.cfg). Without it, all backends that have servers.
    type: str
extends_documentation_fragment:
  - zero.downtime._lock
  - zero.downtime._haproxy
  - zero.downtime._attributes
  - zero.downtime._attributes.actiongroup_rollout
attributes:
  diff_mode:
    support: none
    details: [There is nothing to compare in a lock and counters.]
seealso:
  - module: zero.downtime.rollout_lock
  - module: zero.downtime.haproxy_server_info
author:
  - zero.downtime maintainers (!UNKNOWN)
"""

EXAMPLES = r"""
---
- name: Take the lock, and read HAProxy
  zero.downtime.rollout_visit:
    state: begin
    service: hello
    token: "{{ rollout_id }}"
    owner: "{{ lookup('ansible.builtin.env', 'USER') }} at the controller"
    backend: hello
  delegate_to: "{{ item }}"
  loop: "{{ groups['load_balancers'] }}"
  run_once: true
  register: balancers
"""

RETURN = r"""
processes:
  description: As M(zero.downtime.haproxy_server_info) returns it; empty without O(read).
  returned: success
  type: list
  elements: dict
  sample: [{socket: /run/haproxy/admin.sock, pid: 4711, servers: [], backends: [], old_workers: []}]
lock:
  description: As M(zero.downtime.rollout_lock) returns it; empty without O(lock), and when it is not held.
  returned: success
  type: dict
  sample: {service: hello, owner: alice at ctrl1.example, age: 0.0, ttl: 900, stale: false}
waited:
  description: Seconds spent waiting for another rollout.
  returned: success
  type: float
  sample: 0.0
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.zero.downtime.plugins.module_utils._clock import Clock
from ansible_collections.zero.downtime.plugins.module_utils._errors import ZeroDowntimeError
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.options import HAPROXY_OPTIONS
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.server_info import demand_admin, read_processes
from ansible_collections.zero.downtime.plugins.module_utils._lock.lock import Outcome, carry_out
from ansible_collections.zero.downtime.plugins.module_utils._lock.options import LOCK_OPTIONS, lock_request

Read = t.TypeVar("Read")
Locked = t.TypeVar("Locked")


def begin(lock: t.Callable[[str], Locked], read: t.Callable[[], Read]) -> tuple[Locked, Read]:
    taken = lock("held")
    try:
        return taken, read()
    except ZeroDowntimeError:
        lock("released")
        raise


def end(lock: t.Callable[[str], Locked], read: t.Callable[[], Read]) -> tuple[Locked, Read]:
    try:
        found = read()
    finally:
        released = lock("released")
    return released, found


def main() -> t.NoReturn:
    module = AnsibleModule(
        argument_spec={
            **LOCK_OPTIONS,
            **HAPROXY_OPTIONS,
            "state": {"type": "str", "choices": ["begin", "end"], "required": True},
            "lock": {"type": "bool", "default": True},
            "read": {"type": "bool", "default": True},
            "backend": {"type": "str"},
        },
        supports_check_mode=True,
    )
    params = module.params

    def lock(state: str) -> Outcome | None:
        if not params["lock"]:
            return None
        return carry_out(
            lock_request(params, state),
            state_dir=params["state_dir"],
            timeout=params["timeout"],
            clock=Clock(),
            check_mode=module.check_mode,
        )

    def read() -> list[dict[str, t.Any]]:
        if not params["read"]:
            return []
        if params["state"] == "begin":
            demand_admin(params, Clock())  # or else the first drain would be refused
        return read_processes(params, Clock(), params["backend"])

    try:
        outcome, processes = (begin if params["state"] == "begin" else end)(lock, read)
    except ZeroDowntimeError as error:
        module.fail_json(msg=error.message, **error.details)
    result = outcome.as_dict() if outcome else {"changed": False, "lock": {}, "waited": 0.0}
    if outcome and outcome.warning:
        module.warn(outcome.warning)
    module.exit_json(processes=processes, **{key: result[key] for key in ("changed", "lock", "waited")})


if __name__ == "__main__":
    main()
