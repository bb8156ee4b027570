# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: it may change without notice.
"""Where a container's data is: volumes, binds and mounts, by their place in the container.

The engine keeps them in three forms side by side: C(HostConfig.Binds) ("source:/place:mode"), C(HostConfig.Mounts)
(dicts) and C(Config.Volumes) (places whose volume the engine makes and names). What it made is only in C(Mounts).
"""

from __future__ import annotations

import json
import posixpath
import re
import typing as t

from ansible_collections.zero.downtime.plugins.module_utils._container.description import values

Config = t.Dict[str, t.Any]

# What is mounted somewhere: a text or, for a volume whose driver has options, a dict that holds these separately.
Mounted = t.Union[str, Config]

# Names that the engine makes up for volumes without one.
_ANONYMOUS = re.compile(r"[0-9a-f]{64}")


def split_bind(bind: str) -> tuple[str, str, list[str]]:
    """Source, place and mode words of an entry of Binds; the source of an anonymous volume is empty."""
    parts = bind.split(":")
    if len(parts) == 1:
        return "", posixpath.normpath(parts[0]), []
    mode = parts[2].split(",") if len(parts) > 2 else []
    return parts[0], posixpath.normpath(parts[1]), mode


def from_option(option: str, volumes: list[str]) -> tuple[list[str], dict[str, Config]]:
    """Binds and anonymous volumes (Config.Volumes) from C(source:/place[:mode]) and C(/place)."""
    binds: list[str] = []
    anonymous: dict[str, Config] = {}
    for text in volumes:
        source, place, _mode = split_bind(text)
        named = re.fullmatch(r"/.*|[A-Za-z0-9][A-Za-z0-9_.-]*", source) if source else True
        if not named or not place.startswith("/") or text.count(":") > 2:
            raise values.SettingError(
                option, text, "of the form /path-or-volume-name:/place[:mode] or /place, with absolute paths"
            )
        if source:
            binds.append(text)
        else:
            anonymous[place] = {}
    return binds, anonymous


def from_mount(option: str, mount: t.Mapping[str, t.Any]) -> Config:
    """An entry of HostConfig.Mounts from an element of the option."""
    kind = mount.get("type") or "volume"
    if kind == "bind" and not str(mount.get("source") or "").startswith("/"):
        raise values.SettingError(option, mount.get("source"), "an absolute path, as a mount of type bind needs")
    result: Config = {"Type": kind, "Target": mount["target"]}
    if mount.get("source"):
        result["Source"] = mount["source"]
    if mount.get("read_only") is not None:
        result["ReadOnly"] = mount["read_only"]
    for key, known in (
        ("BindOptions", _bind_options),
        ("VolumeOptions", _volume_options),
        ("TmpfsOptions", _tmpfs_options),
    ):
        if options := known(option, mount):
            result[key] = options
    return result


def tmpfs(entries: list[str]) -> dict[str, str]:
    """C(/place[:options]) as HostConfig.Tmpfs has it."""
    return {place: options for place, _colon, options in (entry.partition(":") for entry in entries)}


def anonymous_volumes(running: t.Mapping[str, t.Any]) -> dict[str, str]:
    """Place -> name of the volumes that the engine named for this container."""
    return {
        posixpath.normpath(mount["Destination"]): mount["Name"]
        for mount in running.get("Mounts") or []
        if mount.get("Type") == "volume" and _ANONYMOUS.fullmatch(mount.get("Name") or "")
    }


def occupied(host: t.Mapping[str, t.Any]) -> set[str]:
    """Places that Binds, Mounts and Tmpfs of a HostConfig mention."""
    return (
        {split_bind(bind)[1] for bind in host.get("Binds") or []}
        | {posixpath.normpath(mount["Target"]) for mount in host.get("Mounts") or []}
        | {posixpath.normpath(place) for place in host.get("Tmpfs") or {}}
    )


def without_places(host: Config, places: t.Collection[str]) -> None:
    """Take every mount at I(places) out of I(host): the engine refuses two mounts at one place."""
    if host.get("Binds"):
        host["Binds"] = [bind for bind in host["Binds"] if split_bind(bind)[1] not in places]
    if host.get("Mounts"):
        host["Mounts"] = [mount for mount in host["Mounts"] if posixpath.normpath(mount["Target"]) not in places]
    if host.get("Tmpfs"):
        host["Tmpfs"] = {
            place: options for place, options in host["Tmpfs"].items() if posixpath.normpath(place) not in places
        }


