# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A container is replaced by one of another image with nothing stated: its inspect, key by key, on a real engine."""

from __future__ import annotations

import copy
import dataclasses
import typing as t
from pathlib import Path

import docker
import pytest
from ansible_collections.zero.downtime.plugins.module_utils._container.description import carry_over, compare
from ansible_collections.zero.downtime.plugins.module_utils._container.description.spec import Spec

Inspect = t.Dict[str, t.Any]

# What belongs to one container and not to its settings.
OF_ONE_CONTAINER = (
    "AppArmorProfile",
    "Args",
    "Created",
    "ExecIDs",
    "GraphDriver",
    "HostnamePath",
    "HostsPath",
    "Id",
    "Image",
    "ImageManifestDescriptor",
    "LogPath",
    "Name",
    "Path",
    "Platform",
    "ResolvConfPath",
    "RestartCount",
    "State",
)
OF_ONE_ENDPOINT = ("DNSNames", "EndpointID")
# Assigned by the engine unless IPAMConfig asks for one, when the test compares it.
ASSIGNED_ADDRESSES = ("GlobalIPv6Address", "IPAddress", "MacAddress")

# Settings of HostConfig that no case asks for, and why.
NOT_ASKED_FOR = {
    "Annotations": "API 1.43",
    "Cgroup": "written by the engine for a network_mode that is long gone",
    "ContainerIDFile": "the file the old container's id was written to",
    "CpuCount": "Windows",
    "CpuPercent": "Windows",
    "IOMaximumBandwidth": "Windows",
    "IOMaximumIOps": "Windows",
    "Isolation": "Windows",
    "StorageOpt": "needs xfs with project quotas under the engine",
}


class Case(t.NamedTuple):
    body: dict[str, t.Any]
    networks: tuple[tuple[str, dict[str, t.Any]], ...] = ()
    start: bool = True


EVERYTHING = Case(
    {
        "Hostname": "web",
        "Domainname": "example.org",
        "User": "1000:1000",
        "Tty": True,
        "OpenStdin": True,
        "StdinOnce": True,
        "Env": ["A=stated", "EMPTY=", "FROM_IMAGE=overridden", "WITH_EQUALS=a=b", "TAKEN_OUT"],
        "Labels": {"stated": "1", "of.image": "overridden", "empty": ""},
        "Cmd": ["sleep", "1000"],
        "Entrypoint": ["/bin/env"],
        "WorkingDir": "/tmp",  # noqa: S108 - of the container
        "ExposedPorts": {"8080/tcp": {}, "8081/tcp": {}, "9000/udp": {}, "9001/tcp": {}},
        "Volumes": {"/anonymous": {}},
        "Healthcheck": {"Test": ["CMD", "true"], "Interval": 2 * 10**9, "Retries": 7, "StartPeriod": 10**9},
        "StopSignal": "SIGINT",
        "StopTimeout": 0,
        "Shell": ["/bin/sh", "-e", "-c"],
        "MacAddress": "02:42:c0:00:02:99",
        "HostConfig": {
            "Binds": ["named:/named:ro", "{folder}:/bound:rprivate", "shared:/shared"],
            "Mounts": [
                {"Type": "volume", "Source": "mounted", "Target": "/mounted", "VolumeOptions": {"NoCopy": True}},
                {"Type": "volume", "Target": "/mounted-anonymous"},
                {"Type": "bind", "Source": "{folder}", "Target": "/bound-too", "ReadOnly": True},
                {"Type": "tmpfs", "Target": "/mounted-tmpfs", "TmpfsOptions": {"SizeBytes": 1 << 20, "Mode": 0o1777}},
            ],
            "Tmpfs": {"/scratch": "size=64k"},
            "LogConfig": {"Type": "json-file", "Config": {"max-size": "1m", "labels": "stated"}},
            "NetworkMode": "front",
            "PortBindings": {
                "8080/tcp": [{"HostIp": "127.0.0.1", "HostPort": "18080"}],
                "8081/tcp": [{"HostIp": "", "HostPort": ""}],
                "9000/udp": [{"HostIp": "", "HostPort": "19000"}, {"HostIp": "127.0.0.1", "HostPort": "19001"}],
            },
            "RestartPolicy": {"Name": "on-failure", "MaximumRetryCount": 3},
            "VolumeDriver": "local",
            "CapAdd": ["NET_ADMIN"],
            "CapDrop": ["MKNOD"],
            "CgroupnsMode": "private",
            "Dns": ["192.0.2.53"],
            "DnsOptions": ["ndots:2"],
            "DnsSearch": ["example.org"],
            "ExtraHosts": ["db:192.0.2.7"],
            "GroupAdd": ["4242"],
            "IpcMode": "shareable",
            "OomScoreAdj": 100,
            "ReadonlyRootfs": True,
            "SecurityOpt": ["no-new-privileges", "seccomp=unconfined"],
            "ShmSize": 1 << 20,
            "Runtime": "runc",
            "ConsoleSize": [24, 80],
            "CpuShares": 512,
            "Memory": 64 << 20,
            "MemoryReservation": 32 << 20,
            "MemorySwap": -1,
            "MemorySwappiness": 0,
            "NanoCpus": 500_000_000,
            "CgroupParent": "/docker",
            "CpusetCpus": "0",
            "CpusetMems": "0",
            "Devices": [{"PathOnHost": "/dev/null", "PathInContainer": "/dev/nothing", "CgroupPermissions": "rw"}],
            "DeviceCgroupRules": ["c 1:3 mr"],
            "PidsLimit": 100,
            "Sysctls": {"net.core.somaxconn": "1024"},
            "Ulimits": [{"Name": "nofile", "Soft": 1024, "Hard": 2048}],
            "Init": True,
        },
        "NetworkingConfig": {
            "EndpointsConfig": {
                "front": {"IPAMConfig": {"IPv4Address": "192.0.2.10"}, "Aliases": ["www"], "Links": ["neighbour:db"]}
            }
        },
    },
    networks=(("back", {"Aliases": ["app", "api"], "IPAMConfig": {"IPv4Address": "198.51.100.10"}}), ("third", {})),
)

