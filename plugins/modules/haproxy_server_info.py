#!/usr/bin/python
# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What HAProxy reports of its servers."""

from __future__ import annotations

DOCUMENTATION = r"""
module: haproxy_server_info
version_added: 0.1.0
short_description: Read the state and the counters of servers in HAProxy
description:
  - Reads what one or more HAProxy processes on a host report of their servers, by the Runtime API.
  - Fails if a socket, a backend or a server named here does not exist, and names the ones that do. So it can also
    check every load balancer before anything is touched.
options:
  backend:
    description: Only this backend, by its name in C(haproxy.cfg). Without it, all backends that have servers.
    type: str
  server:
    description: Only this server of O(backend), by its name in C(haproxy.cfg).
    type: str
extends_documentation_fragment:
  - zero.downtime._haproxy
  - zero.downtime._attributes.info
  - zero.downtime._attributes.actiongroup_rollout
seealso:
  - module: zero.downtime.haproxy_server_state
author:
  - zero.downtime maintainers (!UNKNOWN)
"""

EXAMPLES = r"""
---
- name: Make sure that every load balancer knows this server
  zero.downtime.haproxy_server_info:
    backend: hello
    server: "{{ inventory_hostname }}"
  delegate_to: "{{ item }}"
  loop: "{{ groups['load_balancers'] }}"

- name: Read everything, old workers included
  zero.downtime.haproxy_server_info:
    socket: [/run/haproxy/admin.sock, "127.0.0.1:9999"]
    master_socket: /run/haproxy-master.sock
  register: haproxy

- name: Read over the network, from the host that has the client certificate
  zero.downtime.haproxy_server_info:
    socket: "192.0.2.1:9999"
    tls: true
    tls_ca_cert: /etc/ssl/balancers.pem
    tls_client_cert: /etc/ssl/private/deploy.pem
    tls_hostname: lb1.example.com
  delegate_to: localhost
"""

RETURN = r"""
processes:
  description: One entry for each O(socket), in order.
  returned: success
  type: list
  elements: dict
  contains:
    socket:
      description: Where it was asked.
      type: str
      sample: /run/haproxy/admin.sock
    version:
      description: HAProxy's version.
      type: str
      sample: 2.6.12-1+deb12u4
    pid:
      description: The process that answered; another one after a reload, with counters that start at 0.
      type: int
      sample: 4711
    uptime:
      description: Seconds since this process started.
      type: int
      sample: 86400
    servers:
      description: The servers, in the order of C(haproxy.cfg).
      type: list
      elements: dict
      contains:
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
          description:
            - Whether HAProxy considers it alive, whatever RV(processes[].servers[].state) is.
              Without a check it always is.
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
          description: The weight it has now.
          type: int
          sample: 1
        configured_weight:
          description: The weight that C(haproxy.cfg) gives it.
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
          description: Requests (connections in TCP mode) on it now.
          type: int
          sample: 3
        queue:
          description: Requests that wait for it.
          type: int
          sample: 0
        backup:
          description: Whether it serves only when no other server can.
          type: bool
          sample: false
        check:
          description:
            - Its health check - C(configured), C(enabled), C(status) and C(text) of the last one, C(health) between
              V(0) and C(rise) + C(fall) - 1, C(rise), C(fall).
          type: dict
          sample: {configured: true, enabled: true, status: L7OK, text: OK, health: 4, rise: 2, fall: 3}
        counters:
          description:
            - Since this process started - C(answered_1xx) to C(answered_5xx) and C(answered_other), C(sessions_total),
              C(connect_errors), C(response_errors), C(retries), C(redispatches), C(client_aborts), C(server_aborts),
              C(internal_errors), C(denied_requests), C(denied_responses), C(failed_checks), C(times_down), C(bytes_in),
              C(bytes_out).
            - Averages of the last 1024 requests, in ms - C(queue_time), C(connect_time), C(response_time),
              C(total_time).
          type: dict
          sample: {answered_2xx: 10000, answered_5xx: 0, connect_errors: 0, response_time: 12}
    backends:
      description: The backends, with the counters of the whole of each (answers that HAProxy gave itself included).
      type: list
      elements: dict
      contains:
        backend:
          description: Its name.
          type: str
          sample: hello
        counters:
          description: The same as those of a server.
          type: dict
          sample: {answered_2xx: 30000, answered_5xx: 0}
    old_workers:
      description:
        - Each process that a reload left behind and that has not ended yet - C(version), C(pid), C(uptime), C(servers)
          and C(backends) as above. Needs O(master_socket).
      type: list
      elements: dict
      sample: []
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.zero.downtime.plugins.module_utils._clock import Clock
from ansible_collections.zero.downtime.plugins.module_utils._errors import ZeroDowntimeError
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.options import HAPROXY_OPTIONS
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.server_info import read_processes


def main() -> t.NoReturn:
    module = AnsibleModule(
        argument_spec={**HAPROXY_OPTIONS, "backend": {"type": "str"}, "server": {"type": "str"}},
        required_by={"server": ["backend"]},
        supports_check_mode=True,
    )
    try:
        found = read_processes(module.params, Clock(), module.params["backend"], module.params["server"])
    except ZeroDowntimeError as error:
        module.fail_json(msg=error.message, **error.details)
    module.exit_json(changed=False, processes=found)


if __name__ == "__main__":
    main()
