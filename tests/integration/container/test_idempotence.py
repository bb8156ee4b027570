# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each setting is stated, and stated again: however the engine writes it down, the second run has nothing to do."""

from __future__ import annotations

import typing as t
from pathlib import Path

import docker
import pytest
from ansible_collections.zero.downtime.plugins.module_utils._clock import Clock
from ansible_collections.zero.downtime.plugins.module_utils._container.change.journal import Store
from ansible_collections.zero.downtime.plugins.module_utils._container.change.request import Request
from ansible_collections.zero.downtime.plugins.module_utils._container.change.swap import Swap
from ansible_collections.zero.downtime.plugins.module_utils._container.description.settings import CONTAINER_SETTINGS
from ansible_collections.zero.downtime.plugins.module_utils._container.engine.client import Engine

Stated = t.Dict[str, t.Any]
Ask = t.Callable[..., t.Dict[str, t.Any]]

# Options that no case states, and why.
NOT_STATED = {
    "device_read_bps": "not every machine has a block device",
    "device_read_iops": "not every machine has a block device",
    "device_requests": "there is no GPU",
    "device_write_bps": "not every machine has a block device",
    "device_write_iops": "not every machine has a block device",
    "privileged": "not every machine may grant all capabilities",
    "storage_opts": "needs xfs with project quotas under the engine",
}

CASES: list[Stated] = [
    {},
    {"auto_remove": True},
    {"auto_remove": False, "init": False, "oom_killer": False, "read_only": False, "tty": False},
    {"cap_drop": ["CAP_MKNOD", "chown"], "capabilities": ["net_admin", "CAP_SYS_TIME"]},
    {"cap_drop": ["all"], "capabilities": ["CHOWN"]},
    {"blkio_weight": 300, "kernel_memory": "32m", "memory": "64m", "memory_swappiness": 0},
    {"cgroup_parent": "/docker/", "cgroupns_mode": "private"},
    {"command": "sleep 1000", "entrypoint": "/bin/env"},
    {"entrypoint": [""], "command": ["sleep", "1000"]},
    {"command": ["sleep", "3600"], "user": "0:0", "working_dir": "/var"},  # the image's
    {"cpu_shares": 512, "cpus": 0.29, "cpuset_cpus": "0", "cpuset_mems": "0"},
    {"cpu_period": 50_000, "cpu_quota": 25_000},
    {"devices": ["/dev/null:/dev/nothing", "/dev/zero:/dev/naught:r"], "device_cgroup_rules": ["c 1:3 mr", "b *:* r"]},
    {"dns_opts": ["ndots:2"], "dns_search_domains": ["example.org"], "dns_servers": ["192.0.2.53"]},
    {"domainname": "example.org", "hostname": "web", "etc_hosts": {"db": "192.0.2.7", "six": "2001:db8::7"}},
    {"env": {"A": "1", "OF_IMAGE": "1", "EMPTY": "", "WITH_EQUALS": "a=b"}, "labels": {"a": "1", "empty": ""}},
    {"env": {"OF_IMAGE": None, "NOWHERE": None}, "labels": {"of.image": None, "nowhere": None}},
    {"exposed_ports": ["7001", "9000-9001/udp"], "published_ports": ["7001", "0.0.0.0:18080:8080", "[::]:18081:81"]},
    {"published_ports": ["127.0.0.1:19000-19001:9000-9001/udp", "18080-18090:8080", "0:8082"]},
    {"groups": ["4242", "app"], "user": "app", "working_dir": "/etc/"},
    {"working_dir": "//var/./log/..//"},
    {"healthcheck": {"test": ["/bin/true"], "interval": "1s", "timeout": "500ms", "retries": 2, "start_period": "1s"}},
    {"healthcheck": {"test": "true || false", "interval": "1s"}},
    {"healthcheck": {"test": "NONE"}},
    {"init": True, "oom_score_adj": 100, "pids_limit": 100, "read_only": True, "interactive": True, "tty": True},
    {"pids_limit": -1, "memory_swap": "-1"},
    {"pids_limit": 0, "cpu_shares": 0, "cpus": 0, "memory": "0", "shm_size": "0", "stop_timeout": 0},
    {"ipc_mode": "host", "pid_mode": "host", "uts": "host", "userns_mode": "host", "network_mode": "host"},
    {"ipc_mode": "shareable", "log_driver": "json-file"},
    {"ipc_mode": "private", "log_driver": "none"},
    {"ipc_mode": "none", "log_driver": "json-file", "log_options": {}},
    {"ipc_mode": "container:neighbour"},
    {"network_mode": "container:neighbour"},
    {"pid_mode": "container:neighbour"},
    {"log_driver": "local", "log_options": {"max-file": 3}},
    {"log_driver": "json-file", "log_options": {"max-file": "3", "max-size": "1m"}},
    {"log_options": {"max-file": "3"}},
    {"links": ["neighbour", "neighbour:db"], "publish_all_ports": True},
    {"mac_address": "02-42-AC-11-00-99"},
    {"mac_address": "02:42:C0:00:02:99", "network_mode": "front", "networks": [{"name": "back"}, {"name": "front"}]},
    {"memory": "64m", "memory_reservation": "32m", "oom_killer": True},
    {"memory": "64m", "memory_swap": "96m"},
    {"memory": "64m", "memory_swap": "unlimited"},
    {"mounts": [{"target": "/a/", "source": "named"}, {"target": "/b"}, {"target": "/c", "type": "tmpfs"}]},
    {"mounts": [{"target": "/a", "source": "/opt/", "type": "bind", "propagation": "rprivate", "read_only": True}]},
    {"mounts": [{"target": "/a", "source": "named", "no_copy": True, "labels": {"a": "1"}, "volume_driver": "local"}]},
    {"mounts": [{"target": "/a", "type": "tmpfs", "tmpfs_size": "1m", "tmpfs_mode": "1777"}]},
    {"mounts": [{"target": "/data", "source": "instead"}]},
    {"network_mode": "bridge"},
    {"network_mode": "default"},
    {"network_mode": "none"},
    {"network_mode": "host"},
    {"network_mode": "host", "hostname": "web"},
    {"network_mode": "front"},
    {"networks": [{"name": "front", "links": ["neighbour:db"]}]},
    {"network_mode": "front", "networks": [{"name": "back"}, {"name": "front", "aliases": ["www"]}]},
    {"networks": []},
    {"networks": [{"name": "bridge"}]},
    {"networks": [{"name": "bridge", "mac_address": "02-42-AC-11-00-99"}, {"name": "front"}]},
    {
        "networks": [
            {"name": "front", "ipv4_address": "192.0.2.10", "mac_address": "02:42:C0:00:02:99"},
            {"name": "back", "aliases": ["app", "api"], "driver_opts": {"a": 1}},
        ]
    },
    {"networks": [{"name": "six", "ipv6_address": "2001:DB8:0::10"}]},
    {"pid_mode": "host", "security_opts": ["label=disable", "no-new-privileges"]},
    {"security_opts": ["no-new-privileges:true", "seccomp=unconfined", "apparmor:unconfined"]},
    {"restart_policy": "on-failure", "restart_retries": 3},
    {"restart_policy": "always"},
    {"restart_policy": "no"},
    {"runtime": "runc", "shm_size": "1m", "sysctls": {"net.core.somaxconn": 1024}},
    {"stop_signal": "INT", "stop_timeout": 1},
    {"stop_signal": "SIGTERM", "stop_timeout": 1},
    {"ulimits": ["nofile:1024:2048", "core=0"]},
    {"tmpfs": ["/scratch:size=64k", "/scratch-too/", "/data"]},
    {"volume_driver": "local", "volumes": ["named:/named:ro", "/opt/:/bound/:rw", "/anonymous/", "shared:/shared:z"]},
    {"volumes": ["/opt:/bound:rprivate,ro", "instead:/data"]},
    {"volumes": []},
    {"volumes_from": ["neighbour:ro"]},
]  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def app(image: t.Callable[..., str]) -> None:
    image(
        "app:stated",
        CMD=["sleep", "3600"],
        ENV={"OF_IMAGE": "1"},
        LABEL={"of.image": "1"},
        EXPOSE="7001",
        VOLUME=["/data"],
        WORKDIR="/var",
        USER="0:0",
        STOPSIGNAL="SIGTERM",
    )


