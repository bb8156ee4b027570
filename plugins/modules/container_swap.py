#!/usr/bin/python
# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: container_swap
short_description: Replace a running container by one from another image
version_added: 0.1.0
author:
  - zero.downtime maintainers (!UNKNOWN)
description:
  - Starts a container from another image, or with other settings, in the place of the one that runs, and keeps all else
    as it was. The image is pulled and the new container created before the old one stops.
  - The old container is kept, stopped and renamed, until the new one is healthy, and for a rollback after that. If the
    new one fails, the old one is put back as it was and started again, in the same run, even with the connection gone.
  - Each step is written to a journal on the host first. When the module is killed, the engine restarts or the host
    reboots in between, the next run for the same container finishes the swap or undoes it, whatever else that run is
    asked to do. Where what ran before was removed meanwhile, the new container stays. While one run is at work, others
    for the same container wait for it.
  - From the stop of the old container until the new one is healthy, neither has a restart policy. A host that reboots
    just then comes back with neither of them running, and not with one that has not been checked.
  - Nothing here knows of a load balancer. Drain the host first, see M(zero.downtime.haproxy_server_state) and the role
    C(zero.downtime.rollout).
extends_documentation_fragment:
  - zero.downtime._attributes
  - zero.downtime._attributes.actiongroup_rollout
  - zero.downtime._container
  - zero.downtime._docker
  - zero.downtime._docker.registry
  - zero.downtime._swap
attributes:
  check_mode:
    details:
      - The registry is asked which image a tag means. Nothing is pulled, created or written.
  diff_mode:
    details:
      - The values of environment variables are not shown.
  idempotent:
    support: partial
    details:
      - With O(force=true), and with O(state=previous) without O(version), every run swaps.
