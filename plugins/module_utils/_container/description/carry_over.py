# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: it may change without notice.
"""What the creator of a running container stated, and a new container's create body from that and the task's options.

An inspect shows the sum of what was stated, what the image brought and what the engine filled in. Each is taken apart
by the rule that put it together: the image's part by moby's daemon/commit.go (merge), the engine's field by field.
Where a stated value equals the image's own, nothing distinguishes them: it is taken for the image's.
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.zero.downtime.plugins.module_utils._container.description import networks, spec, volumes

Config = t.Dict[str, t.Any]
Inspect = t.Mapping[str, t.Any]

# Top-level fields that are carried by a rule of their own, or that describe the image.
_OWN_RULE = ("Cmd", "Entrypoint", "Env", "ExposedPorts", "Healthcheck", "Hostname", "Labels", "MacAddress", "Volumes")
_OF_THE_IMAGE = ("ArgsEscaped", "Image", "OnBuild")
IMAGE_DEFAULTS = ("Shell", "StopSignal", "User", "WorkingDir")

# Empty means "the engine's default" everywhere but here, where null does.
EMPTY_IS_A_VALUE = ("Init", "MaskedPaths", "MemorySwappiness", "ReadonlyPaths", "StopTimeout")

# What engines mask and protect by default, in moby's daemon/pkg/oci/defaults.go of any version. Carried over, an old
# list would undo the security fixes of a newer engine.
_ALWAYS_MASKED = ("/proc/kcore", "/proc/latency_stats", "/proc/sched_debug", "/proc/timer_list", "/proc/timer_stats")
_MASKED = re.compile(
    r"/proc/(acpi|asound|interrupts|kcore|keys|latency_stats|sched_debug|scsi|timer_list|timer_stats)"
    r"|/sys/firmware|/sys/devices/virtual/powercap|/sys/devices/system/cpu/cpu\d+/thermal_throttle"
)
_ALWAYS_READ_ONLY = ("/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger")
_READ_ONLY = re.compile(r"/proc/(asound|bus|fs|irq|sys|sysrq-trigger)")


def compose(
    *,
    image: str,
    stated: Inspect,
    running: Inspect | None,
    running_image: Inspect | None,
    new_image: Inspect | None,
    api_version: str,
    carry_over: bool = True,
) -> spec.Spec:
    """The container that I(stated) asks for; what it leaves open is as in I(running), or as image and engine have it.

    I(running), I(running_image), I(new_image): inspects. Without I(running_image) all settings count as stated. Without
    I(carry_over) it is the data of I(running) alone that the new container takes over.
    """
    if running is not None and stated.get("network_mode"):
        stated = {**stated, "network_mode": networks.name_of(stated["network_mode"], running)}
    now = of_running(running, running_image) if running is not None and carry_over else spec.Settings()
    wanted = _overlay(now, spec.from_options(stated), stated)
    if running is not None:
        declared = [defaults(shown).get("Volumes") or {} for shown in (running_image, new_image)]
        stated_places = wanted.config.get("Volumes") or {}
        volumes.keep_data(wanted.host, {*stated_places, *declared[0], *declared[1]}, running)
    return spec.render(wanted, image=image, api_version=api_version)


def of_running(running: Inspect, image: Inspect | None) -> spec.Settings:
    """What the creator of I(running) stated."""
    config: Inspect = running.get("Config") or {}
    brought = defaults(image)
    mode, endpoints = networks.of_running(running)
    host = _host_of(running.get("HostConfig") or {})
    host["NetworkMode"] = mode
    return spec.Settings(
        config=_config_of(config, brought, host, networks.short_id(running)),
        host=host,
        env=_stated_only(spec.environment(config.get("Env")), spec.environment(brought.get("Env"))),
        labels=_stated_only(config.get("Labels") or {}, brought.get("Labels") or {}),
        endpoints=endpoints,
    )


def defaults(image: Inspect | None) -> Config:
    """What an image brings along, as the engine writes it into a container."""
    brought = dict((image or {}).get("Config") or {})
    if brought.get("WorkingDir"):
        brought["WorkingDir"] = spec.values.path("working_dir", brought["WorkingDir"])
    return brought


def without_disabled_label(host: Config) -> Config:
    """The engine itself adds label=disable to a container that shares the host's processes (daemon/create.go)."""
    if not host.get("Privileged") and "host" not in (host.get("IpcMode"), host.get("PidMode")):
        return host
    options = [option for option in host.get("SecurityOpt") or [] if option != "label=disable"]
    rest = {key: value for key, value in host.items() if key != "SecurityOpt"}
    return {**rest, "SecurityOpt": options} if options else rest


