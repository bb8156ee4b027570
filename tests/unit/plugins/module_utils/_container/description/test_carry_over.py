# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What tests/integration/container/test_carry_over.py cannot show on its one engine: other engines, odd inspects."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.zero.downtime.plugins.module_utils._container.description.carry_over import compose
from ansible_collections.zero.downtime.plugins.module_utils._container.description.spec import Spec
from ansible_collections.zero.downtime.plugins.module_utils._container.description.values import SettingError

ID = "0123456789abcdef" * 4
VOLUME = "ab" * 32
MASKED_BY_ENGINE_29 = [
    "/proc/acpi",
    "/proc/asound",
    "/proc/interrupts",
    "/proc/kcore",
    "/proc/keys",
    "/proc/latency_stats",
    "/proc/sched_debug",
    "/proc/scsi",
    "/proc/timer_list",
    "/proc/timer_stats",
    "/sys/devices/virtual/powercap",
    "/sys/firmware",
    "/sys/devices/system/cpu/cpu0/thermal_throttle",
]
PROTECTED_BY_ENGINE_29 = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"]


def container(
    config: dict[str, t.Any] | None = None,
    host: dict[str, t.Any] | None = None,
    networks: dict[str, t.Any] | None = None,
    mounts: list[dict[str, t.Any]] | None = None,
) -> dict[str, t.Any]:
    return {
        "Id": ID,
        "Config": config or {},
        "HostConfig": host or {},
        "NetworkSettings": {"Networks": networks or {}},
        "Mounts": mounts or [],
    }


def composed(
    running: dict[str, t.Any] | None,
    old: dict[str, t.Any] | None = None,
    new: dict[str, t.Any] | None = None,
    api_version: str = "1.41",
    carry_over: bool = True,
    **stated: t.Any,
) -> Spec:
    return compose(
        image="app:2",
        stated=stated,
        running=running,
        running_image=None if old is None else {"Config": old},
        new_image=None if new is None else {"Config": new},
        api_version=api_version,
        carry_over=carry_over,
    )


def carried(config: dict[str, t.Any], image: dict[str, t.Any], **stated: t.Any) -> dict[str, t.Any]:
    body = composed(container(config), image, {}, **stated).body
    return {key: value for key, value in body.items() if key not in ("Image", "HostConfig")}


def carried_host(host: dict[str, t.Any], **stated: t.Any) -> dict[str, t.Any]:
    body = composed(container(host=host), {}, {}, **stated).body["HostConfig"]
    return {key: value for key, value in body.items() if key not in ("NetworkMode", "Binds", "Mounts")}


@pytest.mark.parametrize(
    ("running", "image", "expected"),
    [
        pytest.param({}, {}, {}, id="neither has one"),
        pytest.param({"Cmd": ["a"]}, {"Cmd": ["a"]}, {}, id="both are the image's"),
        pytest.param({"Cmd": ["b"]}, {"Cmd": ["a"]}, {"Cmd": ["b"]}, id="a command of its own"),
        pytest.param(
            {"Entrypoint": ["/e"], "Cmd": ["b"]},
            {"Entrypoint": ["/e"], "Cmd": ["a"]},
            {"Cmd": ["b"]},
            id="its own command for the image's entrypoint",
        ),
        pytest.param(
            {"Entrypoint": ["/f"], "Cmd": ["a"]},
            {"Entrypoint": ["/e"], "Cmd": ["a"]},
            {"Entrypoint": ["/f"], "Cmd": ["a"]},
            id="an entrypoint of its own: the same command was stated, too",
        ),
        pytest.param(
            {"Entrypoint": ["/f"], "Cmd": None},
            {"Entrypoint": ["/e"], "Cmd": ["a"]},
            {"Entrypoint": ["/f"]},
            id="an entrypoint of its own and no command",
        ),
        pytest.param(
            {"Entrypoint": None, "Cmd": ["a"]},
            {"Entrypoint": ["/e"], "Cmd": ["a"]},
            {"Entrypoint": [""], "Cmd": ["a"]},
            id="the entrypoint taken away",
        ),
        pytest.param(
            {"Entrypoint": ["/e"], "Cmd": []},
            {"Entrypoint": ["/e"], "Cmd": ["a"]},
            {"Entrypoint": ["/e"]},
            id="the image's entrypoint stated once more, to be without its command",
        ),
    ],
)
def test_command(running: dict[str, t.Any], image: dict[str, t.Any], expected: dict[str, t.Any]) -> None:
    assert carried(running, image) == expected


