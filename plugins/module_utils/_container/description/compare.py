# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: it may change without notice.
"""What a swap would change of a container beside its image."""

from __future__ import annotations

import json
import typing as t

from ansible_collections.zero.downtime.plugins.module_utils._container.description import carry_over, networks, volumes
from ansible_collections.zero.downtime.plugins.module_utils._container.description.spec import (
    CONFIG_OPTIONS,
    HOST_OPTIONS,
    Settings,
    Spec,
    environment,
    parse,
)
from ansible_collections.zero.downtime.plugins.module_utils._redact.secret_options import SECRET_OPTIONS
from ansible_collections.zero.downtime.plugins.module_utils._redact.values import shown, withheld

Inspect = t.Mapping[str, t.Any]
Differences = t.Dict[str, t.Tuple[t.Any, t.Any]]

# The engine writes its own default into these: unset is whatever it chose, and no difference.
_FILLED_BY_ENGINE = (
    "CgroupnsMode",
    "ConsoleSize",
    "IpcMode",
    "Isolation",
    "LogConfig",
    "MaskedPaths",
    "ReadonlyPaths",
    "Runtime",
    "ShmSize",
    "Ulimits",
)

# Host settings with a rule of their own below.
_OWN_RULE = ("Binds", "Mounts", "NetworkMode")

# The engine discards these, with a warning, where the kernel or its own API has no such limit.
_MAY_BE_DISCARDED = ("BlkioWeight", "KernelMemory")
# And these on a host of cgroup v2, which is known by the null that it leaves of the second.
_UNKNOWN_TO_CGROUP_V2 = ("MemorySwappiness", "OomKillDisable")

_UNORDERED = (
    "BlkioDeviceReadBps",
    "BlkioDeviceReadIOps",
    "BlkioDeviceWriteBps",
    "BlkioDeviceWriteIOps",
    "CapAdd",
    "CapDrop",
    "DeviceCgroupRules",
    "DeviceRequests",
    "Devices",
    "DnsOptions",
    "ExtraHosts",
    "GroupAdd",
    "Links",
    "SecurityOpt",
    "Ulimits",
    "VolumesFrom",
)

_OPTION_OF = {
    **{key: option for option, (key, _convert) in (*CONFIG_OPTIONS.items(), *HOST_OPTIONS.items())},
    "LogConfig": "log_driver",
    "RestartPolicy": "restart_policy",
}

_ALL_ADDRESSES = ("0.0.0.0", "::")  # noqa: S104 - compared with, not bound to


def differences(
    *, spec: Spec, running: Inspect, running_image: Inspect | None, new_image: Inspect | None
) -> Differences:
    """Option (or API field that has none) -> before and after; empty when a swap would change the image alone.

    A default that goes with the old image, or comes with the new one, is part of the image. So are values that I(spec)
    states and that were in force already, no matter who stated them before.
    """
    comparison = _Comparison(spec, running, running_image, new_image)
    found = {
        "command": comparison.command(),
        "entrypoint": comparison.entrypoint(),
        "env": comparison.env(),
        "exposed_ports": comparison.exposed_ports(),
        "healthcheck": comparison.healthcheck(),
        "labels": comparison.labels(),
        "network_mode": comparison.network_mode(),
        "networks": comparison.networks(),
        "volumes": comparison.volumes(),
        **comparison.plain_config(),
        **comparison.plain_host(),
    }
    return {name: (before, after) for name, (before, after) in sorted(found.items()) if before != after}


def redacted(found: t.Mapping[str, tuple[t.Any, t.Any]]) -> Differences:
    """I(found) for people to read: names of variables and options, not their values, which may be secrets."""
    return {
        name: (_redacted(name, before, "(value before)"), _redacted(name, after, "(value after)"))
        for name, (before, after) in found.items()
    }


def _redacted(name: str, side: t.Any, instead: str) -> t.Any:
    if name == "log_driver" and side:
        return {**side, "Config": withheld("log_options", side.get("Config") or {}, instead)}
    if name == "volumes":
        return {place: shown(each, instead) if isinstance(each, dict) else each for place, each in side.items()}
    return withheld(name, side, instead) if name in SECRET_OPTIONS else side