options:
  name:
    description:
      - The name of the container. With O(slots) the containers are called like it, with C(-) and the port appended.
      - What is kept for a rollback has C(-previous-) and a number appended.
    type: str
    required: true
  image:
    description:
      - The image to run - C(repository:tag), C(repository@sha256:...) or, without a registry, the id of one.
      - By default the very image that runs already, to change settings only or, with O(force=true), to restart.
    type: str
  state:
    description:
      - V(present) runs O(image). The right container that is stopped or paused is started.
      - V(previous) puts back what ran before - the kept container itself, with the environment, mounts and settings it
        had. The one it replaces is kept in turn. If an earlier swap was interrupted, undoing that is all that is done.
      - V(retired) stops and keeps what O(strategy=start_first) left running beside the container that came last. That
        one must run, and it is left as it is, whatever settings the task states; O(image) does not count either.
      - V(absent) stops and removes the container and all that is kept of it. Volumes stay.
    type: str
    choices: [present, previous, retired, absent]
    default: present
  version:
    description:
      - For O(state=previous), which of the kept versions, by image, tag, digest, image id or name of the container.
      - By default the one that ran last.
    type: str
  pull:
    description:
      - V(always) asks the registry whether the tag has moved on, V(missing) only if the host has no such image,
        V(never) not at all. What is pinned by a digest is never asked for twice.
    type: str
    choices: [always, missing, never]
    default: missing
  force:
    description: Swap also when the right container runs already.
    type: bool
    default: false
  strategy:
    description:
      - V(stop_first) stops the old container before it starts the new one, in its place.
      - V(start_first) starts the new one beside the old one, in the other one of two O(slots).
    type: str
    choices: [stop_first, start_first]
    default: stop_first
  slots:
    description:
      - For O(strategy=start_first), the two host ports that take turns.
      - They need a O(network_mode) that publishes ports, unlike V(host), and O(networks) without fixed addresses, for
        both containers run for a while.
    type: list
    elements: int
  container_port:
    description:
      - For O(strategy=start_first), the port inside the container to publish in the slot. It is the only one that is
        published, as both containers run for a while, on the addresses that O(published_ports) has for it or, where
        that has none, the container that runs.
      - By default the one TCP port in O(published_ports) or, where there is none, that of the container that runs, else
        the one that the image exposes. Where there are several, it has to be stated.
      - For C(health.path), the port inside the container to ask; by default the lowest that is published. With the
        host's network it is needed where the image exposes none.
    type: int
  retire:
    description:
      - For O(strategy=start_first), whether to stop and keep the old container once the new one is healthy.
      - With V(false) both run, so that the old one can be drained. O(state=retired) then stops it. The same task with
        V(true) does as well, but where something differs it swaps once more.
    type: bool
    default: true
  carry_over:
    description:
      - Whether settings that the task does not state come from the container that runs.
      - Volumes that an image declares are data, and stay with V(false), too.
    type: bool
    default: true
  stop_timeout:
    description:
      - Seconds from the stop signal to C(SIGKILL), for the container that stops, and for the new one from then on.
        V(-1) never kills. A new one that failed gets no more than 10 where the old one waits for its end.
      - By default the container's own, else 10.
    type: int
  stop_signal:
    description:
      - The signal to stop the container with, and the new one from then on. By default the container's own.
    type: str
  health:
    description:
      - When the new container counts as healthy. The container itself is always watched, so that one that exits,
        restarts, runs out of memory or is C(unhealthy) is undone at once; O(health.container) need not be stated.
      - Where no URL, port or server is to be asked and O(health.stable_for) is not set, it is healthy when its
        C(HEALTHCHECK) says so or, without one, when it has run for a second.
    type: dict
  settings:
    description:
      - Settings of the container as one dictionary, for a caller that holds them in a variable. An option stated
        beside it counts more. The names are those of this module's own options, from O(auto_remove) to O(working_dir).
    type: dict
  keep:
    description:
      - How many earlier versions stay for O(state=previous). Older containers are removed, and their images where
        nothing else uses them and a registry has them. Images that were only pulled, or that failed, stay, for nothing
        tells who else wants them.
      - A container that was started with C(--rm) cannot be kept. Until the new one is healthy, the journal holds what
        is needed to create it again, its environment included.
    type: int
    default: 1
  prepare:
    description:
      - Pull the image and return in RV(swap_needed) whether a swap is due. No container is touched.
    type: bool
    default: false
  lock_timeout:
    description: Seconds to wait for an earlier run that is still at work on the same container of this host.
    type: float
    default: 300
  owner:
    description: Who to name in the history on the host. By default the user, before C(sudo).
    type: str
  state_dir:
    description: Folder of the journal, the history and the lock. It is created with mode 0700.
    type: path
    default: /var/lib/zero_downtime
seealso:
  - module: zero.downtime.wait_healthy
  - module: zero.downtime.haproxy_server_state
"""

EXAMPLES = r"""
---
- name: Run the new version in the place of the old one
  zero.downtime.container_swap:
    name: web
    image: registry.example.com/web:v2
    health:
      url: http://127.0.0.1:8080/ping
      expect_header:
        X-Version: v2

- name: Run it for the first time, with all it needs
  zero.downtime.container_swap:
    name: web
    image: registry.example.com/web:v2
    restart_policy: unless-stopped
    published_ports: ["192.0.2.10:8080:8080"]
    env:
      DATABASE: postgresql://192.0.2.20/web

- name: Pull it, and see whether there is anything to do
  zero.downtime.container_swap:
    name: web
    image: registry.example.com/web:v2
    pull: always
    prepare: true
  register: web

- name: Go back to what ran before
  zero.downtime.container_swap:
    name: web
    state: previous

- name: Start the new version beside the old one
  zero.downtime.container_swap:
    name: web
    image: registry.example.com/web:v2
    strategy: start_first
    slots: [8081, 8082]
    container_port: 8080
    retire: false

- name: Stop the old version, once it is drained
  zero.downtime.container_swap:
    name: web
    state: retired
    strategy: start_first
    slots: [8081, 8082]