def test_a_stated_command_goes_to_the_carried_entrypoint() -> None:
    running, image = {"Entrypoint": ["/f"], "Cmd": ["a"]}, {"Entrypoint": ["/e"], "Cmd": ["a"]}

    assert carried(running, image, command="x y") == {"Entrypoint": ["/f"], "Cmd": ["x", "y"]}
    assert carried(running, image, command=[], entrypoint=[]) == {}


@pytest.mark.parametrize(
    ("running", "image", "expected"),
    [
        ({"Test": ["CMD", "a"], "Interval": 1}, {"Test": ["CMD", "a"], "Interval": 1}, None),
        ({"Test": ["CMD", "a"], "Interval": 2}, {"Test": ["CMD", "a"], "Interval": 1}, {"Interval": 2}),
        ({"Test": ["NONE"], "Interval": 1}, {"Test": ["CMD", "a"], "Interval": 1}, {"Test": ["NONE"]}),
        ({"Test": ["CMD", "a"], "Retries": 0}, None, {"Test": ["CMD", "a"]}),
        (None, None, None),
    ],
)
def test_health_check_is_carried_field_by_field(running: t.Any, image: t.Any, expected: t.Any) -> None:
    assert carried({"Healthcheck": running}, {"Healthcheck": image}).get("Healthcheck") == expected


def test_a_directory_that_the_image_writes_with_a_slash_at_its_end_is_the_images() -> None:
    assert "WorkingDir" not in carried({"WorkingDir": "/app"}, {"WorkingDir": "/app/"})


def test_env_and_labels_of_the_image_stay_behind() -> None:
    body = carried(
        {"Env": ["PATH=/bin", "A=2", "B=1", "TAKEN_OUT"], "Labels": {"a": "1", "b": "1"}},
        {"Env": ["PATH=/bin", "A=1", "TAKEN_OUT=1"], "Labels": {"a": "1"}},
    )

    assert body == {"Env": ["A=2", "B=1", "TAKEN_OUT"], "Labels": {"b": "1"}}


def test_stated_env_and_labels_are_merged_over_carried_ones() -> None:
    body = carried(
        {"Env": ["A=1", "B=1", "C=1"], "Labels": {"a": "1", "b": "1"}},
        {},
        env={"B": "2", "C": None, "D": "4"},
        labels={"a": None, "c": "3"},
    )

    assert body == {"Env": ["A=1", "B=2", "C", "D=4"], "Labels": {"b": "1", "c": "3"}}


@pytest.mark.parametrize(
    ("hostname", "host", "expected"),
    [
        ("web", {}, "web"),
        (ID[:12], {}, None),
        ("", {}, None),
        ("web", {"NetworkMode": "container:x"}, None),
        ("web", {"UTSMode": "host"}, None),
        ("web", {"NetworkMode": "host"}, "web"),
    ],
)
def test_hostname(hostname: str, host: dict[str, t.Any], expected: str | None) -> None:
    assert composed(container({"Hostname": hostname}, host), {}).body.get("Hostname") == expected


@pytest.mark.parametrize("stated", [{}, {"hostname": "web"}], ids=str)
def test_the_machines_name_stays_behind_with_its_network(stated: dict[str, t.Any]) -> None:
    running = container({"Hostname": "machine"}, {"NetworkMode": "host"})

    assert composed(running, {}, network_mode="bridge", **stated).body.get("Hostname") == stated.get("hostname")