def healthcheck(config: Inspect) -> Config:
    """The fields of a health check that are not empty."""
    return {key: value for key, value in (config.get("Healthcheck") or {}).items() if value}


def _config_of(config: Inspect, brought: Config, host: Config, short_id: str) -> Config:
    stated = {
        key: value
        for key, value in config.items()
        if (value or (key in EMPTY_IS_A_VALUE and value is not None))
        and key not in (*_OWN_RULE, *_OF_THE_IMAGE)
        and not (key in IMAGE_DEFAULTS and value == brought.get(key))
    }
    stated.update(_command_of(config, brought))
    stated["Healthcheck"] = _stated_only(healthcheck(config), healthcheck(brought))
    # A published port is exposed because it is published; render() sees to that.
    stated["ExposedPorts"] = _besides(config, "ExposedPorts", brought, host.get("PortBindings") or {})
    stated["Volumes"] = _besides(config, "Volumes", brought)
    if _hostname_is_stated(config.get("Hostname"), host, short_id):
        stated["Hostname"] = config["Hostname"]
    return {key: value for key, value in stated.items() if value or key in EMPTY_IS_A_VALUE}


def _command_of(config: Inspect, brought: Config) -> Config:
    """Entrypoint and Cmd: a stated entrypoint makes the engine ignore the image's command."""
    entrypoint, command = config.get("Entrypoint") or [], config.get("Cmd") or []
    if entrypoint != (brought.get("Entrypoint") or []):
        return {"Entrypoint": entrypoint or [""], "Cmd": command}  # [""] is how the API takes the image's away
    if command == (brought.get("Cmd") or []):
        return {}
    # No command although the image has one: only its own entrypoint, stated once more, does that.
    return {"Cmd": command} if command else {"Entrypoint": entrypoint or [""]}


def _hostname_is_stated(hostname: str | None, host: Config, short_id: str) -> bool:
    """By default it is the short id; in another container's network or the host's UTS namespace it is theirs."""
    shared = str(host["NetworkMode"]).startswith("container:") or host.get("UTSMode") == "host"
    return bool(hostname) and hostname != short_id and not shared


def _host_of(running: Inspect) -> Config:
    host: Config = {
        key: value for key, value in running.items() if value or (key in EMPTY_IS_A_VALUE and value is not None)
    }
    host.pop("ContainerIDFile", None)  # the file in which the old container's id was written
    if host.get("ConsoleSize") == [0, 0]:
        del host["ConsoleSize"]
    if host.get("MemorySwappiness") == -1:  # "unset" of engines before 1.10
        del host["MemorySwappiness"]
    if (host.get("RestartPolicy") or {}).get("Name") in ("", "no"):
        del host["RestartPolicy"]
    if _is_the_engines(host.get("MaskedPaths"), _ALWAYS_MASKED, _MASKED):
        del host["MaskedPaths"]
    if _is_the_engines(host.get("ReadonlyPaths"), _ALWAYS_READ_ONLY, _READ_ONLY):
        del host["ReadonlyPaths"]
    if "Links" in host:
        host["Links"] = networks.links(host["Links"])
    return without_disabled_label(host)


def _is_the_engines(paths: list[str] | None, always: tuple[str, ...], known: re.Pattern[str]) -> bool:
    given = paths or []
    return set(always) <= set(given) and all(known.fullmatch(path) for path in given)


