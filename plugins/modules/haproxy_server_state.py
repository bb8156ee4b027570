#!/usr/bin/python
# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One server's state in HAProxy: ready, drain, maint."""

from __future__ import annotations

DOCUMENTATION = r"""
module: haproxy_server_state
version_added: 0.1.0
short_description: Drain a server in HAProxy, or restore it, without losing a request
description:
  - Sets the state of one server on one or more HAProxy processes of a host, by the Runtime API, and waits until its
    requests have followed.
  - What is set at run time is gone after a reload of HAProxy, unless O(persist) is used.
options:
  backend:
    description: The backend, by its name in C(haproxy.cfg).
    type: str
    required: true
  server:
    description: The server, by its name in C(haproxy.cfg).
    type: str
    required: true
  state:
    description:
      - V(drain) lets no new requests in and waits until those in flight have finished. Clients with persistence
        (cookies, stick tables) keep using the server.
      - V(maint) drains first, then closes idle connections and moves clients with persistence to other servers. When it
        returns, the service may be stopped.
      - Where clients with persistence never leave a gap, V(maint) goes on with requests of theirs in flight. They
        finish, unless C(on-marked-down shutdown-sessions) cuts them; a warning says how many.
      - V(ready) restores the server; HAProxy sends it requests only after its own check has passed C(rise) times
        afresh. A server without a check gets requests at once, with a warning. Check it yourself first.
      - A server already in this state gets no command.
    type: str
    choices: [ready, drain, maint]
    required: true
  wait:
    description: V(false) sets the state and returns at once, with requests still in flight or a check still pending.
    type: bool
    default: true
  timeout:
    description: Seconds to wait, for enough other servers (O(min_healthy)) and for this one, together.
    type: float
    default: 60
  on_timeout:
    description:
      - What to do with requests that have not finished after O(timeout).
      - V(fail) puts the server back as it was and fails.
      - V(cut) shuts them down, which their clients notice, and goes on. See RV(sessions_cut).
    type: str
    choices: [fail, cut]
    default: fail
  min_healthy:
    description:
      - How many servers of the backend must be able to serve without this one - a number, or a share of all of them
        such as V(80%) or V(0.8). A share always lets one out, and always keeps one.
      - Checked right before the drain, waited for up to O(timeout), and checked again right after. A server that can't
        serve now may always go.
      - V(0) accepts an interruption.
      - Backup servers count only when no other server can serve.
    type: raw
    default: 1
  weight:
    description:
      - V(0) to V(256), or a percentage of the weight in C(haproxy.cfg), which is never rounded down to 0.
      - By default the weight stays as it is, except that a server that is restored with a weight of 0 gets the one in
        C(haproxy.cfg).
    type: str
  ramp:
    description:
      - Seconds over which the weight rises, in ten steps at most, once the server is up. Only with O(state=ready).
      - Without O(weight), a weight below the one in C(haproxy.cfg) rises to that one.
    type: float
    default: 0
  address:
    description:
      - The IP address to give to the server. It is changed only in maintenance, so before O(state=ready) or after
        O(state=maint).
      - Put it into C(haproxy.cfg) as well. A reload keeps the port with O(persist), but forgets the address.
    type: str
  port:
    description: The port to give to the server, under the same conditions.
    type: int
  persist:
    description:
      - A file to write HAProxy's server states to, so that a reload keeps them. It is what C(server-state-file) in
        C(haproxy.cfg) names, beside C(load-server-state-from-file global).
      - One file holds the states of one process, so it takes a single O(socket).
    type: path
extends_documentation_fragment:
  - zero.downtime._haproxy
  - zero.downtime._attributes
  - zero.downtime._attributes.actiongroup_rollout
notes:
  - All or nothing - when the state cannot be reached on one O(socket), the server is put back on the others.
  - An agent check is off while the server is out, because it would restore it, and on again with V(ready).
  - The health check pauses while the last requests of a drain finish, so that C(on-marked-down shutdown-sessions) does
    not cut them.
seealso:
  - module: zero.downtime.haproxy_server_info
author:
  - zero.downtime maintainers (!UNKNOWN)
"""

EXAMPLES = r"""
---
- name: Drain the server; when this returns it may be stopped
  zero.downtime.haproxy_server_state:
    backend: hello
    server: "{{ inventory_hostname }}"
    state: maint
    min_healthy: 80%
    master_socket: /run/haproxy-master.sock
  delegate_to: lb1.example.com

- name: Restore it, slowly, at a new address
  zero.downtime.haproxy_server_state:
    backend: hello
    server: app1
    state: ready
    address: 192.0.2.11
    port: 8081
    ramp: 30

- name: Drain on two HAProxies or on none; requests of more than five minutes are cut
  zero.downtime.haproxy_server_state:
    socket: [/run/haproxy/admin.sock, "127.0.0.1:9999"]
    backend: hello
    server: app1
    state: drain
    timeout: 300
    on_timeout: cut
"""