"""

RETURN = r"""
actions:
  description: What was done, or in check mode would be done, in order.
  type: list
  elements: str
  returned: always
  sample: [create web-next from registry.example.com/web:v2@sha256:5891b5b5, stop web, rename web to web-previous-1]
elapsed:
  description: Seconds that it took.
  type: float
  returned: always
  sample: 3.2
swap_needed:
  description: Whether what runs was not what is asked for, or an earlier swap was left unfinished.
  type: bool
  returned: always
  sample: true
image:
  description: The image, pinned by its digest, or its id where it never met a registry.
  type: str
  returned: always
  sample: registry.example.com/web:v2@sha256:5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03
image_id:
  description: The id of the image; empty where it is not on the host yet.
  type: str
  returned: always
  sample: sha256:f2ca1bb6c7e907d06dafe4687e579fce76b37e4e93b7605022da52e6ccc26fd2
digest:
  description: The digest by which the registry knows the image; empty where there is none.
  type: str
  returned: always
  sample: sha256:5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03
container:
  description: The container that runs, or should run, in the end.
  type: dict
  returned: always
  contains:
    name:
      description: Its name.
      type: str
      sample: web
    id:
      description: Its id; empty where there is none.
      type: str
      sample: 4a5e21d6ba
    state:
      description: The engine's word for its state, or V(absent).
      type: str
      sample: running
    started_at:
      description: Since when, as the engine writes it.
      type: str
      sample: "2026-01-20T14:00:03.5Z"
  sample: {name: web, id: 4a5e21d6ba, state: running, started_at: "2026-01-20T14:00:03.5Z"}
previous:
  description: What O(state=previous) would bring back; V(null) where there is nothing.
  type: dict
  returned: always
  contains:
    name:
      description: The name of the container. It may still run, see O(retire).
      type: str
      sample: web-previous-1
    image:
      description: Its image, pinned.
      type: str
      sample: registry.example.com/web:v2@sha256:9a271f2a
    digest:
      description: The digest of its image; empty where there is none.
      type: str
      sample: sha256:9a271f2a
  sample: {name: web-previous-1, image: registry.example.com/web:v2@sha256:9a271f2a, digest: "sha256:9a271f2a"}
slot:
  description: With O(slots), the host port that the container is in or would go to; else V(null).
  type: int
  returned: always
  sample: 8082
slot_before:
  description:
    - With O(slots), the host port that the container was in before this task, in check mode the one that it is in. What
      an interrupted run left counts as dealt with.
    - V(null) for a container that is in neither of them, and where there is none.
  type: int
  returned: always
  sample: 8081
rolled_back:
  description: Whether this run failed and what ran before runs again.
  type: bool
  returned: always
  sample: false
recovered:
  description: What an interrupted earlier run had left to do; empty where there was none.
  type: str
  returned: always
  sample: ""
history:
  description: The last changes of the service on this host, no matter who made them, the latest first; at most 10.
  type: list
  elements: dict
  returned: always
  contains:
    when:
      description: When it began, in UTC.
      type: str
      sample: "2026-01-20T14:00:01+00:00"
    who:
      description: Who made it, the O(owner) of that run.
      type: str
      sample: alice@control.example.com
    what:
      description:
        - V(swap) and V(previous) put another container in the place of the one before, V(start) started the same one,
          V(retire) stopped the one before, V(absent) removed all.
      type: str
      sample: swap
    image:
      description: The image, pinned where a registry knows it.
      type: str
      sample: registry.example.com/web:v2@sha256:5891b5b5
    digest:
      description: The digest of the image; empty where there is none.
      type: str
      sample: sha256:5891b5b5
    seconds:
      description: How long it took.
      type: float
      sample: 2.4
    result:
      description: V(done), or V(undone) where the host went back to what it ran before.
      type: str
      sample: done
  sample:
    - when: "2026-01-20T14:00:01+00:00"
      who: alice@control.example.com
      what: swap
      image: registry.example.com/web:v2@sha256:5891b5b5
      digest: sha256:5891b5b5
      seconds: 2.4
      result: done