def _stated_only(whole: t.Mapping[str, t.Any], brought: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    return {key: value for key, value in whole.items() if key not in brought or brought[key] != value}


def _besides(config: Inspect, key: str, brought: Config, others: t.Container[str] = ()) -> Config:
    return {
        name: value
        for name, value in (config.get(key) or {}).items()
        if name not in (brought.get(key) or {}) and name not in others
    }


def _overlay(now: spec.Settings, options: spec.Settings, stated: Inspect) -> spec.Settings:
    """I(options) over I(now); of I(now) nothing that contradicts them."""
    host = {**now.host}
    config = {**now.config}
    volumes.without_places(host, volumes.occupied(options.host) | set(options.config.get("Volumes") or {}))
    mode, endpoints = _overlay_networks(now, options, stated)
    if mode:
        host["NetworkMode"] = mode
    if now.host.get("NetworkMode") == "host" and mode != "host":
        _drop(config, "Hostname")  # as a rule the machine's own, which the engine fills in
    _drop_contradictions(config, host, options.host)
    if stated.get("restart_policy") not in (None, "no"):
        _drop(host, "AutoRemove")
    host.update(options.host)
    host["RestartPolicy"] = _restart_policy(now.host.get("RestartPolicy") or {}, stated)
    host["LogConfig"] = _log_config(now.host.get("LogConfig") or {}, stated)
    return spec.Settings(
        config={**config, **options.config},
        host={key: value for key, value in host.items() if value is not None},
        env={**now.env, **options.env},
        labels={**now.labels, **options.labels},
        endpoints=endpoints,
    )


def _overlay_networks(
    now: spec.Settings, options: spec.Settings, stated: Inspect
) -> tuple[str, dict[str, networks.Endpoint]]:
    mode = options.host.get("NetworkMode") or now.host.get("NetworkMode") or ""
    address = stated.get("mac_address")
    if networks.is_special(mode):
        if address:
            raise spec.values.SettingError("mac_address", address, f"possible with network_mode {mode}")
        return mode, {}
    endpoints = _overlay_endpoints(mode, now, options, stated)
    if address is not None:
        endpoints = networks.with_mac_address(endpoints or {mode or "default": {}}, address)
    return mode, endpoints


def _overlay_endpoints(
    mode: str, now: spec.Settings, options: spec.Settings, stated: Inspect
) -> dict[str, networks.Endpoint]:
    if stated.get("networks") is not None:
        return options.endpoints
    name = "bridge" if networks.is_default(mode) else mode
    if not stated.get("network_mode") or name == next(iter(now.endpoints), name):
        return now.endpoints
    # Another mode replaces the first network; the others stay.
    others = {other: endpoint for other, endpoint in list(now.endpoints.items())[1:] if other != name}
    return {name: now.endpoints.get(name, {}), **others}


def _drop_contradictions(config: Config, host: Config, stated: Config) -> None:
    """Take out what the engine would refuse beside a stated setting."""
    mode = str(host.get("NetworkMode") or "")
    if networks.is_special(mode):
        _drop(host, "Links", "PortBindings", "PublishAllPorts")
    if mode.startswith("container:"):
        _drop(config, "Hostname", "Domainname", "ExposedPorts")
        _drop(host, "Dns", "DnsOptions", "DnsSearch", "ExtraHosts")
    if stated.get("UTSMode") == "host":
        _drop(config, "Hostname")
    if "NanoCpus" in stated:
        _drop(host, "CpuPeriod", "CpuQuota")
    if stated.get("CpuPeriod") or stated.get("CpuQuota"):
        _drop(host, "NanoCpus")
    if "Memory" in stated and host.get("MemorySwap") == 2 * host.get("Memory", 0):
        _drop(host, "MemorySwap")  # the engine's own default for a memory limit: it goes with the limit
    if stated.get("AutoRemove"):
        _drop(host, "RestartPolicy")


def _drop(settings: Config, *keys: str) -> None:
    for key in keys:
        settings.pop(key, None)


def _restart_policy(now: Config, stated: Inspect) -> Config | None:
    name = stated.get("restart_policy")
    retries = stated.get("restart_retries")
    if stated.get("auto_remove"):
        now = {}
    if name is None and retries is None:
        return now or None
    carried = now.get("MaximumRetryCount", 0) if name in (None, now.get("Name")) else 0
    return {"Name": name or now.get("Name", ""), "MaximumRetryCount": carried if retries is None else retries}


def _log_config(now: Config, stated: Inspect) -> Config | None:
    driver = stated.get("log_driver")
    options = stated.get("log_options")
    if driver is None and options is None:
        return now or None
    carried = (now.get("Config") or {}) if driver in (None, now.get("Type")) else {}
    return {
        "Type": driver or now.get("Type", ""),
        "Config": carried if options is None else spec.values.texts("log_options", options),
    }