@pytest.mark.parametrize(
    "noise",
    [
        {"MaskedPaths": MASKED_BY_ENGINE_29, "ReadonlyPaths": PROTECTED_BY_ENGINE_29},
        {"ContainerIDFile": "/run/app.cid", "ConsoleSize": [0, 0], "Isolation": "", "MemorySwappiness": -1},
        {"PidsLimit": None, "MemorySwappiness": None, "OomKillDisable": False, "Init": None, "CpuShares": 0},
        {"RestartPolicy": {"Name": "no", "MaximumRetryCount": 0}, "Devices": [], "Ulimits": None},
    ],
)
def test_what_the_engine_fills_in_is_not_carried(noise: dict[str, t.Any]) -> None:
    assert carried_host(noise) == {}


@pytest.mark.parametrize(
    "stated",
    [
        {"MaskedPaths": [], "ReadonlyPaths": []},
        {"MaskedPaths": [*MASKED_BY_ENGINE_29, "/proc/secret"]},
        {"Init": False},
        {"MemorySwappiness": 0},
        {"ConsoleSize": [24, 80]},
        {"SomethingOfTomorrow": {"a": 1}},
    ],
)
def test_what_an_engine_never_fills_in_is_carried(stated: dict[str, t.Any]) -> None:
    assert carried_host(stated) == stated


def test_label_disable_of_the_engine_does_not_outlive_its_cause() -> None:
    running = {"Privileged": True, "SecurityOpt": ["label=disable", "no-new-privileges"]}

    assert carried_host(running, privileged=False)["SecurityOpt"] == ["no-new-privileges"]
    assert carried_host({"SecurityOpt": ["label=disable"]})["SecurityOpt"] == ["label=disable"]


@pytest.mark.parametrize(
    ("running", "stated", "expected"),
    [
        ({}, {"restart_retries": 2}, {"Name": "", "MaximumRetryCount": 2}),
        ({"Name": "on-failure", "MaximumRetryCount": 3}, {}, {"Name": "on-failure", "MaximumRetryCount": 3}),
        (
            {"Name": "on-failure", "MaximumRetryCount": 3},
            {"restart_retries": 5},
            {"Name": "on-failure", "MaximumRetryCount": 5},
        ),
        (
            {"Name": "on-failure", "MaximumRetryCount": 3},
            {"restart_policy": "always"},
            {"Name": "always", "MaximumRetryCount": 0},
        ),
        ({"Name": "always", "MaximumRetryCount": 0}, {"auto_remove": True}, None),
    ],
)
def test_restart_policy(running: dict[str, t.Any], stated: dict[str, t.Any], expected: t.Any) -> None:
    assert carried_host({"RestartPolicy": running}, **stated).get("RestartPolicy") == expected


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ({}, {"Type": "json-file", "Config": {"max-size": "1m"}}),
        ({"log_options": {"max-size": "2m"}}, {"Type": "json-file", "Config": {"max-size": "2m"}}),
        ({"log_driver": "json-file"}, {"Type": "json-file", "Config": {"max-size": "1m"}}),
        ({"log_driver": "journald"}, {"Type": "journald", "Config": {}}),
    ],
)
def test_log_config(stated: dict[str, t.Any], expected: dict[str, t.Any]) -> None:
    running = {"LogConfig": {"Type": "json-file", "Config": {"max-size": "1m"}}}

    assert carried_host(running, **stated)["LogConfig"] == expected


def test_the_engines_swap_limit_goes_with_the_memory_limit_and_a_stated_one_stays() -> None:
    assert "MemorySwap" not in carried_host({"Memory": 100, "MemorySwap": 200}, memory="1k")
    assert carried_host({"Memory": 100, "MemorySwap": 150}, memory="120")["MemorySwap"] == 150
    assert carried_host({"Memory": 100, "MemorySwap": 200})["MemorySwap"] == 200


