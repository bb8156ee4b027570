# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t

import pytest
from ansible_collections.zero.downtime.plugins.module_utils._container.description import compare
from ansible_collections.zero.downtime.plugins.module_utils._container.description.carry_over import compose

ID = "0123456789abcdef" * 4
VOLUME = "ab" * 32
OLD = {
    "Cmd": ["serve"],
    "Env": ["PATH=/bin", "MODE=old"],
    "ExposedPorts": {"80/tcp": {}},
    "Healthcheck": {"Test": ["CMD", "true"], "Interval": 10**9},
    "Labels": {"version": "1"},
    "User": "app",
    "Volumes": {"/data": {}},
}
NEW = {**OLD, "Env": ["PATH=/usr/bin", "MODE=new"], "Labels": {"version": "2"}, "User": "web", "Cmd": ["serve2"]}


def container(
    config: dict[str, t.Any] | None = None, host: dict[str, t.Any] | None = None, **networks: t.Any
) -> dict[str, t.Any]:
    """A container of the old image, as an engine shows it."""
    return {
        "Id": ID,
        "Config": {**OLD, "Hostname": ID[:12], "Image": "app:1", **(config or {})},
        "HostConfig": {
            "NetworkMode": "default",
            "LogConfig": {"Type": "json-file", "Config": {}},
            "IpcMode": "private",
            "ShmSize": 64 << 20,
            "Runtime": "runc",
            "RestartPolicy": {"Name": "", "MaximumRetryCount": 0},
            **(host or {}),
        },
        "NetworkSettings": {"Networks": networks or {"bridge": {"IPAddress": "192.0.2.2", "NetworkID": "b1"}}},
        "Mounts": [{"Type": "volume", "Name": VOLUME, "Destination": "/data"}],
    }


def differences(
    running: dict[str, t.Any], *, carry_over: bool = True, api_version: str = "1.41", **stated: t.Any
) -> compare.Differences:
    old, new = {"Config": OLD}, {"Config": NEW}
    spec = compose(
        image="app:2",
        stated=stated,
        running=running,
        running_image=old,
        new_image=new,
        api_version=api_version,
        carry_over=carry_over,
    )
    return compare.differences(spec=spec, running=running, running_image=old, new_image=new)


@pytest.mark.parametrize("carry_over", [True, False])
def test_another_image_alone_is_no_difference(carry_over: bool) -> None:
    assert differences(container(), carry_over=carry_over) == {}


FULL = container(
    {
        "Cmd": ["serve", "-v"],
        "Env": ["A=1", "MODE=mine", "PATH=/bin"],
        "Labels": {"a": "1", "version": "1"},
        "ExposedPorts": {"80/tcp": {}, "8080/tcp": {}, "9000/tcp": {}},
        "Healthcheck": {"Test": ["CMD", "true"], "Interval": 5 * 10**9},
        "StopTimeout": 30,
    },
    {
        "NetworkMode": "front",
        "PortBindings": {"8080/tcp": [{"HostIp": "0.0.0.0", "HostPort": "80"}]},
        "CapAdd": ["CAP_SYS_TIME", "NET_ADMIN"],
        "Memory": 1 << 30,
        "MemorySwap": 2 << 30,
        "NanoCpus": 290_000_000,
        "Binds": ["app:/app:rw", "/etc/app:/etc/app:ro,z"],
        "Mounts": [{"Type": "tmpfs", "Target": "/scratch"}],
        "ExtraHosts": ["b:192.0.2.2", "a:192.0.2.1"],
        "RestartPolicy": {"Name": "always", "MaximumRetryCount": 0},
        "PidsLimit": None,
        "Ulimits": [{"Name": "nofile", "Hard": 2, "Soft": 1}],
        "ShmSize": 128 << 20,
    },
    front={
        "NetworkID": "f1",
        "IPAMConfig": {"IPv4Address": "192.0.2.10"},
        "Aliases": [ID[:12], "www", "app"],
        "MacAddress": "02:42:c0:00:02:0a",
    },
)

IN_FORCE = [
    {"command": "serve -v"},
    {"env": {"A": "1", "PATH": "/bin"}, "labels": {"version": "1"}, "user": "app"},
    {"published_ports": ["80:8080"], "exposed_ports": ["9000"]},
    {"capabilities": ["net_admin", "SYS_TIME"]},
    {"memory": "1g", "cpus": 0.29},
    {"memory": "1024m", "memory_swap": "2g"},
    {"volumes": ["/etc/app:/etc/app:z,ro", "app:/app"]},
    {"volumes": ["/etc/app:/etc/app:z,ro", "app:/app", "/data"]},
    {"mounts": [{"target": "/scratch", "type": "tmpfs", "read_only": False}]},
    {"etc_hosts": {"a": "192.0.2.1", "b": "192.0.2.2"}},
    {"restart_policy": "always", "restart_retries": None},
    {"pids_limit": -1, "init": None, "stop_timeout": 30},
    {"ulimits": ["nofile:1:2"], "shm_size": "128m", "log_driver": "json-file", "ipc_mode": "private"},
    {"healthcheck": {"interval": "5s"}},
    {"healthcheck": {"test": ["true"], "interval": "5s"}},
    {"networks": [{"name": "front", "aliases": ["app", "www"], "ipv4_address": "192.0.2.10"}]},
    {"network_mode": "f1"},
    {"mac_address": "02-42-C0-00-02-0A"},
]