class _Comparison:
    """One aspect per method, as (before, after) in one form; equal means that nothing changes."""

    def __init__(
        self, wanted: Spec, running: Inspect, running_image: Inspect | None, new_image: Inspect | None
    ) -> None:
        self._running = running
        self._config: Inspect = running.get("Config") or {}
        self._now = carry_over.of_running(running, running_image)
        self._wanted = parse(wanted)
        self._old_image = carry_over.defaults(running_image)
        self._new_image = carry_over.defaults(new_image)

    def env(self) -> tuple[t.Any, t.Any]:
        return self._by_name(
            self._now.env,
            self._wanted.env,
            environment(self._config.get("Env")),
            environment(self._new_image.get("Env")),
        )

    def labels(self) -> tuple[t.Any, t.Any]:
        return self._by_name(
            self._now.labels,
            self._wanted.labels,
            self._config.get("Labels") or {},
            self._new_image.get("Labels") or {},
        )

    def healthcheck(self) -> tuple[t.Any, t.Any]:
        return self._by_name(
            carry_over.healthcheck(self._now.config),
            carry_over.healthcheck(self._wanted.config),
            carry_over.healthcheck(self._config),
            carry_over.healthcheck(self._new_image),
        )

    def exposed_ports(self) -> tuple[t.Any, t.Any]:
        """Published ports are exposed as well: those are in published_ports."""
        published = set(self._wanted.host.get("PortBindings") or {})
        before, after = self._by_name(
            self._now.config.get("ExposedPorts") or {},
            {port: {} for port in self._wanted.config.get("ExposedPorts") or {} if port not in published},
            self._config.get("ExposedPorts") or {},
            self._new_image.get("ExposedPorts") or {},
        )
        return tuple(sorted(port for port in side if side[port] is not None) for side in (before, after))  # type: ignore[return-value]

    def entrypoint(self) -> tuple[t.Any, t.Any]:
        if "Entrypoint" not in self._now.config and "Entrypoint" not in self._wanted.config:
            return None, None
        after = self._wanted.config.get("Entrypoint") or self._new_image.get("Entrypoint") or []
        return self._config.get("Entrypoint") or [], [] if after == [""] else after

    def command(self) -> tuple[t.Any, t.Any]:
        stated = {key for side in (self._now, self._wanted) for key in ("Cmd", "Entrypoint") if key in side.config}
        if not stated:
            return None, None
        after = self._wanted.config.get("Cmd") or []
        if not after and "Entrypoint" not in self._wanted.config:
            after = self._new_image.get("Cmd") or []
            if "Cmd" not in stated:  # an entrypoint that is no longer stated
                return None, None
        return self._config.get("Cmd") or [], after

    def network_mode(self) -> tuple[t.Any, t.Any]:
        """Only for modes without networks; the others are in networks()."""
        sides = [str(side.host.get("NetworkMode") or "default") for side in (self._now, self._wanted)]
        before, after = (mode if networks.is_special(mode) else "networks" for mode in sides)
        return before, after

    def networks(self) -> tuple[t.Any, t.Any]:
        attached = (self._running.get("NetworkSettings") or {}).get("Networks") or {}
        names = {(endpoint or {}).get("NetworkID"): name for name, endpoint in attached.items()}
        ignored = networks.own_names(self._running)

        def comparable(side: Settings) -> dict[str, t.Any]:
            if networks.is_special(str(side.host.get("NetworkMode") or "default")):
                return {}
            return {
                "bridge" if networks.is_default(name) else names.get(name, name): networks.comparable(endpoint, ignored)
                for name, endpoint in (side.endpoints or {"bridge": {}}).items()
            }

        before, after = comparable(self._now), comparable(self._wanted)
        # Engines hardly report which MAC address was asked for (see networks.of_running): a stated one is compared with
        # the one in use.
        for name in before.keys() & attached.keys():
            in_use = networks.mac_address(attached[name] or {})
            if in_use and "mac_address" in after.get(name, {}):
                before[name]["mac_address"] = in_use
        return before, after

    def volumes(self) -> tuple[t.Any, t.Any]:
        """By place; one that an image declares is the image's as long as it is anonymous on both sides."""
        before, after = (
            volumes.by_place(side.host, side.config.get("Volumes") or {}) for side in (self._now, self._wanted)
        )
        for place in {*(self._old_image.get("Volumes") or {}), *(self._new_image.get("Volumes") or {})}:
            if all(side.get(place, "anonymous volume") == "anonymous volume" for side in (before, after)):
                before.pop(place, None)
                after.pop(place, None)
        return _changed_only(before, after)

    def plain_config(self) -> Differences:
        """Fields that are either stated or the image's."""
        with_rules = ("Cmd", "Entrypoint", "ExposedPorts", "Healthcheck", "Volumes")
        keys = {*self._now.config, *self._wanted.config}.difference(with_rules)
        if self._now.host.get("NetworkMode") == "host" and "Hostname" not in self._wanted.config:
            keys.discard("Hostname")  # the engine has filled in the host's
        found: Differences = {}
        for key in keys:
            of_image = key in carry_over.IMAGE_DEFAULTS
            before = (self._config if of_image else self._now.config).get(key)
            after = self._wanted.config.get(key, self._new_image.get(key) if of_image else None)
            found[_OPTION_OF.get(key, key)] = (_comparable(key, before), _comparable(key, after))
        return found

    def plain_host(self) -> Differences:
        wanted = _with_swap(carry_over.without_disabled_label(self._wanted.host))
        reported: Inspect = self._running.get("HostConfig") or {}
        now = _as_stated(_with_swap(self._now.host), self._wanted.host, reported)
        found: Differences = {}
        for key in {*now, *wanted}.difference(_OWN_RULE):
            if key in _FILLED_BY_ENGINE and not wanted.get(key):
                continue
            before, after = _comparable(key, now.get(key)), _comparable(key, wanted.get(key))
            if key == "PortBindings":
                before = _on_all_addresses(before, after)
            found[_OPTION_OF.get(key, key)] = (before, after)
        return found

    @staticmethod
    def _by_name(now: Inspect, wanted: Inspect, in_force: Inspect, of_new_image: Inspect) -> tuple[t.Any, t.Any]:
        """Per name: what is in force, and what will be. A name that neither side states is the image's affair."""
        before = {name: in_force.get(name) for name in {**now, **wanted}}
        after = {name: wanted[name] if name in wanted else of_new_image.get(name) for name in before}
        return _changed_only(before, after)


