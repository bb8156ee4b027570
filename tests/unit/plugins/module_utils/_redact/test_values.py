# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t

import pytest
from ansible_collections.zero.downtime.plugins.module_utils._redact import values

IMAGE = {"Config": {"Env": ["PATH=/usr/local/bin", "MODE=production"]}}


def test_values_of_the_image_are_not_private() -> None:
    container = {"Config": {"Env": ["PATH=/usr/local/bin", "MODE=development", "PASSWORD=correct horse=1"]}}
    assert values.of_container(container, IMAGE) == {"development", "correct horse=1"}
    assert values.of_container(None, None) == set()


def test_passwords_of_volumes_are_private() -> None:
    options = {"type": "cifs", "device": "//nas/share", "o": "username=u,password=correct horse,uid=1000"}
    mounts = [{"Type": "volume", "VolumeOptions": {"DriverConfig": {"Options": options}}}, {"Type": "tmpfs"}]
    assert values.of_container({"HostConfig": {"Mounts": mounts}}, None) == {"correct horse"}


def test_options_of_a_log_driver_that_are_named_like_secrets_are_private() -> None:
    config = {"splunk-token": "correct horse", "splunk-url": "https://splunk.example.com:8088", "tag": "web"}
    host = {"LogConfig": {"Type": "splunk", "Config": config}}
    assert values.of_container({"HostConfig": host}, None) == {"correct horse"}


def test_values_that_authenticate_are_certain_secrets_and_others_are_not() -> None:
    options = {
        "url": "https://user:hunter2@app.example/",
        "headers": {
            "Authorization": "Bearer abc",
            "X-Api-Key": "k",
            "Cookie": "c=1",
            "Host": "a.example",
            "X-Auth": "",
            "X-Bypass-Cache": "1",
        },
    }
    assert values.certain(options) == {"hunter2", "Bearer abc", "k", "c=1"}
    assert values.certain({"health": options}) == values.certain(options)
    assert values.certain({}) == set()


def test_nothing_is_certain_about_parameters_of_the_wrong_type() -> None:
    assert values.certain({"registry_password": None, "health": "a text", "headers": 3, "url": 4}) == set()


def test_a_value_of_the_environment_is_private_and_not_certain() -> None:
    """With DEBUG: "1" each 1 of the result would be masked."""
    options = {"registry_password": "p", "settings": {"env": {"DEBUG": "1", "NOTHING": None}}}
    assert values.certain(options) == {"p"}
    assert values.private(options) == {"p", "1"}


def test_the_password_in_a_url_is_private_as_it_is_written_and_as_it_is_read() -> None:
    urls = "amqp://u:hunter2@mq1,amqp://u:hunter2@mq2"
    env = {"DATABASE_URL": "postgres://u:p%40ssword@db/x", "BROKERS": urls, "PLAIN": "http://db:5432/x"}
    expected = {*env.values(), "p%40ssword", "p@ssword", "hunter2"}
    assert values.private({"env": env}) == expected
    container = {"Config": {"Env": [f"{name}={value}" for name, value in env.items()]}}
    assert values.of_container(container, None) == expected


SHARE = {"type": "cifs", "o": "username=u,password=correct horse", "api_token": "battery,staple", "uid": 1000}


@pytest.mark.parametrize("options", [{"mounts": [{"volume_options": SHARE}, {}]}, {"log_opt": SHARE}])
def test_options_of_a_driver_are_secret_by_their_names(options: dict[str, t.Any]) -> None:
    assert values.certain(options) == values.private({"settings": options}) == {"correct horse", "battery,staple"}


def test_shown_leaves_the_parameters_as_they_are() -> None:
    params = {"env": {"A": "x", "B": None}, "name": "web", "labels": None, "registry_password": {"not": "a text"}}
    assert values.shown(params) == {
        "env": {"A": "********", "B": None},
        "name": "web",
        "labels": None,
        "registry_password": "********",
    }
    assert params["env"] == {"A": "x", "B": None}


def test_a_url_is_shown_without_user_and_password_wherever_it_is_stated() -> None:
    url = "https://probe:ho@rse@[192.0.2.7/"
    assert values.shown({"health": {"url": url}, "url": 4}) == {
        "health": {"url": "https://********@[192.0.2.7/"},
        "url": 4,
    }