@pytest.mark.parametrize("stated", IN_FORCE, ids=str)
def test_stating_what_is_in_force_is_no_difference(stated: dict[str, t.Any]) -> None:
    assert differences(FULL, **stated) == {}


BY_DEFAULT = {"Type": "json-file", "Config": {"max-size": "10m", "max-file": "3"}}


@pytest.mark.parametrize("carry_over", [True, False])
@pytest.mark.parametrize(
    ("running", "stated"),
    [
        (container(host={"LogConfig": BY_DEFAULT}), {"log_driver": "json-file"}),
        (container(host={"LogConfig": BY_DEFAULT}), {"log_options": {"max-file": "3"}}),
        (container(host={"LogConfig": BY_DEFAULT}), {"log_options": {}}),
        (container({"Hostname": "machine"}, {"NetworkMode": "host"}), {"network_mode": "host"}),
        (container({"Hostname": "web"}, {"NetworkMode": "host"}), {"network_mode": "host", "hostname": "web"}),
        (
            container(host={"PidMode": "host", "SecurityOpt": ["label=disable", "no-new-privileges"]}),
            {"pid_mode": "host", "security_opts": ["no-new-privileges", "label=disable"]},
        ),
        (
            container(host={"Privileged": True, "SecurityOpt": None}),
            {"privileged": True, "security_opts": ["label=disable"]},
        ),
        (container(host={"Memory": 1 << 30, "MemorySwap": -1}), {"memory": "1g"}),
        (container(host={"Memory": 1 << 30, "MemorySwap": -1}), {"memory": "1g", "memory_swap": "1g"}),
        (container(host={"Memory": 1 << 30, "MemorySwap": -1}), {"memory": "1g", "memory_swap": "4g"}),
        (container(host={"OomKillDisable": None}), {"oom_killer": True, "memory_swappiness": 0}),
        (container(host={"MemorySwappiness": 0}), {"memory_swappiness": 0}),
        (container(host={"BlkioWeight": 0, "KernelMemory": 0}), {"blkio_weight": 300, "kernel_memory": "32m"}),
        (container(host={"CgroupnsMode": "private"}), {"cgroupns_mode": "private"}),
        (
            container(host={"BlkioDeviceReadBps": [{"Path": "/dev/a", "Rate": 1}, {"Path": "/dev/b", "Rate": 2}]}),
            {"device_read_bps": [{"path": "/dev/b", "rate": "2"}, {"path": "/dev/a", "rate": "1"}]},
        ),
        (container(host={"Links": ["/db:/web/db", "/store:/web/cache"]}), {"links": ["store:cache", "db"]}),
        (
            container(
                host={"DeviceRequests": [{"Driver": "", "Count": -1, "DeviceIDs": None, "Capabilities": [["gpu"]]}]}
            ),
            {"device_requests": [{"count": -1, "capabilities": [["gpu"]]}]},
        ),
        (
            container(
                host={"Mounts": [{"Type": "volume", "Target": "/a", "VolumeOptions": {"DriverConfig": {"Name": "x"}}}]}
            ),
            {"mounts": [{"target": "/a", "volume_driver": "x"}]},
        ),
    ],
    ids=str,
)
def test_what_the_engine_adds_or_leaves_out_is_no_difference(
    running: dict[str, t.Any], stated: dict[str, t.Any], carry_over: bool
) -> None:
    assert differences(running, carry_over=carry_over, **stated) == {}


