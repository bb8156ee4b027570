# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: it may change without notice.
"""The options that describe a container: docker_container's names and forms; documented in C(_container.py)."""

from __future__ import annotations

import typing as t

_TEXTS: dict[str, t.Any] = {"type": "list", "elements": "str"}

_NETWORK: dict[str, t.Any] = {
    "name": {"type": "str", "required": True},
    "aliases": _TEXTS,
    "ipv4_address": {"type": "str"},
    "ipv6_address": {"type": "str"},
    "links": _TEXTS,
    "driver_opts": {"type": "dict"},
    "mac_address": {"type": "str"},
}

_MOUNT: dict[str, t.Any] = {
    "target": {"type": "str", "required": True},
    "source": {"type": "str"},
    "type": {"type": "str", "choices": ["bind", "tmpfs", "volume"], "default": "volume"},
    "read_only": {"type": "bool"},
    "propagation": {
        "type": "str",
        "choices": ["private", "rprivate", "rshared", "rslave", "shared", "slave"],
    },
    "no_copy": {"type": "bool"},
    "labels": {"type": "dict"},
    "volume_driver": {"type": "str"},
    "volume_options": {"type": "dict", "no_log": True},
    "tmpfs_size": {"type": "str"},
    "tmpfs_mode": {"type": "str"},
}

_HEALTHCHECK: dict[str, t.Any] = {
    "test": {"type": "raw"},
    "interval": {"type": "str"},
    "timeout": {"type": "str"},
    "retries": {"type": "int"},
    "start_period": {"type": "str"},
    "start_interval": {"type": "str"},
}

_DEVICE_REQUEST: dict[str, t.Any] = {
    "driver": {"type": "str"},
    "count": {"type": "int"},
    "device_ids": _TEXTS,
    "capabilities": {"type": "list", "elements": "list"},
    "options": {"type": "dict"},
}

_BYTES_PER_SECOND: dict[str, t.Any] = {
    "path": {"type": "str", "required": True},
    "rate": {"type": "str", "required": True},
}

_OPERATIONS_PER_SECOND: dict[str, t.Any] = {
    "path": {"type": "str", "required": True},
    "rate": {"type": "int", "required": True},
}

CONTAINER_SETTINGS: dict[str, dict[str, t.Any]] = {
    "auto_remove": {"type": "bool"},
    "blkio_weight": {"type": "int"},
    "cap_drop": _TEXTS,
    "capabilities": _TEXTS,
    "cgroup_parent": {"type": "str"},
    "cgroupns_mode": {"type": "str", "choices": ["host", "private"]},
    "command": {"type": "raw"},
    "cpu_period": {"type": "int"},
    "cpu_quota": {"type": "int"},
    "cpu_shares": {"type": "int"},
    "cpus": {"type": "float"},
    "cpuset_cpus": {"type": "str"},
    "cpuset_mems": {"type": "str"},
    "device_cgroup_rules": _TEXTS,
    "device_read_bps": {"type": "list", "elements": "dict", "options": _BYTES_PER_SECOND},
    "device_read_iops": {"type": "list", "elements": "dict", "options": _OPERATIONS_PER_SECOND},
    "device_requests": {"type": "list", "elements": "dict", "options": _DEVICE_REQUEST},
    "device_write_bps": {"type": "list", "elements": "dict", "options": _BYTES_PER_SECOND},
    "device_write_iops": {"type": "list", "elements": "dict", "options": _OPERATIONS_PER_SECOND},
    "devices": _TEXTS,
    "dns_opts": _TEXTS,
    "dns_search_domains": _TEXTS,
    "dns_servers": _TEXTS,
    "domainname": {"type": "str"},
    "entrypoint": {"type": "raw"},
    "env": {"type": "dict", "no_log": True},
    "etc_hosts": {"type": "dict"},
    "exposed_ports": {**_TEXTS, "aliases": ["exposed", "expose"]},
    "groups": _TEXTS,
    "healthcheck": {"type": "dict", "options": _HEALTHCHECK},
    "hostname": {"type": "str"},
    "init": {"type": "bool"},
    "interactive": {"type": "bool", "aliases": ["stdin_open"]},
    "ipc_mode": {"type": "str"},
    "kernel_memory": {"type": "str"},
    "labels": {"type": "dict"},
    "links": _TEXTS,
    "log_driver": {"type": "str"},
    "log_options": {"type": "dict", "no_log": True, "aliases": ["log_opt"]},
    "mac_address": {"type": "str"},
    "memory": {"type": "str"},
    "memory_reservation": {"type": "str"},
    "memory_swap": {"type": "str"},
    "memory_swappiness": {"type": "int"},
    "mounts": {"type": "list", "elements": "dict", "options": _MOUNT},
    "network_mode": {"type": "str"},
    "networks": {"type": "list", "elements": "dict", "options": _NETWORK},
    "oom_killer": {"type": "bool"},
    "oom_score_adj": {"type": "int"},
    "pid_mode": {"type": "str"},
    "pids_limit": {"type": "int"},
    "privileged": {"type": "bool"},
    "publish_all_ports": {"type": "bool"},
    "published_ports": {**_TEXTS, "aliases": ["ports"]},
    "read_only": {"type": "bool"},
    "restart_policy": {"type": "str", "choices": ["always", "no", "on-failure", "unless-stopped"]},
    "restart_retries": {"type": "int"},
    "runtime": {"type": "str"},
    "security_opts": _TEXTS,
    "shm_size": {"type": "str"},
    "stop_signal": {"type": "str"},
    "stop_timeout": {"type": "int"},
    "storage_opts": {"type": "dict"},
    "sysctls": {"type": "dict"},
    "tmpfs": _TEXTS,
    "tty": {"type": "bool"},
    "ulimits": _TEXTS,
    "user": {"type": "str"},
    "userns_mode": {"type": "str"},
    "uts": {"type": "str", "aliases": ["uts_mode"]},
    "volume_driver": {"type": "str"},
    "volumes": _TEXTS,
    "volumes_from": _TEXTS,
    "working_dir": {"type": "str"},
}
