# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: it may change without notice.
"""What a creator states of a container, from the task's options and as the Engine API's create body."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.zero.downtime.plugins.module_utils._container.description import (
    api_versions,
    networks,
    values,
    volumes,
)

Config = t.Dict[str, t.Any]
Stated = t.Mapping[str, t.Any]


@dataclasses.dataclass(frozen=True)
class Spec:
    """I(body) is for POST /containers/create; I(networks) are to be connected after that and before the start.

    Each of I(networks): name, EndpointConfig. Engines below API 1.44 take one endpoint at create, so the body never
    has more than one.
    """

    body: Config
    networks: tuple[tuple[str, networks.Endpoint], ...] = ()


@dataclasses.dataclass(frozen=True)
class Settings:
    """What was stated and nothing that the engine or an image filled in, under the Engine API's names.

    I(config) is the create body's top level, I(host) its HostConfig, both without what has a field of its own here.
    A variable of I(env) whose value is None is not set in the container, whatever the image has.
    I(endpoints): network -> EndpointConfig, the one that HostConfig.NetworkMode names first.
    """

    config: Config = dataclasses.field(default_factory=dict)
    host: Config = dataclasses.field(default_factory=dict)
    env: dict[str, str | None] = dataclasses.field(default_factory=dict)
    labels: dict[str, str | None] = dataclasses.field(default_factory=dict)
    endpoints: dict[str, networks.Endpoint] = dataclasses.field(default_factory=dict)


Convert = t.Callable[[str, t.Any], t.Any]


def _as_is(_option: str, value: t.Any) -> t.Any:
    return value


def _each(convert: Convert) -> Convert:
    return lambda option, items: [convert(option, item) for item in items]


def _cpus(_option: str, count: float) -> int:
    return round(count * 10**9)


def _hosts(option: str, addresses: t.Mapping[str, t.Any]) -> list[str]:
    return [f"{name}:{address}" for name, address in values.texts(option, addresses).items()]


def _healthcheck(option: str, check: t.Mapping[str, t.Any]) -> Config:
    result: Config = {}
    test = check.get("test")
    if isinstance(test, str):
        result["Test"] = ["NONE"] if test == "NONE" else ["CMD-SHELL", test]
    elif test:
        words = [str(word) for word in test]
        result["Test"] = words if words[0] in ("NONE", "CMD", "CMD-SHELL") else ["CMD", *words]
    for name, key in (
        ("interval", "Interval"),
        ("timeout", "Timeout"),
        ("start_period", "StartPeriod"),
        ("start_interval", "StartInterval"),
    ):
        if check.get(name) is not None:
            result[key] = values.duration(f"{option}: {name}", check[name])
    if check.get("retries") is not None:
        result["Retries"] = check["retries"]
    return result


def _device_request(_option: str, request: t.Mapping[str, t.Any]) -> Config:
    return {
        "Driver": request.get("driver") or "",
        "Count": request.get("count") or 0,
        "DeviceIDs": request.get("device_ids") or [],
        "Capabilities": request.get("capabilities") or [],
        "Options": request.get("options") or {},
    }


def _bytes_per_second(option: str, limits: list[Config]) -> list[Config]:
    return [{"Path": limit["path"], "Rate": values.size(option, limit["rate"])} for limit in limits]


def _operations_per_second(_option: str, limits: list[Config]) -> list[Config]:
    return [{"Path": limit["path"], "Rate": limit["rate"]} for limit in limits]


def _swappiness(_option: str, percent: int) -> int | None:
    """0 is a value: it is -1 that leaves it to the engine."""
    return None if percent == -1 else percent


CONFIG_OPTIONS: dict[str, tuple[str, Convert]] = {
    "command": ("Cmd", values.words),
    "domainname": ("Domainname", _as_is),
    "entrypoint": ("Entrypoint", values.words),
    "exposed_ports": ("ExposedPorts", values.exposed_ports),
    "healthcheck": ("Healthcheck", _healthcheck),
    "hostname": ("Hostname", _as_is),
    "interactive": ("OpenStdin", _as_is),
    "stop_signal": ("StopSignal", _as_is),
    "stop_timeout": ("StopTimeout", _as_is),
    "tty": ("Tty", _as_is),
    "user": ("User", _as_is),
    "working_dir": ("WorkingDir", values.path),
}

HOST_OPTIONS: dict[str, tuple[str, Convert]] = {
    "auto_remove": ("AutoRemove", _as_is),
    "blkio_weight": ("BlkioWeight", _as_is),
    "cap_drop": ("CapDrop", _as_is),
    "capabilities": ("CapAdd", _as_is),
    "cgroup_parent": ("CgroupParent", _as_is),
    "cgroupns_mode": ("CgroupnsMode", _as_is),
    "cpu_period": ("CpuPeriod", _as_is),
    "cpu_quota": ("CpuQuota", _as_is),
    "cpu_shares": ("CpuShares", _as_is),
    "cpus": ("NanoCpus", _cpus),
    "cpuset_cpus": ("CpusetCpus", _as_is),
    "cpuset_mems": ("CpusetMems", _as_is),
    "device_cgroup_rules": ("DeviceCgroupRules", _as_is),
    "device_read_bps": ("BlkioDeviceReadBps", _bytes_per_second),
    "device_read_iops": ("BlkioDeviceReadIOps", _operations_per_second),
    "device_requests": ("DeviceRequests", _each(_device_request)),
    "device_write_bps": ("BlkioDeviceWriteBps", _bytes_per_second),
    "device_write_iops": ("BlkioDeviceWriteIOps", _operations_per_second),
    "devices": ("Devices", _each(values.device)),
    "dns_opts": ("DnsOptions", _as_is),
    "dns_search_domains": ("DnsSearch", _as_is),
    "dns_servers": ("Dns", _as_is),
    "etc_hosts": ("ExtraHosts", _hosts),
    "groups": ("GroupAdd", _as_is),
    "init": ("Init", _as_is),
    "ipc_mode": ("IpcMode", _as_is),
    "kernel_memory": ("KernelMemory", values.size),
    "links": ("Links", lambda _option, links: networks.links(links)),
    "memory": ("Memory", values.size),
    "memory_reservation": ("MemoryReservation", values.size),
    "memory_swap": ("MemorySwap", values.size),
    "memory_swappiness": ("MemorySwappiness", _swappiness),
    "mounts": ("Mounts", _each(volumes.from_mount)),
    "oom_killer": ("OomKillDisable", _as_is),
    "oom_score_adj": ("OomScoreAdj", _as_is),
    "pid_mode": ("PidMode", _as_is),
    "pids_limit": ("PidsLimit", _as_is),
    "privileged": ("Privileged", _as_is),
    "publish_all_ports": ("PublishAllPorts", _as_is),
    "published_ports": ("PortBindings", values.port_bindings),
    "read_only": ("ReadonlyRootfs", _as_is),
    "runtime": ("Runtime", _as_is),
    "security_opts": ("SecurityOpt", _as_is),
    "shm_size": ("ShmSize", values.size),
    "storage_opts": ("StorageOpt", values.texts),
    "sysctls": ("Sysctls", values.texts),
    "tmpfs": ("Tmpfs", lambda _option, entries: volumes.tmpfs(entries)),
    "ulimits": ("Ulimits", _each(values.ulimit)),
    "userns_mode": ("UsernsMode", _as_is),
    "uts": ("UTSMode", _as_is),
    "volume_driver": ("VolumeDriver", _as_is),
    "volumes_from": ("VolumesFrom", _as_is),
}


def from_options(stated: Stated) -> Settings:
    """The options whose value is not None; raises SettingError for a value the engine could not understand."""
    given = {option: value for option, value in stated.items() if value is not None}
    config = _converted(CONFIG_OPTIONS, given)
    host = _converted(HOST_OPTIONS, given)
    if "volumes" in given:
        host["Binds"], config["Volumes"] = volumes.from_option("volumes", given["volumes"])
    mode, endpoints = _networks(given)
    if mode:
        host["NetworkMode"] = mode
    return Settings(
        config,
        host,
        env=values.texts_or_none("env", given.get("env") or {}),
        labels=values.texts_or_none("labels", given.get("labels") or {}),
        endpoints=endpoints,
    )


def render(settings: Settings, *, image: str, api_version: str) -> Spec:
    """The create body. An empty value is left out of its top level: there it means the image's own."""
    host = {key: value for key, value in settings.host.items() if value is not None}
    config = {
        key: value for key, value in settings.config.items() if value or (value is not None and key == "StopTimeout")
    }
    # The engine publishes a port only if it is exposed as well.
    exposed = {**config.get("ExposedPorts", {}), **{port: {} for port in host.get("PortBindings") or {}}}
    if exposed:
        config["ExposedPorts"] = exposed
    body: Config = {**config, "Image": image, "HostConfig": host}
    if settings.env:
        body["Env"] = [name if value is None else f"{name}={value}" for name, value in settings.env.items()]
    labels = {name: value for name, value in settings.labels.items() if value is not None}
    if labels:
        body["Labels"] = labels
    first, *others = [(name, dict(endpoint)) for name, endpoint in settings.endpoints.items()] or [("", {})]
    _render_first_network(body, first[1], api_version)
    if not api_versions.has(api_version, api_versions.MAC_PER_NETWORK) and any(
        "MacAddress" in endpoint for _name, endpoint in others
    ):
        raise values.SettingError("networks: mac_address", others, "possible beyond the first network before API 1.44")
    return Spec(body, tuple(others))


