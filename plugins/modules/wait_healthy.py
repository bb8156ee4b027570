#!/usr/bin/python
# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Wait until something may serve."""

from __future__ import annotations

DOCUMENTATION = r"""
module: wait_healthy
version_added: 0.1.0
short_description: Wait until something may serve, or fail at once where it never will
description:
  - Asks a URL, a port, a container and a server in HAProxy - those that are stated - until all of them are healthy
    in one round, as often in a row and for as long as asked for.
  - Fails at once, with the reason, when waiting cannot help, and otherwise when O(timeout) is over, with what was seen
    last.
extends_documentation_fragment:
  - zero.downtime._health
  - zero.downtime._docker
  - zero.downtime._attributes.info
  - zero.downtime._attributes.actiongroup_rollout
seealso:
  - module: zero.downtime.container_swap
  - module: ansible.builtin.uri
  - module: ansible.builtin.wait_for
author:
  - zero.downtime maintainers (!UNKNOWN)
"""

EXAMPLES = r"""
---
- name: Wait until version 2 answers, three times in a row
  zero.downtime.wait_healthy:
    url: http://192.0.2.11:8080/hello
    expect_header:
      X-Version: "2"
    successes: 3

- name: Wait for a container and its port, and watch both for ten seconds
  zero.downtime.wait_healthy:
    container: hello
    tcp: 192.0.2.11:8080
    stable_for: 10
    timeout: 90

- name: Wait until the load balancer has seen the server healthy
  zero.downtime.wait_healthy:
    haproxy: hello/app1
"""

RETURN = r"""
actions:
  description: Always empty, since waiting changes nothing.
  returned: always
  type: list
  elements: str
  sample: []
elapsed:
  description: Seconds that it took.
  returned: always
  type: float
  sample: 2.317
attempts:
  description: How many rounds it took.
  returned: always
  type: int
  sample: 7
last:
  description: What was seen in the last round, up to the first probe that did not pass.
  returned: always
  type: list
  elements: dict
  contains:
    probe:
      description: Who was asked, and how.
      type: str
      sample: GET http://192.0.2.11:8080/hello
    passed:
      description: Whether it is healthy.
      type: bool
      sample: true
    reason:
      description: What it did, to be read after C(probe).
      type: str
      sample: returned 200
container:
  description:
    - The state of O(container) at the last attempt - C(name), C(id), C(status), C(health), C(health_log) (the last
      output of its C(HEALTHCHECK)), C(started_at), C(restart_count), C(exit_code), C(oom_killed) and C(error). Empty
      where no container was asked about.
  returned: always
  type: dict
  sample: {name: hello, status: running, health: healthy, exit_code: 0, oom_killed: false, restart_count: 0}
last_log:
  description: The last 20 lines of O(container) when it is not healthy, without the values of its environment.
  returned: always
  type: list
  elements: str
  sample: []
"""

import typing as t

from ansible_collections.zero.downtime.plugins.module_utils._clock import Clock
from ansible_collections.zero.downtime.plugins.module_utils._container.engine.client import Engine
from ansible_collections.zero.downtime.plugins.module_utils._container.engine.options import DOCKER_OPTIONS
from ansible_collections.zero.downtime.plugins.module_utils._errors import ZeroDowntimeError
from ansible_collections.zero.downtime.plugins.module_utils._redact.engine import RedactingEngine
from ansible_collections.zero.downtime.plugins.module_utils._redact.module import RedactingModule
from ansible_collections.zero.downtime.plugins.module_utils._wait.health import wait_until_healthy
from ansible_collections.zero.downtime.plugins.module_utils._wait.options import HEALTH_OPTIONS, check_options

NOTHING_SEEN: dict[str, t.Any] = {"elapsed": 0.0, "attempts": 0, "last": [], "container": {}, "last_log": []}


def main() -> t.NoReturn:
    module = RedactingModule(
        argument_spec={**DOCKER_OPTIONS, **HEALTH_OPTIONS},
        required_together=[("tls_client_cert", "tls_client_key")],
        supports_check_mode=True,
    )
    result = {"changed": False, "actions": [], **NOTHING_SEEN}
    try:
        check_options(module.params)
        engine = RedactingEngine(Engine.connect(module.params)) if module.params["container"] else None
        result.update(wait_until_healthy(module.params, containers=engine, clock=Clock()).as_dict())
    except ZeroDowntimeError as error:
        module.fail_json(msg=error.message, **{**result, **error.details})
    module.exit_json(**result)


if __name__ == "__main__":
    main()