@pytest.mark.parametrize(
    ("host", "stated", "expected"),
    [
        ({"OomKillDisable": False}, {"oom_killer": True}, {"oom_killer": (None, True)}),
        ({"OomKillDisable": True}, {"oom_killer": False}, {"oom_killer": (True, None)}),
        ({"OomKillDisable": False}, {"memory_swappiness": 0}, {"memory_swappiness": (None, 0)}),
        ({"MemorySwappiness": 10}, {"memory_swappiness": 20}, {"memory_swappiness": (10, 20)}),
        ({"BlkioWeight": 100}, {"blkio_weight": 300}, {"blkio_weight": (100, 300)}),
        ({"BlkioWeight": 100}, {"blkio_weight": 0}, {"blkio_weight": (100, None)}),
        (
            {"Memory": 1 << 30, "MemorySwap": 1 << 30},
            {"memory": "1g", "memory_swap": "2g"},
            {"memory_swap": (1 << 30, 2 << 30)},
        ),
        ({"Memory": 1 << 30, "MemorySwap": -1}, {"memory": "2g", "memory_swap": "2g"}, {"memory": (1 << 30, 2 << 30)}),
        ({"Memory": 0, "MemorySwap": -1}, {"memory_swap": "2g"}, {"memory_swap": (-1, 2 << 30)}),
    ],
    ids=str,
)
def test_what_the_engine_can_do_is_a_difference(
    host: dict[str, t.Any], stated: dict[str, t.Any], expected: compare.Differences
) -> None:
    """An engine that limits no swap writes -1, one without cgroup v1 null for oom_killer, one that weighs none 0."""
    assert differences(container(host=host), **stated) == expected


MAC_ADDRESSES = [
    {"name": "front", "mac_address": "02-42-C0-00-02-0A"},
    {"name": "back", "mac_address": "02:42:c6:33:64:0a"},
]


@pytest.mark.parametrize("told", [{}, {"MacAddress": "02:42:c0:00:02:0a"}], ids=["API 1.52", "API 1.44"])
@pytest.mark.parametrize("carry_over", [True, False])
def test_a_stated_mac_address_is_compared_with_the_one_in_use(told: dict[str, t.Any], carry_over: bool) -> None:
    running = container(
        told,
        {"NetworkMode": "front"},
        front={"NetworkID": "f1", "MacAddress": "02:42:c0:00:02:0a"},
        back={"NetworkID": "b1", "MacAddress": "02:42:c6:33:64:0a"},
    )
    others = [{**network, "mac_address": "02:00:00:00:00:01"} for network in MAC_ADDRESSES]

    assert differences(running, carry_over=carry_over, api_version="1.44", networks=MAC_ADDRESSES) == {}
    before, after = differences(running, carry_over=carry_over, api_version="1.44", networks=others)["networks"]
    assert before == {
        name: {"mac_address": running["NetworkSettings"]["Networks"][name]["MacAddress"]} for name in before
    }
    assert after == {"front": {"mac_address": "02:00:00:00:00:01"}, "back": {"mac_address": "02:00:00:00:00:01"}}


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ({"env": {"A": "2", "NEW": "1"}}, {"env": ({"A": "1", "NEW": None}, {"A": "2", "NEW": "1"})}),
        ({"env": {"A": None}}, {"env": ({"A": "1"}, {"A": None})}),
        ({"labels": {"a": "2"}}, {"labels": ({"a": "1"}, {"a": "2"})}),
        ({"labels": {"a": None}}, {"labels": ({"a": "1"}, {"a": None})}),
        ({"command": "serve"}, {"command": (["serve", "-v"], ["serve"])}),
        ({"command": []}, {"command": (["serve", "-v"], ["serve2"])}),
        ({"entrypoint": "/e"}, {"entrypoint": ([], ["/e"])}),
        ({"user": "root"}, {"user": ("app", "root")}),
        (
            {"interactive": True, "publish_all_ports": True},
            {"interactive": (None, True), "publish_all_ports": (None, True)},
        ),
        ({"cpu_quota": 50_000}, {"cpu_quota": (None, 50_000), "cpus": (290_000_000, None)}),
        (
            {"mac_address": "02:00:00:00:00:01"},
            {
                "networks": (
                    {
                        "front": {
                            "aliases": ["app", "www"],
                            "ipv4_address": "192.0.2.10",
                            "mac_address": "02:42:c0:00:02:0a",
                        }
                    },
                    {
                        "front": {
                            "aliases": ["app", "www"],
                            "ipv4_address": "192.0.2.10",
                            "mac_address": "02:00:00:00:00:01",
                        }
                    },
                )
            },
        ),
        ({"stop_timeout": 0}, {"stop_timeout": (30, 0)}),
        ({"hostname": "web"}, {"hostname": (None, "web")}),
        ({"healthcheck": {"interval": "9s"}}, {"healthcheck": ({"Interval": 5 * 10**9}, {"Interval": 9 * 10**9})}),
        ({"exposed_ports": []}, {"exposed_ports": (["9000/tcp"], [])}),
        (
            {"published_ports": ["192.0.2.1:80:8080"]},
            {
                "published_ports": (
                    {"8080/tcp": [("0.0.0.0", "80")]},
                    {"8080/tcp": [("192.0.2.1", "80")]},
                )
            },
        ),
        ({"memory": "2g"}, {"memory": (1 << 30, 2 << 30), "memory_swap": (2 << 30, 4 << 30)}),
        ({"capabilities": []}, {"capabilities": (["NET_ADMIN", "SYS_TIME"], None)}),
        ({"volumes": ["app:/app"]}, {"volumes": ({"/etc/app": "bind /etc/app ro z"}, {"/etc/app": None})}),
        (
            {"volumes": ["app:/app:ro", "/etc/app:/etc/app:ro,z", "data:/data"]},
            {
                "volumes": (
                    {"/app": "volume app", "/data": None},
                    {"/app": "volume app ro", "/data": "volume data"},
                )
            },
        ),
        ({"privileged": True}, {"privileged": (None, True)}),
        ({"init": False}, {"init": (None, False)}),
        (
            {"log_options": {"max-size": "1m"}},
            {
                "log_driver": (
                    {"Type": "json-file", "Config": {}},
                    {"Type": "json-file", "Config": {"max-size": "1m"}},
                )
            },
        ),
        ({"memory_swap": "-1"}, {"memory_swap": (2 << 30, -1)}),
        ({"security_opts": ["label=disable"]}, {"security_opts": (None, ["label=disable"])}),
        ({"restart_policy": "no"}, {"restart_policy": ({"Name": "always", "MaximumRetryCount": 0}, None)}),
        (
            {"log_driver": "journald"},
            {"log_driver": ({"Type": "json-file", "Config": {}}, {"Type": "journald", "Config": {}})},
        ),
        (
            {"networks": [{"name": "front", "ipv4_address": "192.0.2.10"}]},
            {
                "networks": (
                    {"front": {"aliases": ["app", "www"], "ipv4_address": "192.0.2.10"}},
                    {"front": {"ipv4_address": "192.0.2.10"}},
                )
            },
        ),
    ],
    ids=str,
)
def test_differences(stated: dict[str, t.Any], expected: compare.Differences) -> None:
    assert differences(FULL, **stated) == expected