def test_addresses_that_were_assigned_are_not_asked_for() -> None:
    running = container(
        {"Hostname": "web"},
        {"NetworkMode": "front"},
        {
            "front": {
                "IPAMConfig": {"IPv4Address": "", "LinkLocalIPs": None},
                "IPAddress": "192.0.2.2",
                "MacAddress": "02:42:c0:00:02:02",
                "Aliases": [ID[:12], "web", "www"],
                "DNSNames": ["app", ID[:12]],
                "NetworkID": "n1",
            },
            "back": {"IPAMConfig": None, "Aliases": None, "Links": None, "MacAddress": "02:42:c6:33:64:02"},
        },
    )

    result = composed(running, {})

    assert result.body["NetworkingConfig"] == {"EndpointsConfig": {"front": {"Aliases": ["www"]}}}
    assert "MacAddress" not in result.body
    assert result.networks == (("back", {}),)


@pytest.mark.parametrize(("api_version", "where"), [("1.43", "container"), ("1.44", "endpoint")])
def test_a_mac_address_that_was_asked_for(api_version: str, where: str) -> None:
    running = container({"MacAddress": "02:00:00:00:00:01"}, {"NetworkMode": "default"}, {"bridge": {}})

    body = composed(running, {}, api_version=api_version).body

    endpoint = {"EndpointsConfig": {"default": {"MacAddress": "02:00:00:00:00:01"}}}
    assert body.get("MacAddress") == ("02:00:00:00:00:01" if where == "container" else None)
    assert body.get("NetworkingConfig") == (endpoint if where == "endpoint" else None)


FRONT = {"EndpointsConfig": {"front": {"Aliases": ["www"], "MacAddress": "02:00:00:00:00:02"}}}


@pytest.mark.parametrize(
    ("host", "attached", "stated", "expected"),
    [
        ({"NetworkMode": "front"}, {"front": {"Aliases": ["www"]}, "back": {}}, {}, FRONT),
        ({"NetworkMode": "front"}, {}, {"networks": [{"name": "front", "aliases": ["www"]}]}, FRONT),
        (
            {"NetworkMode": "default"},
            {"bridge": {}},
            {},
            {"EndpointsConfig": {"default": {"MacAddress": "02:00:00:00:00:02"}}},
        ),
    ],
)
def test_a_stated_mac_address_is_of_the_first_network(
    host: dict[str, t.Any], attached: dict[str, t.Any], stated: dict[str, t.Any], expected: dict[str, t.Any]
) -> None:
    running = container({"MacAddress": "02:00:00:00:00:01"} if attached else {}, host, attached)

    result = composed(running, {}, api_version="1.44", mac_address="02:00:00:00:00:02", **stated)

    assert result.body["NetworkingConfig"] == expected
    assert result.networks == (() if "back" not in attached else (("back", {}),))
    without = composed(running, {}, api_version="1.44", mac_address="", **stated)
    assert "MacAddress" not in str(without.body)


@pytest.mark.parametrize("mode", ["host", "container:db"])
def test_a_mac_address_without_a_network_of_its_own_is_refused(mode: str) -> None:
    """Whether the mode is carried or stated."""
    for carried, stated in ((mode, {}), ("front", {"network_mode": mode})):
        running = container({}, {"NetworkMode": carried}, {})
        with pytest.raises(SettingError, match=f"mac_address: .* network_mode {mode}"):
            composed(running, {}, mac_address="02:00:00:00:00:02", **stated)


@pytest.mark.parametrize(
    ("stated", "mode", "names"),
    [
        ({}, "front", ["back"]),
        ({"network_mode": "front"}, "front", ["back"]),
        ({"network_mode": "back"}, "back", []),
        ({"network_mode": "bridge"}, "bridge", ["back"]),
        ({"network_mode": "host"}, "host", []),
        ({"networks": []}, "default", []),
        ({"networks": [{"name": "x"}, {"name": "y"}]}, "x", ["y"]),
    ],
)
def test_stated_networks_over_carried_ones(stated: dict[str, t.Any], mode: str, names: list[str]) -> None:
    running = container(host={"NetworkMode": "front"}, networks={"back": {}, "front": {"Aliases": ["www"]}})

    result = composed(running, {}, **stated)

    assert result.body["HostConfig"]["NetworkMode"] == mode
    assert [name for name, _endpoint in result.networks] == names
    assert ("NetworkingConfig" in result.body) == (mode == "front")