def parse(spec: Spec) -> Settings:
    """The settings that I(spec) was rendered from."""
    own_fields = ("Image", "HostConfig", "NetworkingConfig", "Env", "Labels", "MacAddress")
    host: Config = dict(spec.body.get("HostConfig") or {})
    mode = host.get("NetworkMode") or "default"
    endpoints: dict[str, networks.Endpoint] = {}
    if not networks.is_special(mode):
        endpoint = dict((spec.body.get("NetworkingConfig") or {}).get("EndpointsConfig", {}).get(mode) or {})
        if spec.body.get("MacAddress"):
            endpoint["MacAddress"] = spec.body["MacAddress"]
        endpoints = {mode: endpoint, **dict(spec.networks)}
    return Settings(
        {key: value for key, value in spec.body.items() if key not in own_fields},
        host,
        env=environment(spec.body.get("Env")),
        labels=dict(spec.body.get("Labels") or {}),
        endpoints=endpoints,
    )


def environment(env: t.Iterable[str] | None) -> dict[str, str | None]:
    """C(NAME=value) by name; a name alone takes the variable out."""
    parts = (entry.partition("=") for entry in env or [])
    return {name: value if equals else None for name, equals, value in parts}


def _converted(table: t.Mapping[str, tuple[str, Convert]], given: Stated) -> Config:
    return {key: convert(option, given[option]) for option, (key, convert) in table.items() if option in given}


