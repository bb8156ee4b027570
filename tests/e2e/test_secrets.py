# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A secret goes to the container and nowhere else: not to a screen, a fact, a file of ours or a list of processes."""

from __future__ import annotations

import contextlib
import json
import secrets
import threading
from pathlib import Path

import pytest
from lab.registry import PASSWORD, USER

STATE = "/var/lib/zero_downtime"
CONTAINER = {"published_ports": ["8080:8080"], "restart_policy": "unless-stopped"}
TELL_ALL = ["python3", "-c", "import os, sys; sys.exit('\\n'.join(f'{k}={v}' for k, v in os.environ.items()))"]

FACTS = """
- hosts: app
  gather_facts: false
  serial: 1
  max_fail_percentage: 0
  roles:
    - role: zero.downtime.rollout
  post_tasks:
    - ansible.builtin.debug:
        msg: "{{ lookup('ansible.builtin.varnames', '^__rollout', wantlist=True)
          | select('in', hostvars[inventory_hostname]) | map('extract', hostvars[inventory_hostname]) }}"
"""


class Vault:
    """Variables in a file, as ansible-vault would give them, with a random text for every secret in them."""

    def __init__(self, folder: Path) -> None:
        self.token, self.key, self.option, self.header, self.url = (secrets.token_hex(12) for _secret in range(5))
        self._file = folder / "vault.yml"
        self.env = {"TOKEN": self.token, "KEY": f"-----BEGIN-----\n{self.key}\n-----END-----", "DEBUG": "1"}
        self.variables = {
            "rollout_registry_username": USER,
            "rollout_registry_password": PASSWORD,
            "rollout_container": {**CONTAINER, "env": self.env, "log_options": {"labels": self.option}},
            "rollout_health": {
                "url": f"http://probe:{self.url}@127.0.0.1:8080/ping",
                "headers": {"Authorization": f"Bearer {self.header}"},
            },
        }

    @property
    def arguments(self) -> list[str]:
        self._file.write_text(json.dumps(self.variables))
        return ["-vvvv", "--diff", "-e", f"@{self._file}"]

    def spilled(self, text: str) -> list[str]:
        """Which of the secrets stand in I(text)."""
        return [each for each in (self.token, self.key, self.option, self.header, self.url, PASSWORD) if each in text]


@pytest.fixture
def vault(tmp_path):
    return Vault(tmp_path)


@pytest.fixture
def locked_image(fleet):
    """The name of an image as the registry knows it that asks for a password."""
    return lambda name: f"{fleet.registry.address_with_password}/{name}"


@contextlib.contextmanager
def process_list():
    """Every command line of this machine and of the hosts on it, filled in at the end."""
    seen, over = set(), threading.Event()

    def look():
        while not over.wait(0.1):
            for path in Path("/proc").glob("[0-9]*/cmdline"):
                with contextlib.suppress(OSError):
                    seen.add(path.read_bytes())

    lines: list[str] = []
    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield lines
    finally:
        over.set()
        thread.join()
        lines.append(b"\n".join(seen).replace(b"\0", b" ").decode(errors="replace"))


def kept(fleet) -> str:
    """All that stands in our own folder on any host."""
    return "".join(found(fleet, "-type", "f", "-exec", "cat", "{}", "+"))


def found(fleet, *what: str) -> list[str]:
    command = ["sh", "-c", 'test ! -e "$1" || exec find "$@"', "find", STATE, *what]
    return [line for host in fleet.all_hosts for line in host.run(command).stdout.splitlines()]


def environment(host) -> list[str]:
    return json.loads(host.docker("inspect", "--format", "{{json .Config.Env}}", "hello").stdout)


@pytest.mark.parametrize("core", [pytest.param(None, id="newest"), pytest.param("2.16", marks=pytest.mark.thorough)])
def test_a_deploy(site, vault, locked_image, core):
    controller = site.controller.with_core(core) if core else site.controller
    with process_list() as processes:
        run = controller.play("zero.downtime.deploy", *vault.arguments, rollout_image=locked_image("hello:v2"))
    assert run.rc == 0, run.output
    assert set(site.versions().values()) == {"v2"}
    assert all(f"TOKEN={vault.token}" in environment(host) for host in site.fleet.hosts)
    assert "TOKEN" in run.output
    assert vault.spilled(run.output) == []
    assert "ansible-playbook" in processes[0]
    assert vault.spilled(processes[0]) == []
    assert "hello" in kept(site.fleet)
    assert vault.spilled(kept(site.fleet)) == []
    assert set(found(site.fleet, "-printf", "%y %m\\n")) == {"d 700", "f 600"}


def test_what_would_be_done(site, vault, locked_image):
    before = site.containers()
    run = site.controller.play(
        "zero.downtime.deploy", *vault.arguments, "--check", rollout_image=locked_image("hello:v2")
    )
    assert run.rc == 0, run.output
    assert "TOKEN" in run.output
    assert vault.spilled(run.output) == []
    assert site.containers() == before


def test_a_new_version_that_tells_everything_and_dies(site, vault, locked_image):
    vault.variables["rollout_container"]["command"] = TELL_ALL
    before = site.containers()
    run = site.controller.play("zero.downtime.deploy", *vault.arguments, rollout_image=locked_image("hello:v2"))
    assert run.rc != 0
    assert "TOKEN=********" in run.output
    assert "DEBUG=1" in run.output
    assert vault.spilled(run.output) == []
    assert vault.spilled(kept(site.fleet)) == []
    assert site.containers() == before
    assert site.serving() == {"app1", "app2", "app3"}


@pytest.mark.thorough
def test_facts(site, vault, locked_image, tmp_path):
    play = tmp_path / "play.yml"
    play.write_text(FACTS)
    run = site.controller.with_core("2.19").play(str(play), *vault.arguments, rollout_image=locked_image("hello:v2"))
    assert run.rc == 0, run.output
    assert "swap_needed" in run.output
    assert vault.spilled(run.output) == []


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda vault: {"rollout_registry_password": vault.token}, "unauthorized"),
        (lambda vault: {"rollout_container": {**CONTAINER, "env": [vault.token]}}, "env"),
        (lambda vault: {"rollout_container": {**CONTAINER, "env": {**vault.env, "SHARE": 1.5}}}, "env: SHARE"),
        (lambda vault: {"rollout_health": {"url": f"http://probe:{vault.url}@[192.0.2.1/"}}, "url must be"),
    ],
)
def test_a_refusal(site, vault, locked_image, wrong, words):
    vault.variables.update(wrong(vault))
    before = site.containers()
    run = site.controller.play("zero.downtime.deploy", *vault.arguments, rollout_image=locked_image("hello:v2"))
    assert run.rc != 0
    assert words in run.output
    assert vault.spilled(run.output) == []
    assert site.containers() == before
    assert "Take turns" not in run.output


@pytest.mark.thorough
@pytest.mark.parametrize("core", ["2.16", "2.19", "2.21"])
def test_what_a_container_says_is_never_a_template(site, tmp_path, core):
    """Its last words become messages, facts and the summary, all of them on the controller."""
    controller = site.controller.with_core(core)
    canary = tmp_path / "canary"
    said = f"lookup('ansible.builtin.pipe', 'touch {canary}')"
    run = controller.play(
        "zero.downtime.deploy",
        rollout_image=site.image("hello:v2"),
        rollout_container={
            **CONTAINER,
            "command": ["python3", "-c", f'import sys; sys.exit(chr(123) * 2 + "{said}" + chr(125) * 2)'],
        },
    )
    assert run.rc != 0
    assert "{{" + said in run.output
    assert not canary.exists()