LIMITS = Case(
    {
        "HostConfig": {
            "BlkioWeight": 300,
            "BlkioWeightDevice": [{"Path": "/dev/null", "Weight": 200}],
            "BlkioDeviceReadBps": [{"Path": "/dev/null", "Rate": 1 << 20}],
            "BlkioDeviceWriteBps": [{"Path": "/dev/null", "Rate": 1 << 20}],
            "BlkioDeviceReadIOps": [{"Path": "/dev/null", "Rate": 1000}],
            "BlkioDeviceWriteIOps": [{"Path": "/dev/null", "Rate": 1000}],
            "CpuPeriod": 50_000,
            "CpuQuota": 25_000,
            "CpuRealtimePeriod": 1_000_000,
            "CpuRealtimeRuntime": 1_000,
            "DeviceRequests": [
                {"Driver": "", "Count": -1, "DeviceIDs": None, "Capabilities": [["gpu"]], "Options": {"a": "b"}}
            ],
            "KernelMemory": 32 << 20,
            "KernelMemoryTCP": 32 << 20,
            "Memory": 64 << 20,
            "OomKillDisable": True,
            "PublishAllPorts": True,
        }
    },
    start=False,  # there is no GPU, and no real-time scheduling for containers
)

CASES = {
    "everything on networks of its own": EVERYTHING,
    "limits of devices and processor": LIMITS,
    "nothing stated": Case({}),
    "the default bridge, with links": Case(
        {"MacAddress": "02:42:ac:11:00:99", "HostConfig": {"Links": ["neighbour:db", "neighbour:cache"]}}
    ),
    "privileged, with the host's processes": Case(
        {"HostConfig": {"Privileged": True, "IpcMode": "host", "PidMode": "host", "UsernsMode": "host"}},
        start=False,  # not every machine may grant all capabilities
    ),
    "privileged, with labels": Case(
        {"HostConfig": {"Privileged": True, "SecurityOpt": ["label=type:web_t"]}}, start=False
    ),
    "the host's processes": Case({"HostConfig": {"IpcMode": "host", "PidMode": "host"}}),
    "the host's network and name": Case({"HostConfig": {"NetworkMode": "host", "UTSMode": "host"}}),
    "the host's network": Case({"HostConfig": {"NetworkMode": "host"}}),
    "no network": Case({"NetworkDisabled": True, "HostConfig": {"NetworkMode": "none"}}),
    "another container's namespaces": Case(
        {
            "HostConfig": {
                "NetworkMode": "container:neighbour",
                "PidMode": "container:neighbour",
                "IpcMode": "container:neighbour",
            }
        }
    ),
    "another container's volumes": Case({"HostConfig": {"VolumesFrom": ["neighbour:ro"]}}),
    "system paths unconfined": Case({"HostConfig": {"MaskedPaths": [], "ReadonlyPaths": []}}),
    "other system paths": Case({"HostConfig": {"MaskedPaths": ["/proc/kcore"], "ReadonlyPaths": ["/proc/irq"]}}),
    "init refused, removed when it ends": Case({"HostConfig": {"Init": False, "AutoRemove": True}}),
    "a command of its own": Case({"Cmd": ["sleep", "999"]}),
    "the image's entrypoint taken away": Case({"Entrypoint": [""], "Cmd": ["sleep", "998"]}),
    "an entrypoint that needs no command": Case({"Entrypoint": ["sleep", "997"]}),
    "the image's health check switched off": Case({"Healthcheck": {"Test": ["NONE"]}}),
    "an anonymous volume as a bind": Case({"HostConfig": {"Binds": ["/anonymous"]}}),
}