exit_code:
  description: The exit code of a new container that failed; V(null) where none did, where it still ran or never did.
  type: int
  returned: always
  sample: 3
oom_killed:
  description: Whether a new container that failed ran out of memory.
  type: bool
  returned: always
  sample: false
health_log:
  description: What the last checks of the C(HEALTHCHECK) of a new container that failed printed.
  type: list
  elements: str
  returned: always
  sample: []
last_log:
  description: The last lines of the log of a new container that failed, without the values of its environment.
  type: list
  elements: str
  returned: always
  sample: [cannot open the database]
"""


from ansible_collections.zero.downtime.plugins.module_utils._clock import Clock
from ansible_collections.zero.downtime.plugins.module_utils._container.change.journal import Store
from ansible_collections.zero.downtime.plugins.module_utils._container.change.request import Request
from ansible_collections.zero.downtime.plugins.module_utils._container.change.result import failure
from ansible_collections.zero.downtime.plugins.module_utils._container.change.swap import Swap
from ansible_collections.zero.downtime.plugins.module_utils._container.description.settings import CONTAINER_SETTINGS
from ansible_collections.zero.downtime.plugins.module_utils._container.engine.client import Engine
from ansible_collections.zero.downtime.plugins.module_utils._container.engine.options import (
    DOCKER_OPTIONS,
    REGISTRY_OPTIONS,
    REQUIRED_TOGETHER,
)
from ansible_collections.zero.downtime.plugins.module_utils._errors import ZeroDowntimeError
from ansible_collections.zero.downtime.plugins.module_utils._redact.module import RedactingModule
from ansible_collections.zero.downtime.plugins.module_utils._user import user
from ansible_collections.zero.downtime.plugins.module_utils._wait.options import HEALTH_OPTIONS

OPTIONS = {
    "name": {"type": "str", "required": True},
    "image": {"type": "str"},
    "state": {"type": "str", "choices": ["present", "previous", "retired", "absent"], "default": "present"},
    "version": {"type": "str"},
    "pull": {"type": "str", "choices": ["always", "missing", "never"], "default": "missing"},
    "force": {"type": "bool", "default": False},
    "strategy": {"type": "str", "choices": ["stop_first", "start_first"], "default": "stop_first"},
    "slots": {"type": "list", "elements": "int"},
    "container_port": {"type": "int"},
    "retire": {"type": "bool", "default": True},
    "carry_over": {"type": "bool", "default": True},
    "stop_timeout": {"type": "int"},
    "stop_signal": {"type": "str"},
    "health": {"type": "dict", "options": {"path": {"type": "str"}, **HEALTH_OPTIONS}},
    "settings": {"type": "dict", "no_log": True},
    "keep": {"type": "int", "default": 1},
    "prepare": {"type": "bool", "default": False},
    "lock_timeout": {"type": "float", "default": 300},
    "owner": {"type": "str"},
    "state_dir": {"type": "path", "default": "/var/lib/zero_downtime"},
}


def main() -> None:
    module = RedactingModule(
        argument_spec={**CONTAINER_SETTINGS, **OPTIONS, **DOCKER_OPTIONS, **REGISTRY_OPTIONS},
        required_together=REQUIRED_TOGETHER,
        supports_check_mode=True,
    )
    params = module.params
    params["owner"] = params["owner"] or user()
    failed: ZeroDowntimeError | None = None
    try:
        request = Request.of(params, check_mode=module.check_mode)
        store = Store(params["state_dir"], request.name)
        result = Swap(request, Engine.connect(params), store, Clock()).run()
    except ZeroDowntimeError as error:
        failed = error
        result = failure(error)
    for warning in result.pop("warnings"):
        module.warn(warning)
    # Out of the handler: from within it ansible-core prints the whole chain of causes, and these are not redacted.
    if failed is not None:
        module.fail_json(msg=failed.message, **result)
    module.exit_json(**result)


if __name__ == "__main__":
    main()