RETURN = r"""
actions:
  description:
    - What was done, in order - each line sent to a socket, and each file written. In check mode, what would be done.
  returned: always
  type: list
  elements: str
  sample:
    - "/run/haproxy/admin.sock: disable health hello/app1; set server hello/app1 state drain"
    - "/run/haproxy/admin.sock: set server hello/app1 state maint; enable health hello/app1"
elapsed:
  description: Seconds it took.
  returned: always
  type: float
  sample: 1.42
before:
  description: The server as it was found, one entry for each O(socket).
  returned: always
  type: list
  elements: dict
  contains: &server
    socket:
      description: Where it was asked.
      type: str
      sample: /run/haproxy/admin.sock
    pid:
      description: The process that answered.
      type: int
      sample: 4711
    backend:
      description: Its backend.
      type: str
      sample: hello
    server:
      description: Its name.
      type: str
      sample: app1
    state:
      description: What was asked for; V(ready), V(drain) or V(maint).
      type: str
      sample: ready
    up:
      description: Whether HAProxy considers it alive. Without a check it always is.
      type: bool
      sample: true
    admin_state:
      description: The bits of C(srv_admin_state).
      type: int
      sample: 0
    operational_state:
      description: C(srv_op_state); V(0) stopped, V(1) starting, V(2) running, V(3) stopping.
      type: int
      sample: 2
    weight:
      description: Its weight.
      type: int
      sample: 1
    address:
      description: Its IP address.
      type: str
      sample: 192.0.2.11
    port:
      description: Its port.
      type: int
      sample: 8080
    sessions:
      description: Requests (connections in TCP mode) on it.
      type: int
      sample: 3
    queue:
      description: Requests that wait for it.
      type: int
      sample: 0
    check:
      description: Its health check, as M(zero.downtime.haproxy_server_info) returns it.
      type: dict
      sample: {configured: true, enabled: true, status: L7OK, text: OK, health: 4, rise: 2, fall: 3}
    backend_counters:
      description: What the process counted of the whole backend, as M(zero.downtime.haproxy_server_info) returns it.
      type: dict
      sample: {answered_2xx: 30000, answered_5xx: 0, sessions: 4}
after:
  description: The server as it was left, one entry for each O(socket).
  returned: always
  type: list
  elements: dict
  contains: *server
sessions_cut:
  description: Sessions that were shut down by O(on_timeout=cut).
  returned: always
  type: int
  sample: 0
persisted:
  description: Whether the file O(persist) holds the state that the server has now.
  returned: always
  type: bool
  sample: false
socket:
  description: Where it went wrong.
  returned: failure, where one O(socket) was the cause
  type: str
  sample: /run/haproxy/admin.sock
command:
  description: What was sent to HAProxy there.
  returned: failure, where a command was the cause
  type: str
  sample: set server hello/app1 state drain
reply:
  description: What HAProxy answered.
  returned: failure, where HAProxy refused, or its answer could not be read
  type: str
  sample: Permission denied
known:
  description: The backends, or the servers of the backend, that there are; ten at most.
  returned: failure, where O(backend) or O(server) is not one of them
  type: list
  elements: str
  sample: [app1, app2]
needed:
  description: How many other servers must be able to serve, by O(min_healthy).
  returned: failure, where too few do
  type: int
  sample: 2
serving:
  description: The other servers that can serve.
  returned: failure, where too few do
  type: list
  elements: str
  sample: [app2]
out:
  description: The other servers that can't serve, and why.
  returned: failure, where too few do
  type: list
  elements: str
  sample: [app3 (maint)]
sessions:
  description: Requests (connections in TCP mode) that were left on the server.
  returned: failure, where O(timeout) passed before the last one ended
  type: int
  sample: 3
queue:
  description: Requests that were still queued for the server.
  returned: failure, where O(timeout) passed before the last one ended
  type: int
  sample: 0
check:
  description: The server's health check, as M(zero.downtime.haproxy_server_info) returns it.
  returned: failure, where it did not pass in time
  type: dict
  sample: {configured: true, enabled: true, status: L4CON, text: "", health: 0, rise: 2, fall: 3}
option:
  description: The option whose value is refused.
  returned: failure, where one was
  type: str
  sample: min_healthy
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.zero.downtime.plugins.module_utils._clock import Clock
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.module import run
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.options import HAPROXY_OPTIONS, STATE_OPTIONS
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.state_change import StateChange


def main() -> t.NoReturn:
    module = AnsibleModule(argument_spec={**HAPROXY_OPTIONS, **STATE_OPTIONS}, supports_check_mode=True)
    run(module, StateChange(module.params, Clock(), rehearsal=module.check_mode))


if __name__ == "__main__":
    main()