@pytest.mark.parametrize(
    ("config", "host", "stated", "gone"),
    [
        ({}, {"CpuPeriod": 1, "CpuQuota": 1}, {"cpus": 1}, {"CpuPeriod", "CpuQuota"}),
        ({}, {"AutoRemove": True}, {"restart_policy": "always"}, {"AutoRemove"}),
        ({}, {"AutoRemove": True}, {"restart_policy": "no"}, set()),
        ({}, {"NanoCpus": 10**9}, {"cpu_quota": 50_000}, {"NanoCpus"}),
        ({}, {"NanoCpus": 10**9}, {"cpu_period": 50_000}, {"NanoCpus"}),
        ({}, {"NanoCpus": 10**9}, {"cpu_quota": 0, "cpu_period": 0}, set()),
        ({"Hostname": "web"}, {}, {"uts": "host"}, {"Hostname"}),
        ({"Hostname": "web", "Domainname": "example.org"}, {}, {"network_mode": "host"}, set()),
        (
            {"Hostname": "web", "Domainname": "example.org", "ExposedPorts": {"80/tcp": {}}},
            {"Dns": ["192.0.2.53"], "DnsOptions": ["a"], "DnsSearch": ["b"], "ExtraHosts": ["a:192.0.2.1"]},
            {"network_mode": "container:x"},
            {"Hostname", "Domainname", "ExposedPorts", "Dns", "DnsOptions", "DnsSearch", "ExtraHosts"},
        ),
        (
            {},
            {"PortBindings": {"80/tcp": None}, "Links": ["/a:/app/a"], "PublishAllPorts": True},
            {"network_mode": "none"},
            {"PortBindings", "Links", "PublishAllPorts", "ExposedPorts"},
        ),
    ],
)
def test_what_contradicts_a_stated_setting_is_not_carried(
    config: dict[str, t.Any], host: dict[str, t.Any], stated: dict[str, t.Any], gone: set[str]
) -> None:
    def keys(**stated: t.Any) -> set[str]:
        body = composed(container(config, host), {}, {}, **stated).body
        return set(body) | set(body["HostConfig"])

    assert keys() - keys(**stated) == gone


@pytest.mark.parametrize(
    "stated",
    [
        {"tmpfs": ["/a", "/b/", "/c"]},
        {"volumes": ["/a", "/b", "x:/c"]},
        {"mounts": [{"target": place} for place in ("/a", "/b", "/c")]},
    ],
)
def test_a_place_that_is_stated_has_nothing_carried(stated: dict[str, t.Any]) -> None:
    host = {
        "Binds": ["one:/a", "two:/other"],
        "Mounts": [{"Type": "volume", "Source": "three", "Target": "/b"}],
        "Tmpfs": {"/c/": ""},
    }

    body = composed(container(host=host), {}, {}, **stated).body["HostConfig"]

    assert not {"one", "three"} & {bind.partition(":")[0] for bind in body["Binds"]}
    assert "three" not in str(body["Mounts"])
    assert "/c/" not in (body.get("Tmpfs") or {})


def test_a_network_that_was_left_since_is_not_joined_again() -> None:
    running = container(host={"NetworkMode": "front"}, networks={"back": {"Aliases": ["app"]}, "third": {}})

    result = composed(running, {})

    assert result.body["HostConfig"]["NetworkMode"] == "back"
    assert result.body["NetworkingConfig"] == {"EndpointsConfig": {"back": {"Aliases": ["app"]}}}
    assert result.networks == (("third", {}),)


