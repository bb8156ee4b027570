# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: it may change without notice.
"""A container's own settings; the argument spec is C(module_utils/_container/description/settings.py)."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
notes:
  - A setting that the task does not state is carried over from the running container, or left to the image and the
    engine where there is none. A stated list or dictionary replaces the running one whole; O(env) and O(labels) alone
    are merged, name by name.
  - An empty string, list or dictionary, or V(0) for a limit, takes a carried setting out again. O(command),
    O(entrypoint), O(user), O(working_dir), O(stop_signal) and O(healthcheck) then are the image's.
  - What came with the old image is never carried. Where a setting of the running container equals the default of its
    image, it counts as the image's.
  - Volumes without a name are data; the new container gets the same ones, including those that only the old image
    declared.
  - What the engine warns of when it makes a container, such as a limit that its kernel lacks, is a warning of the task.
  - Sizes are numbers of bytes with an optional unit, V(512m) or V(1g); durations look like V(30s) or V(1m30s).
options:
  auto_remove:
    description: Have the engine remove the container when it ends.
    type: bool
  blkio_weight:
    description:
      - Relative weight among the containers that want to read and write devices, from V(10) to V(1000).
      - An engine whose kernel has no such weight discards it, so stating it for a container that lacks it does not
        cause a swap.
    type: int
  cap_drop:
    description: Capabilities to take away.
    type: list
    elements: str
  capabilities:
    description: Capabilities to add.
    type: list
    elements: str
  cgroup_parent:
    description: The control group to run under.
    type: str
  cgroupns_mode:
    description: Whether it sees the control groups of the host or its own alone.
    type: str
    choices: [host, private]
  command:
    description:
      - The command, a list or a string. A string is split into words as a shell would; no shell runs it.
    type: raw
  cpu_period:
    description: Microseconds over which O(cpu_quota) is shared out. Takes the place of carried O(cpus).
    type: int
  cpu_quota:
    description: Microseconds of processor time in each O(cpu_period) at most. Takes the place of carried O(cpus).
    type: int
  cpu_shares:
    description: Relative weight among the containers that want the processor.
    type: int
  cpus:
    description: How many processors it may use at most. Takes the place of a carried CPU quota.
    type: float
  cpuset_cpus:
    description: The processors it may use, such as V(0-2) or V(0,1).
    type: str
  cpuset_mems:
    description: The memory nodes it may use, such as V(0-3) or V(0,1).
    type: str
  device_cgroup_rules:
    description: Kinds of devices it may use, as C(type major:minor rwm), such as V(c 189:* rmw).
    type: list
    elements: str
  device_read_bps:
    description: How fast it may read from devices.
    type: list
    elements: dict
    suboptions: &bytes_per_second
      path:
        description: The device.
        type: str
        required: true
      rate:
        description: Bytes per second, as a size.
        type: str
        required: true
  device_read_iops:
    description: How often it may read from devices.
    type: list
    elements: dict
    suboptions: &operations_per_second
      path:
        description: The device.
        type: str
        required: true
      rate:
        description: Operations per second.
        type: int
        required: true
  device_requests:
    description: Devices that a driver of the engine provides, such as GPUs.
    type: list
    elements: dict
    suboptions:
      driver:
        description: The driver.
        type: str
      count:
        description: How many; V(-1) for all.
        type: int
      device_ids:
        description: Which ones.
        type: list
        elements: str
      capabilities:
        description: Lists of capabilities; the device has all of one of these lists.
        type: list
        elements: list
      options:
        description: Options of the driver.
        type: dict
  device_write_bps:
    description: How fast it may write to devices.
    type: list
    elements: dict
    suboptions: *bytes_per_second
  device_write_iops:
    description: How often it may write to devices.
    type: list
    elements: dict
    suboptions: *operations_per_second
  devices:
    description: Devices of the host, as C(on-host[:in-container[:rwm]]).
    type: list
    elements: str
  dns_opts:
    description: Options of the resolver.
    type: list
    elements: str
  dns_search_domains:
    description: Domains to look names up in.
    type: list
    elements: str
  dns_servers:
    description: Addresses of name servers.
    type: list
    elements: str
  domainname:
    description: The domain name.
    type: str
  entrypoint:
    description:
      - The entrypoint, a list or a string that is split as O(command) is.
      - With an entrypoint of its own a container does not get the image's default command.
      - V([""]) takes the image's entrypoint away.
    type: raw
  env:
    description:
      - Environment variables. Values are strings or integers; anything else needs quotes, because YAML would change it.
      - A variable whose value is null is not set in the container, be it carried over or the image's.
    type: dict
  etc_hosts:
    description: Names and their addresses for C(/etc/hosts).
    type: dict
  exposed_ports:
    description: Ports that are exposed without being published, such as V(8080), V(53/udp) or V(9000-9010).
    type: list
    elements: str
    aliases: [exposed, expose]
  groups:
    description: Further groups of the user.
    type: list
    elements: str
  healthcheck:
    description: The engine's own check. What is not stated in it is as the image has it.
    type: dict
    suboptions:
      test:
        description:
          - A list (a command and its arguments) or a string (for the shell in the container). V(NONE) switches the
            check off.
        type: raw
      interval:
        description: Time between two checks.
        type: str
      timeout:
        description: How long one check may take.
        type: str
      retries:
        description: Failures in a row that make it unhealthy.
        type: int
      start_period:
        description: Time at the start in which failures do not count.
        type: str
      start_interval:
        description: Time between two checks during O(healthcheck.start_period). Needs API 1.44.
        type: str
  hostname:
    description: The host name. By default each container gets its own short id.
    type: str
  init:
    description: Run an init as process 1 that passes signals on and reaps processes.
    type: bool
  interactive:
    description: Keep its standard input open.
    type: bool
    aliases: [stdin_open]
  ipc_mode:
    description: V(private), V(shareable), V(host), V(none) or V(container:NAME).
    type: str
  kernel_memory:
    description:
      - The limit of the kernel's memory on its behalf.
      - Engines from API 1.42 on, and those on cgroup v2, discard it, so stating it for a container that lacks it does
        not cause a swap.
    type: str
  labels:
    description: Labels. One whose value is null is not carried over.
    type: dict
  links:
    description:
      - Other containers on the engine's default network, and the names this one has for them, as V(container:alias).
        Elsewhere see O(networks[].links).
    type: list
    elements: str
  log_driver:
    description:
      - Where the engine sends what the container writes. Another driver than the running one drops the carried
        O(log_options).
    type: str
  log_options:
    description:
      - Options of the O(log_driver). Leaving one out that was stated does not cause a swap, because the engine adds
        its own defaults and nothing distinguishes them.
    type: dict
    aliases: [log_opt]
  mac_address:
    description:
      - The hardware address on the first network, in the place of its O(networks[].mac_address).
    type: str
  memory:
    description: The limit of its memory.
    type: str
  memory_reservation:
    description: The limit it is held to when memory is short.
    type: str
  memory_swap:
    description:
      - The limit of memory and swap together. V(-1) or V(unlimited) for none. The engine's default is twice
        O(memory).
      - An engine that cannot limit swap writes V(-1) whatever was stated beside O(memory), so a limit where there was
        none does not cause a swap.
    type: str
  memory_swappiness:
    description:
      - From V(0) to V(100), how readily its memory is swapped out; V(-1) leaves that to the host.
      - On a host of cgroup v2 the engine discards it with a warning.
    type: int
  mounts:
    description: Mounts in the long form.
    type: list
    elements: dict
    suboptions:
      target:
        description: The place in the container.
        type: str
        required: true
      source:
        description: The name of a volume, or a path of the host.
        type: str
      type:
        description: What is mounted.
        type: str
        choices: [bind, tmpfs, volume]
        default: volume
      read_only:
        description: Mount it read-only.
        type: bool
      propagation:
        description: For O(mounts[].type=bind), whether mounts made later below it are seen on the other side.
        type: str
        choices: [private, rprivate, rshared, rslave, shared, slave]
      no_copy:
        description: For O(mounts[].type=volume), do not fill a new volume with what the image has in that place.
        type: bool
      labels:
        description: Labels of a new volume.
        type: dict
      volume_driver:
        description: The driver of a new volume.
        type: str
      volume_options:
        description: Options of O(mounts[].volume_driver). Their values are never shown.
        type: dict
      tmpfs_size:
        description: For O(mounts[].type=tmpfs), its size.
        type: str
      tmpfs_mode:
        description: For O(mounts[].type=tmpfs), its permissions as an octal number in quotes.
        type: str
  network_mode:
    description:
      - V(bridge), V(host), V(none), V(container:NAME), or the network to be connected to first.
      - By default the first of O(networks).
      - V(host), V(none) and V(container:NAME) drop carried networks, published ports and what else they rule out.
      - V(container:NAME) is the container of that name as it is now. Once that one was swapped, this one has no network
        until the same task swaps it as well.
    type: str
  networks:
    description: The networks to be connected to. With an empty list it is the engine's default.
    type: list
    elements: dict
    suboptions:
      name:
        description: Name of the network.
        type: str
        required: true
      aliases:
        description: Names the container has there, besides its own.
        type: list
        elements: str
      ipv4_address:
        description: A fixed address.
        type: str
      ipv6_address:
        description: A fixed address.
        type: str
      links:
        description: Other containers and the names they have for this one, as V(container:alias).
        type: list
        elements: str
      driver_opts:
        description: Options of the network's driver.
        type: dict
      mac_address:
        description:
          - The hardware address. Below API 1.44 only the first network can have one.
          - From API 1.52 on no engine reports whether an address was asked for, so it is not carried over; state it
            then.
        type: str
  oom_killer:
    description:
      - Whether B(not) to kill its processes when memory runs out. The name is docker_container's.
      - On a host of cgroup v2 the engine discards it with a warning.
    type: bool
  oom_score_adj:
    description: From V(-1000) to V(1000); the higher, the sooner it is killed when the host runs out of memory.
    type: int
  pid_mode:
    description: V(host) or V(container:NAME).
    type: str
  pids_limit:
    description: How many processes there may be; V(-1) for no limit.
    type: int
  privileged:
    description: Give it all capabilities and devices of the host.
    type: bool
  publish_all_ports:
    description: Publish each exposed port that O(published_ports) has not, on a host port that the engine picks.
    type: bool
  published_ports:
    description:
      - Ports to publish, as C([[address:]host port:]container port[/protocol]).
      - Without a host port the engine picks one at each start. Both may be ranges, such as V(9000-9010:8000-8010).
      - With O(slots) it is O(container_port) alone that is published, in the slot.
    type: list
    elements: str
    aliases: [ports]
  read_only:
    description: Mount its root file system read-only.
    type: bool
  restart_policy:
    description: When the engine starts it again.
    type: str
    choices: [always, 'no', on-failure, unless-stopped]
  restart_retries:
    description: How often, with O(restart_policy=on-failure).
    type: int
  runtime:
    description: The runtime of the engine to use.
    type: str
  security_opts:
    description: Options of SELinux, AppArmor, seccomp.
    type: list
    elements: str
  shm_size:
    description: Size of C(/dev/shm).
    type: str
  stop_signal:
    description: The signal that ends it.
    type: str
  stop_timeout:
    description: Seconds it has to end after its O(stop_signal).
    type: int
  storage_opts:
    description: Options of the storage driver.
    type: dict
  sysctls:
    description: Kernel parameters of its namespaces.
    type: dict
  tmpfs:
    description: Places with a temporary file system, as C(/place[:options]).
    type: list
    elements: str
  tty:
    description: Give it a terminal.
    type: bool
  ulimits:
    description: Limits, as C(name:soft[:hard]).
    type: list
    elements: str
  user:
    description: User, and group, to run as.
    type: str
  userns_mode:
    description: V(host) to opt out of the engine's user namespaces.
    type: str
  uts:
    description: V(host) to share the host's name.
    type: str
    aliases: [uts_mode]
  volume_driver:
    description: The driver of volumes the engine makes for it.
    type: str
  volumes:
    description:
      - Volumes, as C(source:/place[:mode]) where the source is an absolute path of the host or the name of a volume,
        or C(/place) for one without a name.
      - What the running container has at one of these places is not carried over, unless it is a volume without a
        name and so is the stated one.
    type: list
    elements: str
  volumes_from:
    description: Containers to take the volumes of, as V(NAME) or V(NAME:ro).
    type: list
    elements: str
  working_dir:
    description: The directory its command starts in.
    type: str
"""
