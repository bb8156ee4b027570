# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: it may change without notice.
"""Which networks a container was asked to be on, without what the engine assigned there."""

from __future__ import annotations

import typing as t

Endpoint = t.Dict[str, t.Any]

# Modes in which there is nothing to connect.
_WITHOUT_NETWORKS = ("host", "none")


def is_special(mode: str) -> bool:
    """Whether I(mode) rules out networks: the host's, none, or another container's."""
    return mode in _WITHOUT_NETWORKS or mode.startswith(("container:", "ns:"))


def is_default(mode: str) -> bool:
    return mode in ("", "default", "bridge")


def short_id(running: t.Mapping[str, t.Any]) -> str:
    return str(running.get("Id") or "")[:12]


def own_names(running: t.Mapping[str, t.Any]) -> tuple[str, str]:
    """Short id and host name: aliases that the engine adds by itself."""
    return short_id(running), str((running.get("Config") or {}).get("Hostname") or "")


def name_of(mode: str, running: t.Mapping[str, t.Any]) -> str:
    """I(mode) with the name in place of the id of a network that the container is on."""
    attached: t.Mapping[str, t.Any] = (running.get("NetworkSettings") or {}).get("Networks") or {}
    return next((name for name, endpoint in attached.items() if (endpoint or {}).get("NetworkID") == mode), mode)


def from_option(network: t.Mapping[str, t.Any]) -> Endpoint:
    """An EndpointConfig from an element of the option C(networks)."""
    addresses = {"IPv4Address": network.get("ipv4_address"), "IPv6Address": network.get("ipv6_address")}
    endpoint: Endpoint = {
        "IPAMConfig": {key: address for key, address in addresses.items() if address},
        "Aliases": list(network.get("aliases") or []),
        "Links": list(network.get("links") or []),
        "DriverOpts": {key: str(value) for key, value in (network.get("driver_opts") or {}).items()},
        "MacAddress": network.get("mac_address"),
    }
    return {key: value for key, value in endpoint.items() if value}


def of_running(running: t.Mapping[str, t.Any]) -> tuple[str, dict[str, Endpoint]]:
    """The network mode, and name -> EndpointConfig of the networks, the one that the mode names first.

    Only IPAMConfig, Links, Aliases, DriverOpts and GwPriority of an endpoint are its creator's; addresses beside
    IPAMConfig are assigned. The engine adds short id and host name to the aliases (reported up to API 1.44). It reports
    a MAC address that was asked for in Config.MacAddress alone: for the first network, and up to API 1.51.
    """
    mode = str((running.get("HostConfig") or {}).get("NetworkMode") or "default")
    attached: t.Mapping[str, t.Any] = (running.get("NetworkSettings") or {}).get("Networks") or {}
    if is_special(mode) or not attached:
        return mode, {}
    first = next((name for name, endpoint in attached.items() if _is_named(mode, name, endpoint or {})), None)
    if first is None:  # disconnected since from the network it was created on
        first = mode = next(iter(attached))
    names = [first, *(name for name in attached if name != first)]
    endpoints = {name: _configured(attached[name] or {}, own_names(running)) for name in names}
    asked_for = (running.get("Config") or {}).get("MacAddress")
    if asked_for:
        endpoints[first]["MacAddress"] = asked_for
    return mode, endpoints


def links(host_links: t.Iterable[str] | None) -> list[str]:
    """C(container:alias) for each legacy link, which inspect reports as C(/container:/this one/alias)."""
    result = []
    for link in host_links or []:
        name, _colon, alias = link.partition(":")
        result.append(f"{name.lstrip('/')}:{alias.rpartition('/')[2] or name.lstrip('/')}")
    return result


def comparable(endpoint: Endpoint, ignored_aliases: t.Collection[str]) -> Endpoint:
    """An endpoint without order, empty values and aliases that the engine adds by itself."""
    addresses = {key: value for key, value in (endpoint.get("IPAMConfig") or {}).items() if value}
    result: Endpoint = {
        "aliases": sorted(set(endpoint.get("Aliases") or []) - set(ignored_aliases)),
        "links": sorted(endpoint.get("Links") or []),
        "ipv4_address": addresses.get("IPv4Address"),
        "ipv6_address": addresses.get("IPv6Address"),
        "link_local_addresses": sorted(addresses.get("LinkLocalIPs") or []),
        "driver_opts": endpoint.get("DriverOpts") or {},
        "mac_address": mac_address(endpoint),
        "priority": endpoint.get("GwPriority") or 0,
    }
    return {key: value for key, value in result.items() if value}


def fixed_addresses(endpoint: Endpoint) -> list[str]:
    """Those that were asked for, which no second container can have."""
    given = endpoint.get("IPAMConfig") or {}
    addresses = (given.get("IPv4Address"), given.get("IPv6Address"), endpoint.get("MacAddress"))
    return [each for each in addresses if each]


def mac_address(endpoint: t.Mapping[str, t.Any]) -> str:
    """In the form in which engines report it; empty where there is none."""
    return (endpoint.get("MacAddress") or "").lower().replace("-", ":")


def with_mac_address(endpoints: t.Mapping[str, Endpoint], address: str) -> dict[str, Endpoint]:
    """I(endpoints), the first of which has this address; empty leaves it to the engine."""
    first = next(iter(endpoints))
    rest = {key: value for key, value in endpoints[first].items() if key != "MacAddress"}
    return {**endpoints, first: {**rest, "MacAddress": address} if address else rest}


def _is_named(mode: str, name: str, endpoint: t.Mapping[str, t.Any]) -> bool:
    if is_default(mode):
        return name == "bridge"
    return mode in (name, endpoint.get("NetworkID"))


def _configured(endpoint: t.Mapping[str, t.Any], own: t.Container[str]) -> Endpoint:
    result: Endpoint = {
        "IPAMConfig": {key: value for key, value in (endpoint.get("IPAMConfig") or {}).items() if value},
        "Links": list(endpoint.get("Links") or []),
        "Aliases": [alias for alias in endpoint.get("Aliases") or [] if alias not in own],
        "DriverOpts": dict(endpoint.get("DriverOpts") or {}),
        "GwPriority": endpoint.get("GwPriority"),
    }
    return {key: value for key, value in result.items() if value}