def test_legacy_links_name_the_container_and_the_alias() -> None:
    running = container(host={"NetworkMode": "default", "Links": ["/db:/app/db", "/cache:/app/redis"]})

    assert composed(running, {}).body["HostConfig"]["Links"] == ["db:db", "cache:redis"]


@pytest.mark.parametrize("place", ["/data", "/data/"])
def test_a_declared_volume_is_kept_by_its_name(place: str) -> None:
    mounts = [{"Type": "volume", "Name": VOLUME, "Destination": "/data"}]
    running = container({"Volumes": {place: {}}}, mounts=mounts)

    body = composed(running, {"Volumes": {place: {}}}, {}).body

    assert body["HostConfig"]["Binds"] == [f"{VOLUME}:/data"]
    assert "Volumes" not in body


@pytest.mark.parametrize("carry_over", [True, False])
@pytest.mark.parametrize(
    ("running", "old", "new"),
    [
        pytest.param({}, ["/data"], ["/data"], id="as it was made"),
        pytest.param({}, ["/data"], [], id="no longer declared"),
        pytest.param({"Binds": [f"{VOLUME}:/data"]}, [], [], id="declared by an image before the last"),
    ],
)
def test_data_of_an_image_is_kept_whatever_is_carried_over(
    running: dict[str, t.Any], old: list[str], new: list[str], carry_over: bool
) -> None:
    mounts = [{"Type": "volume", "Name": VOLUME, "Destination": "/data"}]
    before, after = ({"Volumes": {place: {} for place in places}} for places in (old, new))

    body = composed(
        container(before, running, mounts=mounts), before, after, carry_over=carry_over, volumes=["x:/y"]
    ).body

    assert body["HostConfig"]["Binds"] == ["x:/y", f"{VOLUME}:/data"]


def test_data_that_a_task_once_asked_for_goes_when_it_is_not_carried_over() -> None:
    mounts = [{"Type": "volume", "Name": VOLUME, "Destination": "/data"}]
    running = container({"Volumes": {"/data": {}}}, {"Binds": [f"{VOLUME}:/data"]}, mounts=mounts)

    assert composed(running, {}, {}, volumes=["x:/y"]).body["HostConfig"]["Binds"] == ["x:/y"]
    assert "Binds" not in composed(running, {}, {}, carry_over=False).body["HostConfig"]


def test_an_anonymous_volume_is_kept_however_it_was_asked_for() -> None:
    other = "cd" * 32
    running = container(
        host={"Binds": ["/a"], "Mounts": [{"Type": "volume", "Target": "/b"}, {"Type": "volume", "Target": "/new"}]},
        mounts=[
            {"Type": "volume", "Name": VOLUME, "Destination": "/a"},
            {"Type": "volume", "Name": other, "Destination": "/b"},
        ],
    )

    host = composed(running, {}).body["HostConfig"]

    assert host["Binds"] == [f"{VOLUME}:/a"]
    assert host["Mounts"] == [
        {"Type": "volume", "Target": "/b", "Source": other},
        {"Type": "volume", "Target": "/new"},
    ]


def test_a_named_volume_that_is_no_longer_stated_is_not_kept_for_the_images_sake() -> None:
    mounts = [{"Type": "volume", "Name": "appdata", "Destination": "/data"}]
    running = container({"Volumes": {"/data": {}}}, {"Binds": ["appdata:/data"]}, mounts=mounts)

    assert composed(running, {"Volumes": {"/data": {}}}, {}, volumes=[]).body["HostConfig"]["Binds"] == []


def test_without_the_old_image_everything_counts_as_stated() -> None:
    body = composed(container({"Env": ["A=1"], "User": "app"}), None).body

    assert (body["Env"], body["User"]) == (["A=1"], "app")


def test_without_a_running_container_only_the_stated_counts() -> None:
    assert composed(None, None, {"Env": ["A=1"]}, user="app") == Spec(
        {"Image": "app:2", "User": "app", "HostConfig": {}}
    )