@pytest.fixture(scope="module")
def images(image: t.Callable[..., str]) -> tuple[str, str]:
    """Two versions of an app that agree in nothing that an image can say."""
    old = image(
        "app:1",
        ENTRYPOINT=["/bin/env"],
        CMD=["sleep", "600"],
        ENV={"FROM_IMAGE": "1", "OLD": "1"},
        LABEL={"of.image": "1", "old": "1"},
        EXPOSE="7001",
        VOLUME=["/declared", "/declared-by-old"],
        WORKDIR="/var",
        USER="0:0",
        HEALTHCHECK="--interval=5s --timeout=4s --retries=4 CMD true",
        STOPSIGNAL="SIGTERM",
        SHELL=["/bin/sh", "-c"],
    )
    new = image(
        "app:2",
        ENTRYPOINT=["/bin/busybox"],
        CMD=["sleep", "700"],
        ENV={"FROM_IMAGE": "2", "NEW": "2"},
        LABEL={"of.image": "2", "new": "2"},
        EXPOSE="7002",
        VOLUME=["/declared", "/declared-by-new"],
        WORKDIR="/etc",
        USER="1000",
        HEALTHCHECK="--interval=6s --timeout=5s --retries=5 CMD test -d /",
        STOPSIGNAL="SIGQUIT",
        SHELL=["/bin/busybox", "sh", "-c"],
    )
    return old, new


@dataclasses.dataclass
class Replacement:
    """One container taken for another: the engine's words on both, and on their images."""

    engine: docker.APIClient
    before: Inspect
    after: Inspect
    spec: Spec
    old_image: Inspect
    new_image: Inspect

    @property
    def again(self) -> dict[str, t.Any]:
        """What a second swap with nothing stated would still change."""
        spec = compose(self.engine, "app:2", {}, self.after, self.new_image, self.new_image)
        return compare.differences(
            spec=spec, running=self.after, running_image=self.new_image, new_image=self.new_image
        )


@pytest.fixture
def machine(clean_engine: docker.APIClient, images: tuple[str, str], tmp_path: Path) -> t.Callable[..., Replacement]:
    """An engine with networks and a neighbour; call it to run a case on the old image and replace it."""
    engine = clean_engine
    for name, subnet in (("front", "192.0.2.0/24"), ("back", "198.51.100.0/24"), ("third", "203.0.113.0/24")):
        pool = docker.types.IPAMPool(subnet=subnet)
        engine.create_network(name, ipam=docker.types.IPAMConfig(pool_configs=[pool]))
    config = {"Image": "busybox:offline", "Cmd": ["sleep", "600"], "Volumes": {"/neighbourly": {}}}
    config["HostConfig"] = {"IpcMode": "shareable"}
    neighbour = engine.create_container_from_config(config, "neighbour")["Id"]
    engine.connect_container_to_network(neighbour, "front")
    engine.start(neighbour)
    old_image, new_image = (engine.inspect_image(ref) for ref in images)

    def replace(case: Case, **stated: t.Any) -> Replacement:
        body = {"Image": images[0], **_with_folder(case.body, str(tmp_path))}
        before = _run(engine, Spec(body, case.networks), "app", start=case.start)
        spec = compose(engine, images[1], stated, before, old_image, new_image)
        engine.rename(before["Id"], "app-previous")
        engine.stop(before["Id"], timeout=0)
        after = _run(engine, spec, "app", start=case.start)
        return Replacement(engine, before, after, spec, old_image, new_image)

    return replace


