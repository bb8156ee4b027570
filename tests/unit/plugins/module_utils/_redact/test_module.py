# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a module says of itself to syslog and in its result, also where it refuses its parameters."""

from __future__ import annotations

import contextlib
import json
import typing as t

import pytest
from ansible.module_utils import basic
from ansible.module_utils.common.parameters import PASS_VARS
from ansible_collections.zero.downtime.plugins.modules import container_swap, wait_healthy

UNTOLD = "correct-horse-battery-staple"
# One that stands in no option whose value is masked wherever it stands.
UNSAID = "purple-monkey-dishwasher"
MOUNT = {"target": "/data", "volume_driver": "local", "volume_options": {"type": "cifs", "o": f"password={UNSAID}"}}
SETTINGS = {
    "env": {"TOKEN": UNTOLD, "DEBUG": "1"},
    "log_options": {"token": UNTOLD},
    "mounts": [MOUNT],
    "published_ports": ["80:8080"],
}
# An option by its other name, which is what the invocation shows.
BESIDE = {"log_opt": {"token": UNSAID}, **{name: SETTINGS[name] for name in SETTINGS if name != "log_options"}}
HEALTH = {"url": f"https://probe:{UNTOLD}@192.0.2.7/ping", "headers": {"Authorization": f"Bearer {UNTOLD}", "X-A": "1"}}
SWAP = {
    "name": "web",
    "image": "web:v1",
    "settings": SETTINGS,
    **BESIDE,
    "health": HEALTH,
    "registry_username": "deploy",
    "registry_password": UNTOLD,
    "docker_host": "unix:///nowhere/docker.sock",
}


class Said(t.NamedTuple):
    result: dict[str, t.Any]
    syslog: str
    everything: str


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> t.Callable[..., Said]:
    def run(main: t.Callable[[], t.Any], params: t.Mapping[str, t.Any]) -> Said:
        logged: list[str] = []
        monkeypatch.setattr(basic.AnsibleModule, "log", lambda _self, *what, **more: logged.append(f"{what} {more}"))
        # Since 2.21 a result holds its invocation only where ansible-core asks for it.
        asked = {"_ansible_inject_invocation": True} if "inject_invocation" in PASS_VARS else {}
        with _arguments(monkeypatch, {**params, **asked, "_ansible_verbosity": 4}), pytest.raises(SystemExit):
            main()
        out, err = capsys.readouterr()
        syslog = "\n".join(logged)
        return Said(json.loads(out), syslog, out + err + syslog)

    return run


def _arguments(monkeypatch: pytest.MonkeyPatch, params: dict[str, t.Any]) -> t.ContextManager[t.Any]:
    try:
        from ansible.module_utils.testing import patch_module_args
    except ImportError:  # ansible-core before 2.19
        monkeypatch.setattr(basic, "_ANSIBLE_ARGS", json.dumps({"ANSIBLE_MODULE_ARGS": params}).encode())
        return contextlib.nullcontext()
    patched: t.ContextManager[t.Any] = patch_module_args(params)
    return patched


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({}, "Cannot reach the container engine"),
        ({"keep": -1}, "keep is -1"),
        ({"keep": "many"}, "keep"),
        ({"pull": "newer"}, "newer"),
        ({"imagine": "web:v1"}, "imagine"),
        ({"env": f"TOKEN={UNTOLD}", "keep": "many"}, "keep"),
        ({"env": [UNTOLD]}, "env"),
        ({"settings": json.dumps(SETTINGS), "keep": "many"}, "keep"),
        ({"settings": [SETTINGS]}, "settings"),
        ({"settings": {"env": [UNTOLD]}}, "settings"),
        ({"settings": {"env": {"TOKEN": UNTOLD}, "keep_it": 1}}, "keep_it"),
        ({"mounts": [{**MOUNT, "volume_options": f"type=cifs,o={UNSAID}"}], "keep": "many"}, "keep"),
        ({"mounts": [{**MOUNT, "volume_options": [UNSAID]}]}, "volume_options"),
        ({"mounts": [json.dumps(MOUNT)], "keep": "many"}, "keep"),
        ({"mounts": json.dumps(MOUNT)}, "mounts"),
        ({"settings": {"mounts": [{**MOUNT, "type": "cifs"}]}}, "type"),
        ({"health": {**HEALTH, "timeout": "long"}}, "timeout"),
        ({"health": {**HEALTH, "url": f"https://probe:{UNTOLD}@192.0.2.7 /"}}, "no blanks"),
        ({"health": f"url=https://probe:{UNTOLD}@192.0.2.7/", "keep": "many"}, "keep"),
    ],
)
def test_container_swap_shows_no_secret(run: t.Callable[..., Said], wrong: dict[str, t.Any], words: str) -> None:
    said = run(container_swap.main, {**SWAP, **wrong})
    assert said.result["failed"]
    assert words in said.result["msg"]
    assert UNTOLD not in said.everything
    assert UNSAID not in said.everything
    assert said.result["invocation"]["module_args"]["name"] == "web"


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"interval": -1}, "interval must be"),
        ({"interval": "often"}, "interval"),
        ({"headers": [f"Authorization: {UNTOLD}"]}, "headers"),
        ({"url": f"https://probe:{UNTOLD}@[192.0.2.7/"}, "url must be"),
        ({"url": f"https://probe:{UNTOLD}/@192.0.2.7/"}, "url must be"),
    ],
)
def test_wait_healthy_shows_no_secret(run: t.Callable[..., Said], wrong: dict[str, t.Any], words: str) -> None:
    said = run(wait_healthy.main, {**HEALTH, **wrong})
    assert said.result["failed"]
    assert words in said.result["msg"]
    assert UNTOLD not in said.everything


def test_what_is_no_secret_can_be_read(run: t.Callable[..., Said]) -> None:
    """DEBUG: "1" stands in env, and must not turn the image into web:v********."""
    told = run(container_swap.main, {**SWAP, "state": "gone"}).result
    assert "present, previous, retired, absent" in told["msg"]
    told = run(container_swap.main, SWAP).result["invocation"]["module_args"]
    assert (told["image"], told["settings"]["published_ports"]) == ("web:v1", ["80:8080"])
    assert told["env"] == {"TOKEN": "********", "DEBUG": "********"}
    assert told["mounts"][0]["volume_options"] == {"type": "********", "o": "********"}
    assert (told["mounts"][0]["target"], told["settings"]["mounts"][0]["volume_driver"]) == ("/data", "local")
    assert told["health"]["url"] == "https://********@192.0.2.7/ping"


def test_syslog_names_what_was_asked_for_and_no_value_of_a_variable(run: t.Callable[..., Said]) -> None:
    syslog = run(container_swap.main, SWAP).syslog
    assert "name=web" in syslog
    assert "settings=NOT_LOGGING_PARAMETER" in syslog
    assert "env=NOT_LOGGING_PARAMETER" in syslog
