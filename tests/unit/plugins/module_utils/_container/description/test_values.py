# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t

import pytest
from ansible_collections.zero.downtime.plugins.module_utils._container.description import values


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0", 0),
        ("1024", 1024),
        ("512m", 512 << 20),
        ("512M", 512 << 20),
        ("1.5g", 3 << 29),
        ("2GiB", 2 << 30),
        ("64 kB", 64 << 10),
        ("10b", 10),
        ("-1", -1),
        ("unlimited", -1),
    ],
)
def test_size_is_bytes(text: str, expected: int) -> None:
    assert values.size("memory", text) == expected


@pytest.mark.parametrize("text", ["", "m", "12x", "-5", "1,5g", "1g 2m"])
def test_size_refuses(text: str) -> None:
    with pytest.raises(values.SettingError, match=r"^memory: "):
        values.size("memory", text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("30s", 30 * 10**9),
        ("1m30s", 90 * 10**9),
        ("1.5s", 1_500_000_000),
        ("500ms", 500 * 10**6),
        ("2h", 7200 * 10**9),
        ("10us", 10_000),
        ("0s", 0),
        ("0", 0),
    ],
)
def test_duration_is_nanoseconds(text: str, expected: int) -> None:
    assert values.duration("healthcheck: interval", text) == expected


@pytest.mark.parametrize("text", ["", "30", "s", "30 s", "30s1m", "-1s"])
def test_duration_refuses(text: str) -> None:
    with pytest.raises(values.SettingError, match=r"^healthcheck: interval: "):
        values.duration("healthcheck: interval", text)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("httpd -f -p 8080", ["httpd", "-f", "-p", "8080"]),
        ("sh -c 'a && b'", ["sh", "-c", "a && b"]),
        (["a b", 8080], ["a b", "8080"]),
        ("", []),
        ([], []),
    ],
)
def test_words_of_a_command(value: t.Any, expected: list[str]) -> None:
    assert values.words("command", value) == expected


def test_words_refuse_an_open_quote() -> None:
    with pytest.raises(values.SettingError, match="No closing quotation"):
        values.words("command", "sh -c 'a")


@pytest.mark.parametrize(("value", "kind"), [(True, "bool"), (1.10, "float"), (["s3cret"], "list")])
def test_texts_refuse_what_yaml_may_have_changed_and_do_not_tell_it(value: t.Any, kind: str) -> None:
    with pytest.raises(values.SettingError, match=rf"^env: DEBUG: '{kind}' is not a string; write it in quotes$"):
        values.texts("env", {"DEBUG": value})


def test_texts_keep_null_apart_from_empty() -> None:
    assert values.texts_or_none("env", {"A": None, "B": "", "C": 8080}) == {"A": None, "B": "", "C": "8080"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("8080", {"8080/tcp": [("", "")]}),
        ("80:8080", {"8080/tcp": [("", "80")]}),
        ("0:8080", {"8080/tcp": [("", "")]}),
        ("53:53/udp", {"53/udp": [("", "53")]}),
        ("192.0.2.1:80:8080", {"8080/tcp": [("192.0.2.1", "80")]}),
        ("192.0.2.1::8080", {"8080/tcp": [("192.0.2.1", "")]}),
        ("[2001:db8::1]:80:8080/sctp", {"8080/sctp": [("2001:db8::1", "80")]}),
        ("9000-9001:8000-8001", {"8000/tcp": [("", "9000")], "8001/tcp": [("", "9001")]}),
        ("9000-9001:80", {"80/tcp": [("", "9000-9001")]}),
        ("8000-8001", {"8000/tcp": [("", "")], "8001/tcp": [("", "")]}),
    ],
)
def test_port_bindings(text: str, expected: dict[str, list[tuple[str, str]]]) -> None:
    bindings = values.port_bindings("published_ports", [text])

    assert {port: [(at["HostIp"], at["HostPort"]) for at in where] for port, where in bindings.items()} == expected


def test_one_port_published_twice() -> None:
    bindings = values.port_bindings("published_ports", ["80:8080", "192.0.2.1:81:8080"])

    assert [binding["HostPort"] for binding in bindings["8080/tcp"]] == ["80", "81"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "80:",
        "80:8080/icmp",
        "80:0",
        "70000",
        "9000-9002:80-81",
        "9001-9000:1-2",
        "1:2:3:4",
        "80-:81",
        "host:80:80",
    ],
)
def test_port_bindings_refuse(text: str) -> None:
    with pytest.raises(values.SettingError, match=r"^published_ports: "):
        values.port_bindings("published_ports", [text])


def test_exposed_ports() -> None:
    exposed = values.exposed_ports("exposed_ports", ["80", "53/udp", "90-91"])

    assert set(exposed) == {"80/tcp", "53/udp", "90/tcp", "91/tcp"}


@pytest.mark.parametrize("text", ["80/", "80/icmp", "x"])
def test_exposed_ports_refuse(text: str) -> None:
    with pytest.raises(values.SettingError, match=r"^exposed_ports: "):
        values.exposed_ports("exposed_ports", [text])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/dev/null", ("/dev/null", "/dev/null", "rwm")),
        ("/dev/sda:/dev/xvda", ("/dev/sda", "/dev/xvda", "rwm")),
        ("/dev/sda:/dev/xvda:r", ("/dev/sda", "/dev/xvda", "r")),
    ],
)
def test_device(text: str, expected: tuple[str, str, str]) -> None:
    device = values.device("devices", text)

    assert (device["PathOnHost"], device["PathInContainer"], device["CgroupPermissions"]) == expected


@pytest.mark.parametrize("text", ["", ":/dev/null", "/a:/b:r:x"])
def test_device_refuses(text: str) -> None:
    with pytest.raises(values.SettingError, match=r"^devices: "):
        values.device("devices", text)


@pytest.mark.parametrize(
    ("text", "soft", "hard"), [("nofile:1024", 1024, 1024), ("nofile:1:2", 1, 2), ("nofile=1:-1", 1, -1)]
)
def test_ulimit(text: str, soft: int, hard: int) -> None:
    assert values.ulimit("ulimits", text) == {"Name": "nofile", "Soft": soft, "Hard": hard}


@pytest.mark.parametrize("text", ["nofile", ":1", "nofile:a", "nofile:1:2:3"])
def test_ulimit_refuses(text: str) -> None:
    with pytest.raises(values.SettingError, match=r"^ulimits: "):
        values.ulimit("ulimits", text)


@pytest.mark.parametrize(
    ("text", "path"),
    [("/tmp/", "/tmp"), ("//srv/./app/..//", "/srv"), ("/", "/"), ("/..", "/"), ("", ""), ("app", "app")],  # noqa: S108 - of a container
)
def test_path(text: str, path: str) -> None:
    assert values.path("working_dir", text) == path