def compose(
    engine: docker.APIClient,
    image: str,
    stated: dict[str, t.Any],
    running: Inspect,
    running_image: Inspect,
    new_image: Inspect,
) -> Spec:
    before = copy.deepcopy(running)
    spec = carry_over.compose(
        image=image,
        stated=stated,
        running=running,
        running_image=running_image,
        new_image=new_image,
        api_version=engine._version,
    )
    assert running == before, "composing must not write into what it was given"
    return spec


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_every_setting_survives_and_a_second_swap_would_change_nothing(
    machine: t.Callable[..., Replacement], case: Case
) -> None:
    swap = machine(case)

    assert _settings(swap.after, swap.new_image) == _settings(swap.before, swap.old_image)
    assert swap.again == {}


def test_every_setting_of_the_engine_is_asked_for(machine: t.Callable[..., Replacement]) -> None:
    asked_for = {key for case in CASES.values() for key in case.body.get("HostConfig", {})}
    in_force = machine(EVERYTHING).before["HostConfig"]

    assert set(in_force) - asked_for - set(NOT_ASKED_FOR) == set()
    for key, value in EVERYTHING.body["HostConfig"].items():
        assert "{folder}" in str(value) or in_force[key] == value, f"the engine discarded {key}"


def test_nothing_of_the_old_image_sticks(machine: t.Callable[..., Replacement]) -> None:
    swap = machine(Case({}))
    fresh = _run(swap.engine, Spec({"Image": "app:2"}), "fresh", start=False)

    for key in swap.after["Config"].keys() - {"Hostname"}:
        assert _unordered(swap.after["Config"][key]) == _unordered(fresh["Config"][key]), key
    assert swap.after["Config"]["Hostname"] == swap.after["Id"][:12]


def test_a_variable_taken_out_is_in_no_environment(machine: t.Callable[..., Replacement]) -> None:
    swap = machine(Case({"Env": ["A=1"]}), env={"A": None, "NEW": None, "B": "2"})

    task = swap.engine.exec_create(swap.after["Id"], ["/bin/busybox", "env"])
    names = {line.partition("=")[0] for line in swap.engine.exec_start(task["Id"]).decode().split()}
    assert {"B", "FROM_IMAGE"} <= names
    assert not {"A", "NEW", "OLD"} & names


def test_data_of_anonymous_volumes_stays(machine: t.Callable[..., Replacement]) -> None:
    swap = machine(EVERYTHING)
    before, after = (_volume_names(side) for side in (swap.before, swap.after))

    for place in ("/anonymous", "/mounted-anonymous", "/declared", "/declared-by-old"):
        assert after[place] == before[place], place
    assert "/declared-by-new" in after


def test_data_of_declared_volumes_stays_when_other_volumes_are_stated(
    machine: t.Callable[..., Replacement],
) -> None:
    swap = machine(EVERYTHING, volumes=["other:/named", "/anonymous"], mounts=[])
    before, after = (_volume_names(side) for side in (swap.before, swap.after))

    assert after["/named"] == "other"
    assert "/shared" not in after
    assert "/mounted" not in after
    for place in ("/anonymous", "/declared", "/declared-by-old"):
        assert after[place] == before[place], place


