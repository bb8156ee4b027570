# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t

import pytest
from ansible_collections.zero.downtime.plugins.module_utils._container.description import spec
from ansible_collections.zero.downtime.plugins.module_utils._container.description.values import SettingError


def composed(api_version: str = "1.41", **stated: t.Any) -> spec.Spec:
    return spec.render(spec.from_options(stated), image="app:1", api_version=api_version)


def test_nothing_stated_is_an_image_and_no_more() -> None:
    assert composed(env=None, command=None, networks=None) == spec.Spec({"Image": "app:1", "HostConfig": {}})


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ({"command": "a b"}, {"Cmd": ["a", "b"]}),
        ({"command": []}, {}),
        ({"entrypoint": [""]}, {"Entrypoint": [""]}),
        ({"entrypoint": ["/e"], "tty": True}, {"Entrypoint": ["/e"], "Tty": True}),
        ({"env": {"A": "1", "B": "", "C": None, "D": 4}}, {"Env": ["A=1", "B=", "C", "D=4"]}),
        ({"labels": {"a": "1", "b": None}}, {"Labels": {"a": "1"}}),
        ({"stop_timeout": 0, "stop_signal": "SIGINT"}, {"StopTimeout": 0, "StopSignal": "SIGINT"}),
        ({"user": "", "working_dir": ""}, {}),
        ({"exposed_ports": ["80"]}, {"ExposedPorts": {"80/tcp": {}}}),
        ({"volumes": ["/data"]}, {"Volumes": {"/data": {}}, "HostConfig": {"Binds": []}}),
        (
            {"healthcheck": {"test": "true", "interval": "2s", "retries": 3, "timeout": None}},
            {"Healthcheck": {"Test": ["CMD-SHELL", "true"], "Interval": 2 * 10**9, "Retries": 3}},
        ),
        ({"healthcheck": {"test": ["curl", "-f"]}}, {"Healthcheck": {"Test": ["CMD", "curl", "-f"]}}),
        ({"healthcheck": {"test": ["CMD", "true"]}}, {"Healthcheck": {"Test": ["CMD", "true"]}}),
        ({"healthcheck": {"test": "NONE"}}, {"Healthcheck": {"Test": ["NONE"]}}),
        ({"healthcheck": {"test": ["NONE"]}}, {"Healthcheck": {"Test": ["NONE"]}}),
        ({"healthcheck": {}}, {}),
    ],
)
def test_top_level(stated: dict[str, t.Any], expected: dict[str, t.Any]) -> None:
    assert composed(**stated).body == {"Image": "app:1", "HostConfig": {}, **expected}


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ({"cpus": 0.29}, {"NanoCpus": 290_000_000}),
        ({"memory": "1g", "memory_swap": "unlimited"}, {"Memory": 1 << 30, "MemorySwap": -1}),
        ({"etc_hosts": {"db": "192.0.2.7"}}, {"ExtraHosts": ["db:192.0.2.7"]}),
        ({"tmpfs": ["/a", "/b:size=1m,mode=1777"]}, {"Tmpfs": {"/a": "", "/b": "size=1m,mode=1777"}}),
        ({"sysctls": {"net.core.somaxconn": 1024}}, {"Sysctls": {"net.core.somaxconn": "1024"}}),
        ({"init": False}, {"Init": False}),
        ({"oom_killer": True}, {"OomKillDisable": True}),
        ({"kernel_memory": "32m", "memory_swappiness": 0}, {"KernelMemory": 32 << 20, "MemorySwappiness": 0}),
        ({"memory_swappiness": -1}, {}),
        ({"links": ["db", "store:cache"]}, {"Links": ["db:db", "store:cache"]}),
        (
            {"device_read_bps": [{"path": "/dev/sda", "rate": "1m"}], "device_write_bps": []},
            {"BlkioDeviceReadBps": [{"Path": "/dev/sda", "Rate": 1 << 20}], "BlkioDeviceWriteBps": []},
        ),
        (
            {"device_write_iops": [{"path": "/dev/sda", "rate": 9}], "device_read_iops": []},
            {"BlkioDeviceWriteIOps": [{"Path": "/dev/sda", "Rate": 9}], "BlkioDeviceReadIOps": []},
        ),
        (
            {"device_requests": [{"capabilities": [["gpu"]], "count": -1, "driver": None}]},
            {
                "DeviceRequests": [
                    {"Driver": "", "Count": -1, "DeviceIDs": [], "Capabilities": [["gpu"]], "Options": {}}
                ]
            },
        ),
        (
            {"mounts": [{"target": "/t", "type": "tmpfs", "tmpfs_size": "1m", "tmpfs_mode": "1777"}]},
            {"Mounts": [{"Type": "tmpfs", "Target": "/t", "TmpfsOptions": {"SizeBytes": 1 << 20, "Mode": 0o1777}}]},
        ),
        (
            {
                "mounts": [
                    {"target": "/v", "source": "v", "no_copy": True, "volume_driver": "nfs", "labels": {"a": "b"}}
                ]
            },
            {
                "Mounts": [
                    {
                        "Type": "volume",
                        "Target": "/v",
                        "Source": "v",
                        "VolumeOptions": {
                            "NoCopy": True,
                            "Labels": {"a": "b"},
                            "DriverConfig": {"Name": "nfs", "Options": {}},
                        },
                    }
                ]
            },
        ),
        (
            {"mounts": [{"target": "/b", "source": "/s", "type": "bind", "read_only": True, "propagation": "rslave"}]},
            {
                "Mounts": [
                    {
                        "Type": "bind",
                        "Target": "/b",
                        "Source": "/s",
                        "ReadOnly": True,
                        "BindOptions": {"Propagation": "rslave"},
                    }
                ]
            },
        ),
    ],
)
def test_host_config(stated: dict[str, t.Any], expected: dict[str, t.Any]) -> None:
    assert composed(**stated).body["HostConfig"] == expected