def _changed_only(before: dict[str, t.Any], after: dict[str, t.Any]) -> tuple[dict[str, t.Any], dict[str, t.Any]]:
    changed = sorted(name for name in {**before, **after} if before.get(name) != after.get(name))
    return {name: before.get(name) for name in changed}, {name: after.get(name) for name in changed}


def _with_swap(host: dict[str, t.Any]) -> dict[str, t.Any]:
    """The engine sets MemorySwap to twice the memory limit unless it is stated."""
    if not host.get("Memory") or host.get("MemorySwap"):
        return host
    return {**host, "MemorySwap": 2 * host["Memory"]}


def _as_stated(now: dict[str, t.Any], wanted: dict[str, t.Any], reported: Inspect) -> dict[str, t.Any]:
    """I(now), a part of I(reported), without what may be the engine's own beside what I(wanted) states."""
    now = {**now}
    if now.get("MemorySwap") == -1 and wanted.get("Memory"):
        # So written by an engine that cannot limit swap.
        now["MemorySwap"] = wanted.get("MemorySwap") or 2 * wanted["Memory"]
    discarded = [key for key in _MAY_BE_DISCARDED if not reported.get(key)]
    if reported.get("OomKillDisable") is None:
        discarded += [key for key in _UNKNOWN_TO_CGROUP_V2 if reported.get(key) is None]
    now.update({key: wanted[key] for key in discarded if key in wanted})
    if now.get("LogConfig") and wanted.get("LogConfig"):
        now["LogConfig"] = _stated_part(now["LogConfig"], wanted["LogConfig"])
    return now


def _stated_part(now: dict[str, t.Any], wanted: dict[str, t.Any]) -> dict[str, t.Any]:
    """The engine adds the log driver and the log options of its own configuration, and nothing distinguishes them."""
    options = now.get("Config") or {}
    return {
        "Type": now.get("Type") if wanted.get("Type") else "",
        "Config": {name: options[name] for name in wanted.get("Config") or {} if name in options},
    }


def _comparable(key: str, value: t.Any) -> t.Any:
    if key == "PidsLimit" and value == -1:
        return None
    if key in ("CapAdd", "CapDrop"):
        value = [_without_prefix(str(name).upper()) for name in value or []]
    if key == "PortBindings":
        return {port: _bindings(bindings) for port, bindings in (value or {}).items()} or None
    if key == "DeviceRequests":
        value = [{name: part for name, part in request.items() if part} for request in value or []]
    if key in _UNORDERED:
        value = sorted({_text(item): item for item in value or []}.items())
        return [item for _key, item in value] or None
    if key == "RestartPolicy" and (value or {}).get("Name") == "no":
        return None
    return value if key in carry_over.EMPTY_IS_A_VALUE else value or None


def _without_prefix(capability: str) -> str:
    return capability[len("CAP_") :] if capability.startswith("CAP_") else capability


def _text(item: t.Any) -> str:
    return item if isinstance(item, str) else json.dumps(item, sort_keys=True)


def _bindings(bindings: list[dict[str, str]] | None) -> list[tuple[str, str]]:
    """Address and port of each; "0" and "" both let the engine pick a port."""
    pairs = [(entry.get("HostIp") or "", entry.get("HostPort") or "") for entry in bindings or []]
    return sorted((address, "" if port == "0" else port) for address, port in pairs)


def _on_all_addresses(before: t.Any, after: t.Any) -> t.Any:
    """A port stated without address is published already where docker_container has made it 0.0.0.0."""
    if not before or not after:
        return before
    return {
        port: after[port] if port in after and _anywhere(bindings) == after[port] else bindings
        for port, bindings in before.items()
    }


def _anywhere(bindings: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return sorted({("" if address in _ALL_ADDRESSES else address, port) for address, port in bindings})