@pytest.mark.parametrize(
    ("case", "stated", "expected"),
    [
        pytest.param(
            EVERYTHING,
            {"memory": "1g", "memory_swap": "2g", "cpus": 0.25, "restart_policy": "always"},
            {"Memory": 1 << 30, "MemorySwap": 2 << 30, "NanoCpus": 250_000_000},
            id="limits",
        ),
        pytest.param(
            Case({"HostConfig": {"Memory": 64 << 20}}),
            {"memory": "128m"},
            {"Memory": 128 << 20, "MemorySwap": 256 << 20},
            id="the engine's swap limit follows the memory limit",
        ),
        pytest.param(
            Case({"HostConfig": {"CpuPeriod": 50_000, "CpuQuota": 25_000}}),
            {"cpus": 0.5},
            {"NanoCpus": 500_000_000, "CpuPeriod": 0, "CpuQuota": 0},
            id="cpus instead of a quota",
        ),
        pytest.param(
            Case({"HostConfig": {"NanoCpus": 500_000_000}}),
            {"cpu_quota": 25_000},
            {"NanoCpus": 0, "CpuQuota": 25_000},
            id="a quota instead of cpus",
        ),
        pytest.param(
            LIMITS,
            {
                "device_read_bps": [{"path": "/dev/null", "rate": "2m"}, {"path": "/dev/zero", "rate": "1m"}],
                "device_write_iops": [{"path": "/dev/null", "rate": 2000}],
                "publish_all_ports": False,
            },
            {
                "BlkioDeviceReadBps": [{"Path": "/dev/null", "Rate": 2 << 20}, {"Path": "/dev/zero", "Rate": 1 << 20}],
                "BlkioDeviceWriteBps": [{"Path": "/dev/null", "Rate": 1 << 20}],
                "BlkioDeviceWriteIOps": [{"Path": "/dev/null", "Rate": 2000}],
                "PublishAllPorts": False,
            },
            id="limits of devices",
        ),
        pytest.param(
            Case({"HostConfig": {"AutoRemove": True}}),
            {"restart_policy": "always"},
            {"AutoRemove": False, "RestartPolicy": {"Name": "always", "MaximumRetryCount": 0}},
            id="restarted instead of removed",
        ),
        pytest.param(
            EVERYTHING,
            {"network_mode": "container:neighbour"},
            {"PortBindings": None, "Dns": None},
            id="another container's network",
        ),
        pytest.param(
            EVERYTHING,
            {"tmpfs": ["/mounted", "/named:size=1m"]},
            {"Tmpfs": {"/mounted": "", "/named": "size=1m"}},
            id="tmpfs where volumes were",
        ),
    ],
)
def test_stated_settings_win_over_carried_ones(
    machine: t.Callable[..., Replacement], case: Case, stated: dict[str, t.Any], expected: dict[str, t.Any]
) -> None:
    swap = machine(case, **stated)

    assert {key: swap.after["HostConfig"][key] or None for key in expected} == {
        key: value or None for key, value in expected.items()
    }
    assert swap.again == {}


def test_networks_of_which_one_was_left_since(machine: t.Callable[..., Replacement], engine: docker.APIClient) -> None:
    swap = machine(EVERYTHING)
    engine.disconnect_container_from_network(swap.after["Id"], "front")
    left = engine.inspect_container(swap.after["Id"])

    spec = compose(engine, "app:2", {}, left, swap.new_image, swap.new_image)

    engine.rename(left["Id"], "left")
    engine.stop(left["Id"], timeout=0)
    assert set(_run(engine, spec, "app")["NetworkSettings"]["Networks"]) == {"back", "third"}


def test_a_network_named_by_its_id(machine: t.Callable[..., Replacement], engine: docker.APIClient) -> None:
    ident = engine.inspect_network("back")["Id"]
    endpoint = {"Aliases": ["app"], "IPAMConfig": {"IPv4Address": "198.51.100.20"}}
    case = Case({"HostConfig": {"NetworkMode": ident}, "NetworkingConfig": {"EndpointsConfig": {ident: endpoint}}})

    swap = machine(case)

    assert _settings(swap.after, swap.new_image) == _settings(swap.before, swap.old_image)
    assert swap.again == {}


def _run(engine: docker.APIClient, spec: Spec, name: str, *, start: bool = True) -> Inspect:
    ident = engine.create_container_from_config(spec.body, name)["Id"]
    for network, endpoint in spec.networks:
        url = engine._url("/networks/{0}/connect", network)
        engine._raise_for_status(engine._post_json(url, {"Container": ident, "EndpointConfig": endpoint}))
    if start:
        engine.start(ident)
    return engine.inspect_container(ident)