def _networks(given: Stated) -> tuple[str, dict[str, networks.Endpoint]]:
    """The mode (empty: not stated) and the endpoints; the first of I(networks) is the mode unless one is stated."""
    endpoints = {network["name"]: networks.from_option(network) for network in given.get("networks") or []}
    mode = given.get("network_mode") or ""
    if not mode and "networks" in given:
        mode = next(iter(endpoints), "default")
    if networks.is_special(mode) and endpoints:
        raise values.SettingError("networks", list(endpoints), f"possible with network_mode {mode}")
    if endpoints:
        first = "bridge" if networks.is_default(mode) and "bridge" in endpoints else mode
        endpoints = {first: endpoints.pop(first, {}), **endpoints}
    return mode, endpoints


def _render_first_network(body: Config, endpoint: networks.Endpoint, api_version: str) -> None:
    """Its endpoint has the mode's own word as key, which may be an id. Its MAC address moved there with API 1.44."""
    if not api_versions.has(api_version, api_versions.MAC_PER_NETWORK) and "MacAddress" in endpoint:
        body["MacAddress"] = endpoint.pop("MacAddress")
    if endpoint:
        mode = body["HostConfig"].get("NetworkMode") or "default"
        body["NetworkingConfig"] = {"EndpointsConfig": {mode: endpoint}}
