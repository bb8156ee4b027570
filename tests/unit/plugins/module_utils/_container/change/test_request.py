# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
from ansible_collections.zero.downtime.plugins.module_utils._container.change.request import Request
from ansible_collections.zero.downtime.plugins.module_utils._container.description.probe_url import NoPort
from ansible_collections.zero.downtime.plugins.module_utils._container.description.registry import BadReference
from ansible_collections.zero.downtime.plugins.module_utils._errors import ZeroDowntimeError
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.tls import BadTls
from ansible_collections.zero.downtime.plugins.module_utils._wait.probes.kind import BadHealthOptions

SLOTS = {"strategy": "start_first", "container_port": 80, "slots": [8081, 8082]}


def _of(**params: t.Any) -> Request:
    return Request.of({"name": "web", **params}, check_mode=False)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"name": "../etc"}, "name is"),
        ({"name": "web;reboot"}, "name is"),
        ({"name": ""}, "name is"),
        ({"name": "w\n"}, "name is"),
        ({"name": "w"}, "name is"),
        ({"keep": -1}, "keep is -1"),
        ({"version": "v1"}, "needs state=previous"),
        ({"prepare": True, "state": "absent"}, "needs state=present"),
        ({"lock_timeout": -1}, "lock_timeout"),
        ({"stop_timeout": -2}, "stop_timeout"),
        ({"slots": [8081, 8082]}, "strategy=start_first"),
        ({"strategy": "start_first", "container_port": 80}, "two different host ports"),
        ({"strategy": "start_first", "container_port": 80, "slots": [8081, 8081]}, "two different host ports"),
        ({"strategy": "start_first", "container_port": 80, "slots": [0, 8081]}, "two different host ports"),
        ({**SLOTS, "network_mode": "host"}, "network_mode is 'host'"),
        ({**SLOTS, "settings": {"network_mode": "container:db"}}, "network_mode is 'container:db'"),
        ({"restart_policy": "always", "restart_retries": 3}, "restart_retries is 3"),
        ({"restart_policy": "no", "restart_retries": 3}, "restart_retries is 3"),
        ({"restart_policy": "on-failure", "restart_retries": -1}, "restart_retries is -1"),
        ({"restart_policy": "on-failure", "auto_remove": True}, "auto_remove"),
        ({"settings": {"no_such_setting": 1}}, "settings: "),
        ({"settings": {"published_ports": ["80:80"], "ports": []}}, "settings: published_ports and ports"),
        ({"settings": {"memory": "512m", "restart_policy": "sometimes"}}, "settings: .*restart_policy"),
        ({"health": {"path": "ping"}}, "health.path"),
        ({"health": {"path": "/ping", "url": "http://192.0.2.1/"}}, "health.path"),
        ({"health": {"stable_for": 5, "timeout": 5}}, "stable_for"),
    ],
)
def test_nonsense_is_refused_before_anything_is_touched(params: dict[str, t.Any], message: str) -> None:
    with pytest.raises(ZeroDowntimeError, match=message):
        _of(**params)


@pytest.mark.parametrize(
    "params",
    [
        {"name": "w2"},
        {"restart_retries": 3},
        {"restart_policy": "on-failure", "restart_retries": 3},
        {"restart_policy": "always", "restart_retries": 0},
        {"restart_policy": "no", "auto_remove": True},
        {"network_mode": "host"},
        {"strategy": "start_first", "slots": [8081, 8082]},
        {**SLOTS, "network_mode": "front"},
        {**SLOTS, "network_mode": "host", "state": "absent"},
    ],
)
def test_what_engines_take_is_let_through(params: dict[str, t.Any]) -> None:
    _of(**params)


@pytest.mark.parametrize(
    ("params", "carried", "message"),
    [
        ({"restart_retries": 3}, {"RestartPolicy": {"Name": "always", "MaximumRetryCount": 3}}, "restart_retries"),
        (SLOTS, {"NetworkMode": "host"}, "network_mode"),
    ],
)
def test_nonsense_that_a_carried_setting_makes_is_refused(
    params: dict[str, t.Any], carried: dict[str, t.Any], message: str
) -> None:
    request = _of(**params)
    request.check_host_config({})
    with pytest.raises(ZeroDowntimeError, match=message):
        request.check_host_config(carried)


@pytest.mark.parametrize("option", ["ca_path", "client_cert", "client_key"])
def test_file_of_the_health_check_that_is_not_there_is_refused(tmp_path: Path, option: str) -> None:
    there, missing = tmp_path / "there.pem", str(tmp_path / "none.pem")
    there.touch()
    files = {"client_cert": str(there), option: missing}
    for health in ({"path": "/ping", **files}, {"url": "https://192.0.2.1/ping", **files}):
        for state in ({}, {"state": "previous", "image": None}):
            with pytest.raises(BadHealthOptions, match=f"{option}: there is no {missing}"):
                _of(health=health, **state).check_health_files()
        _of(health=health, state="absent").check_health_files()
    files = {"ca_path": str(there), "client_cert": str(there), "client_key": str(there)}
    _of(health={"path": "/ping", **files}).check_health_files()


def test_tls_of_the_health_check_that_cannot_be_used_is_refused(tmp_path: Path) -> None:
    haproxy = {
        "backend": "be",
        "server": "s1",
        "socket": ["lb1:9999"],
        "tls": True,
        "tls_ca_cert": str(tmp_path / "none"),
    }
    with pytest.raises(BadTls, match=r"tls_ca_cert .*none can't be used"):
        _of(health={"haproxy": haproxy}).check_health_files()


def test_path_that_no_published_port_could_answer_is_refused() -> None:
    request = _of(health={"path": "/ping"}, container_port=80)
    request.check_host_config({"PortBindings": {"80/tcp": [{"HostPort": "8080"}]}})
    with pytest.raises(NoPort, match="does not publish port 80"):
        request.check_host_config({"PortBindings": {"8080/tcp": [{"HostPort": "8080"}]}})
    _of(health={"url": "http://192.0.2.1/"}).check_host_config({})


def test_image_that_is_none_is_refused() -> None:
    with pytest.raises(BadReference):
        _of(image="app v2")


def test_settings_are_options_and_those_beside_count_more() -> None:
    request = _of(settings={"env": {"A": "1"}, "user": "1000", "stop_timeout": 3}, user="0", labels=None)
    assert request.stated == {"env": {"A": "1"}, "user": "0", "stop_timeout": 3}
    assert request.stop_timeout == 3


def test_settings_go_by_their_other_names_too() -> None:
    assert _of(settings={"ports": ["80:80"], "expose": ["81"], "log_opt": {"tag": "x"}, "uts_mode": "host"}).stated == {
        "published_ports": ["80:80"],
        "exposed_ports": ["81"],
        "log_options": {"tag": "x"},
        "uts": "host",
    }


def test_registry_password_is_a_secret_of_the_request() -> None:
    assert _of(registry_username="me", registry_password="correct horse").secrets == {"correct horse"}


def test_passwords_of_volumes_are_secrets_of_the_request() -> None:
    """The engine may repeat the options of a volume that it cannot mount."""
    options = {"o": "username=u,password=correct horse", "api_token": "battery,staple", "uid": 1000}
    mounts = [{"target": "/a", "volume_options": options}, {"target": "/b"}]
    assert _of(mounts=mounts).secrets == {"correct horse", "battery,staple"}
    assert _of(settings={"mounts": mounts}).secrets == {"correct horse", "battery,staple"}