def _with_folder(body: t.Any, folder: str) -> t.Any:
    if isinstance(body, dict):
        return {key: _with_folder(value, folder) for key, value in body.items()}
    if isinstance(body, list):
        return [_with_folder(item, folder) for item in body]
    return body.replace("{folder}", folder) if isinstance(body, str) else body


def _volume_names(container: Inspect) -> dict[str, str]:
    return {mount["Destination"]: mount["Name"] for mount in container["Mounts"] if mount["Type"] == "volume"}


def _unordered(value: t.Any) -> t.Any:
    return sorted(value) if isinstance(value, list) and all(isinstance(item, str) for item in value) else value


def _settings(container: Inspect, image: Inspect) -> dict[str, t.Any]:
    """All of an inspect by path, without what belongs to one container and what I(image) brought."""
    inspect = copy.deepcopy({key: value for key, value in container.items() if key not in OF_ONE_CONTAINER})
    _without_image(inspect["Config"], image["Config"])
    own = {container["Id"][:12]: "its short id"}
    if inspect["Config"]["Hostname"] in own:
        inspect["Config"]["Hostname"] = "its short id"
    _without_volumes_made_by_the_engine(inspect)
    for key in ("HairpinMode", "Ports", "SandboxID", "SandboxKey"):
        inspect["NetworkSettings"].pop(key, None)
    networks = inspect["NetworkSettings"].pop("Networks")
    inspect["NetworkSettings"] = {name: _endpoint(endpoint, own) for name, endpoint in networks.items()}
    # The engine keeps links in a map and lists them in any order.
    inspect["HostConfig"]["Links"] = sorted(
        link.replace("/app-previous/", "/app/") for link in inspect["HostConfig"]["Links"] or []
    )
    return dict(_flat(inspect))


def _endpoint(endpoint: Inspect, own: dict[str, str]) -> Inspect:
    fixed = endpoint["IPAMConfig"] or {}
    kept = {
        key: value
        for key, value in endpoint.items()
        if key not in OF_ONE_ENDPOINT and (fixed or key not in ASSIGNED_ADDRESSES)
    }
    kept["Aliases"] = sorted(own.get(alias, alias) for alias in endpoint["Aliases"] or [])
    return kept


def _without_image(config: Inspect, brought: Inspect) -> None:
    """Take out what equals the image's, so that what is left was stated."""
    config.pop("Image")
    config["Env"] = sorted(set(config["Env"] or []) - set(brought["Env"] or []))
    for key in ("Labels", "Healthcheck", "ExposedPorts", "Volumes"):
        mine, others = config.get(key) or {}, brought.get(key) or {}
        config[key] = {name: value for name, value in mine.items() if name not in others or others[name] != value}
    for key in ("Cmd", "Entrypoint", "User", "WorkingDir", "StopSignal", "Shell"):
        if config.get(key) == brought.get(key):
            config.pop(key, None)


def _without_volumes_made_by_the_engine(inspect: Inspect) -> None:
    """A volume that the engine named is carried by that name: written down as one that is still anonymous."""
    made = {mount["Name"]: mount["Destination"] for mount in inspect["Mounts"] if len(mount.get("Name", "")) == 64}
    host = inspect["HostConfig"]
    host["Binds"] = sorted(bind for bind in host["Binds"] or [] if bind.partition(":")[0] not in {*made, "/anonymous"})
    for mount in host.get("Mounts") or []:
        if mount.get("Source") in made:
            del mount["Source"]
    inspect["Mounts"] = {
        mount["Destination"]: {key: mount.get(key) for key in ("Type", "Name", "Source", "RW", "Propagation")}
        for mount in inspect["Mounts"]
        if not mount["Destination"].startswith("/declared")
    }


def _flat(value: t.Any, path: str = "") -> t.Iterator[tuple[str, t.Any]]:
    """Path and value of each leaf; empty values are one and the same, as they are to the engine."""
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from _flat(item, f"{path}/{key}")
    elif value not in (None, "", [], {}):
        yield path, value