def test_another_network_mode() -> None:
    found = differences(FULL, network_mode="host")

    assert found["network_mode"] == ("networks", "host")
    assert set(found) == {"network_mode", "networks", "published_ports"}


def test_without_carry_over_what_is_not_stated_goes() -> None:
    running = container({"Env": ["A=1", "MODE=mine"], "StopSignal": "SIGINT"}, {"CapAdd": ["NET_ADMIN"]})

    assert differences(running, carry_over=False) == {
        "capabilities": (["NET_ADMIN"], None),
        "env": ({"A": "1", "MODE": "mine"}, {"A": None, "MODE": "new"}),
        "stop_signal": ("SIGINT", None),
    }


def test_a_volume_kept_by_its_name_is_no_difference() -> None:
    swapped = container(host={"Binds": [f"{VOLUME}:/data"]})

    assert differences(swapped) == {}
    assert differences(swapped, volumes=["/data"]) == {}


def test_redacted_shows_names_and_not_values() -> None:
    found = differences(
        container({"Env": ["A=s3cret1"]}, {"LogConfig": {"Type": "splunk", "Config": {"token": "s3cret2"}}}),
        env={"A": "s3cret3", "B": "s3cret4"},
        log_options={"token": "s3cret5"},
    )

    shown = compare.redacted(found)

    assert "s3cret" not in str(shown)
    assert shown["env"] == ({"A": "(value before)", "B": None}, {"A": "(value after)", "B": "(value after)"})
    assert shown["log_driver"][1] == {"Type": "splunk", "Config": {"token": "(value after)"}}


def test_redacted_shows_no_value_of_a_volume_drivers_options() -> None:
    """They are how a file share is told its password."""

    def mount(password: str) -> dict[str, t.Any]:
        options = {"type": "cifs", "o": f"username=u,password={password}"}
        return {"target": "/a", "source": "share", "volume_driver": "local", "volume_options": options}

    driver = {"Name": "local", "Options": {"type": "cifs", "o": "username=u,password=s3cret1"}}
    share = {"Type": "volume", "Source": "share", "Target": "/a", "VolumeOptions": {"DriverConfig": driver}}
    running = container(host={"Mounts": [share]})

    found = differences(running, mounts=[mount("s3cret2")])

    assert differences(running, mounts=[mount("s3cret1")]) == {}
    assert "s3cret1" in str(found["volumes"][0])
    assert "s3cret2" in str(found["volumes"][1])
    shown = compare.redacted(found)
    assert "s3cret" not in str(shown)
    assert shown["volumes"][1] == {
        "/a": {
            "mount": 'volume share {"DriverConfig": {"Name": "local"}}',
            "volume_options": {"type": "(value after)", "o": "(value after)"},
        }
    }
    assert compare.redacted(differences(running, volumes=["/b"]))["volumes"] == (
        {"/b": None},
        {"/b": "anonymous volume"},
    )


def test_a_mount_with_options_where_the_image_declares_a_volume_is_a_difference() -> None:
    stated = [{"target": "/data", "volume_options": {"type": "tmpfs"}}]

    assert differences(container(), mounts=stated)["volumes"][0] == {"/data": None}