@pytest.fixture
def ask(clean_engine: docker.APIClient, engine_socket: str, tmp_path: Path) -> Ask:
    """Run container_swap for C(web), on an engine with networks and a neighbour."""
    subnets = {"front": ["192.0.2.0/24"], "back": ["198.51.100.0/24"], "six": ["203.0.113.0/24", "2001:db8::/64"]}
    for name, given in subnets.items():
        pools = [docker.types.IPAMPool(subnet=subnet) for subnet in given]
        ipam = docker.types.IPAMConfig(pool_configs=pools)
        clean_engine.create_network(name, ipam=ipam, enable_ipv6=len(given) > 1)
    config = {"Image": "busybox:offline", "Cmd": ["sleep", "3600"], "Volumes": {"/neighbourly": {}}}
    config["HostConfig"] = {"IpcMode": "shareable"}
    neighbour = clean_engine.create_container_from_config(config, "neighbour")["Id"]
    clean_engine.connect_container_to_network(neighbour, "front")
    clean_engine.start(neighbour)

    def ask(**stated: t.Any) -> dict[str, t.Any]:
        quickly = {"health": {"interval": 0.05, "stable_for": 0.05}, "keep": 0, "stop_timeout": 0}
        request = Request.of({"name": "web", "image": "app:stated", **quickly, **stated}, check_mode=False)
        engine = Engine(docker.APIClient(base_url=engine_socket, timeout=30))
        return Swap(request, engine, Store(str(tmp_path), "web"), Clock()).run()

    return ask


@pytest.mark.parametrize("stated", CASES, ids=str)
def test_what_is_stated_once_more_is_no_change(ask: Ask, stated: Stated) -> None:
    ask(**stated)
    for force in (False, True):  # as the task made it, and as it is carried into a container of the same image
        if force:
            ask(**stated, force=True)
        for carry_over in (True, False):
            again = ask(**stated, carry_over=carry_over)
            assert not again["changed"], (force, carry_over, again["diff"])


def test_every_option_is_stated() -> None:
    assert set(CONTAINER_SETTINGS) - {option for case in CASES for option in case} == set(NOT_STATED)