def keep_data(host: Config, anonymous_places: t.Iterable[str], running: t.Mapping[str, t.Any]) -> None:
    """Give the new container, at each place that would get a fresh anonymous volume, the one that is there now.

    Also where only an earlier image declared one, which by now is bound by its name.
    """
    volumes = anonymous_volumes(running)
    binds = [_named_bind(bind, volumes) for bind in host.get("Binds") or []]
    if host.get("Mounts"):
        host["Mounts"] = [_named_mount(mount, volumes) for mount in host["Mounts"]]
    taken = occupied(host)
    places = {posixpath.normpath(place) for place in anonymous_places} | _declared_earlier(running)
    for place in sorted(places - taken):
        if place in volumes:
            binds.append(f"{volumes[place]}:{place}")
    if binds:
        host["Binds"] = binds


def by_place(host: t.Mapping[str, t.Any], anonymous_places: t.Iterable[str]) -> dict[str, Mounted]:
    """Place -> what is mounted there, in one form for all three ways to state it."""
    result: dict[str, Mounted] = {posixpath.normpath(place): "anonymous volume" for place in anonymous_places}
    for bind in host.get("Binds") or []:
        source, place, mode = split_bind(bind)
        options = sorted(set(mode) - {"rw"})
        result[place] = " ".join([_what("", source), *options])
    for mount in host.get("Mounts") or []:
        result[posixpath.normpath(mount["Target"])] = _described(mount)
    return result


def _declared_earlier(running: t.Mapping[str, t.Any]) -> set[str]:
    """Places of volumes that are bound by a made-up name, and that neither a task nor the present image asks for."""
    asked_for = {posixpath.normpath(place) for place in (running.get("Config") or {}).get("Volumes") or {}}
    binds = [split_bind(bind) for bind in (running.get("HostConfig") or {}).get("Binds") or []]
    return {place for source, place, _mode in binds if _ANONYMOUS.fullmatch(source)} - asked_for


def _named_bind(bind: str, volumes: t.Mapping[str, str]) -> str:
    source, place, _mode = split_bind(bind)
    return bind if source or place not in volumes else f"{volumes[place]}:{place}"


def _named_mount(mount: Config, volumes: t.Mapping[str, str]) -> Config:
    place = posixpath.normpath(mount["Target"])
    if mount.get("Type") != "volume" or mount.get("Source") or place not in volumes:
        return mount
    return {**mount, "Source": volumes[place]}


def _what(kind: str, source: str) -> str:
    if kind == "tmpfs":
        return "tmpfs"
    if source.startswith("/"):
        return f"bind {source}"
    return f"volume {source}" if source and not _ANONYMOUS.fullmatch(source) else "anonymous volume"


def _described(mount: t.Mapping[str, t.Any]) -> Mounted:
    apart: Config = {}
    described = [_what(mount.get("Type") or "", mount.get("Source") or "")]
    if mount.get("ReadOnly"):
        described.append("ro")
    for key in ("BindOptions", "VolumeOptions", "TmpfsOptions"):
        # ReadOnlyNonRecursive is the engine's own note that a client of API < 1.44 made the mount.
        options = _without_empty(mount.get(key) or {})
        options.pop("ReadOnlyNonRecursive", None)
        apart.update(options.get("DriverConfig", {}).pop("Options", {}))
        if options := _without_empty(options):
            described.append(json.dumps(options, sort_keys=True))
    text = " ".join(described)
    return {"mount": text, "volume_options": apart} if apart else text


def _without_empty(options: t.Mapping[str, t.Any]) -> Config:
    cleared = {name: _without_empty(value) if isinstance(value, dict) else value for name, value in options.items()}
    return {name: value for name, value in cleared.items() if value}


def _bind_options(_option: str, mount: t.Mapping[str, t.Any]) -> Config:
    return {"Propagation": mount["propagation"]} if mount.get("propagation") else {}


def _volume_options(option: str, mount: t.Mapping[str, t.Any]) -> Config:
    options: Config = {}
    if mount.get("no_copy") is not None:
        options["NoCopy"] = mount["no_copy"]
    if mount.get("labels"):
        options["Labels"] = values.texts(option, mount["labels"])
    if mount.get("volume_driver") or mount.get("volume_options"):
        options["DriverConfig"] = {
            "Name": mount.get("volume_driver") or "",
            "Options": values.texts(option, mount.get("volume_options") or {}),
        }
    return options


def _tmpfs_options(option: str, mount: t.Mapping[str, t.Any]) -> Config:
    options: Config = {}
    if mount.get("tmpfs_size"):
        options["SizeBytes"] = values.size(option, mount["tmpfs_size"])
    if mount.get("tmpfs_mode"):
        try:
            options["Mode"] = int(mount["tmpfs_mode"], 8)
        except ValueError as error:
            raise values.SettingError(option, mount["tmpfs_mode"], "an octal mode like 1777") from error
    return options