@pytest.mark.parametrize(
    ("stated", "message"),
    [
        ({"volumes": ["./data:/data"]}, r"volumes: './data:/data' is not .* absolute"),
        ({"volumes": ["~/data:/data"]}, "volumes: "),
        ({"volumes": ["data:data"]}, "volumes: "),
        ({"volumes": ["data"]}, "volumes: "),
        ({"volumes": ["/a:/b:ro:x"]}, "volumes: "),
        ({"mounts": [{"target": "/b", "source": "name", "type": "bind"}]}, "mounts: 'name' is not an absolute path"),
        ({"mounts": [{"target": "/b", "type": "tmpfs", "tmpfs_mode": "rwx"}]}, "mounts: 'rwx' is not an octal mode"),
        ({"device_read_bps": [{"path": "/dev/sda", "rate": "fast"}]}, "device_read_bps: 'fast' is not a size"),
        ({"healthcheck": {"interval": "30"}}, "healthcheck: interval: '30' is not a duration"),
        ({"network_mode": "host", "networks": [{"name": "a"}]}, "networks: .* network_mode host"),
    ],
)
def test_a_setting_the_engine_would_not_understand_is_refused(stated: dict[str, t.Any], message: str) -> None:
    with pytest.raises(SettingError, match=message):
        composed(**stated)


def test_a_published_port_is_exposed() -> None:
    body = composed(published_ports=["80:8080"], exposed_ports=["9000"]).body

    assert set(body["ExposedPorts"]) == {"8080/tcp", "9000/tcp"}
    assert set(body["HostConfig"]["PortBindings"]) == {"8080/tcp"}


@pytest.mark.parametrize(
    ("stated", "mode", "first", "others"),
    [
        ({"networks": [{"name": "a"}, {"name": "b", "aliases": ["x"]}]}, "a", None, (("b", {"Aliases": ["x"]}),)),
        (
            {"networks": [{"name": "a", "ipv4_address": "192.0.2.2", "aliases": None}]},
            "a",
            {"a": {"IPAMConfig": {"IPv4Address": "192.0.2.2"}}},
            (),
        ),
        (
            {"networks": [{"name": "a"}, {"name": "b", "links": ["db:db"]}], "network_mode": "b"},
            "b",
            {"b": {"Links": ["db:db"]}},
            (("a", {}),),
        ),
        ({"networks": [{"name": "a"}], "network_mode": "bridge"}, "bridge", None, (("a", {}),)),
        ({"networks": [{"name": "bridge"}], "network_mode": "default"}, "default", None, ()),
        ({"networks": []}, "default", None, ()),
        ({"network_mode": "container:x"}, "container:x", None, ()),
    ],
)
def test_networks(stated: dict[str, t.Any], mode: str, first: t.Any, others: t.Any) -> None:
    result = composed(**stated)

    assert result.body["HostConfig"]["NetworkMode"] == mode
    assert result.body.get("NetworkingConfig") == (first and {"EndpointsConfig": first})
    assert result.networks == others


def test_the_mac_address_is_the_containers_before_api_1_44_and_the_endpoints_from_then_on() -> None:
    stated = {"networks": [{"name": "a", "mac_address": "02:00:00:00:00:01"}]}

    old, new = composed("1.43", **stated).body, composed("1.44", **stated).body

    assert (old.get("MacAddress"), old.get("NetworkingConfig")) == ("02:00:00:00:00:01", None)
    assert "MacAddress" not in new
    assert new["NetworkingConfig"] == {"EndpointsConfig": {"a": {"MacAddress": "02:00:00:00:00:01"}}}


def test_a_mac_address_that_would_be_ignored_is_refused() -> None:
    stated = {"networks": [{"name": "a"}, {"name": "b", "mac_address": "02:00:00:00:00:01"}]}

    assert composed("1.44", **stated).networks == (("b", {"MacAddress": "02:00:00:00:00:01"}),)
    with pytest.raises(SettingError, match=r"API 1\.44"):
        composed("1.43", **stated)


@pytest.mark.parametrize("api_version", ["1.41", "1.44"])
def test_parse_reads_what_render_wrote(api_version: str) -> None:
    settings = spec.from_options(
        {
            "env": {"A": "1=2", "B": None},
            "labels": {"a": ""},
            "command": "a b",
            "networks": [{"name": "a", "mac_address": "02:00:00:00:00:01", "aliases": ["x"]}, {"name": "b"}],
            "volumes": ["data:/data"],
        }
    )

    parsed = spec.parse(spec.render(settings, image="app:1", api_version=api_version))

    assert (parsed.env, parsed.labels, parsed.endpoints) == (settings.env, settings.labels, settings.endpoints)
    assert parsed.host == settings.host
    assert parsed.config == {"Cmd": ["a", "b"]}
