# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fleet: app hosts, load balancers and a registry on one network, up and down as a whole."""

from __future__ import annotations

import contextlib
import ipaddress
import json
import subprocess
import typing as t
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from . import images, inventory, places, sdk
from .balancer import Balancer
from .engine import AppHost, remove_cgroups
from .errors import LabError
from .host import Host
from .namespaces import Machine, await_starters, clear, inits
from .network import Switch, free_subnet, taken
from .registry import Registry
from .ssh import Keys

MOST_HOSTS, MOST_BALANCERS = 80, 20
FIRST_HOST, FIRST_BALANCER, REGISTRY, BUILDER = 11, 101, 201, 202
"""Last octets of addresses."""


class Fleet:
    """A lab as it was recorded in C(lab.json). Make one with C(Fleet.up) or C(Fleet.attach)."""

    def __init__(self, home: Path) -> None:
        plan = json.loads((home / "lab.json").read_text())
        self.home = home
        self.switch = Switch(Machine(home / "switch"), home.name, ipaddress.IPv4Network(plan["subnet"]))
        self.keys = Keys(home / "ssh")
        self.hosts = [
            AppHost(home / f"app{n + 1}", self.switch, self.keys, FIRST_HOST + n) for n in range(plan["hosts"])
        ]
        self.balancers = [
            Balancer(home / f"lb{n + 1}", self.switch, self.keys, FIRST_BALANCER + n) for n in range(plan["balancers"])
        ]
        self.registry = Registry(home / "registry", self.switch, self.keys, REGISTRY)
        self.builder = AppHost(home / "builder", self.switch, self.keys, BUILDER)
        """Where images are built; on only while they are."""
        for host in [*self.hosts, self.builder]:
            host.registries = (self.registry.registry_address, self.registry.address_with_password)
        for balancer in self.balancers:
            balancer.apps = {host.name: host.address for host in self.hosts}
        if self.hosts:
            self.hosts[-1].python = sdk.newest_python()

    @classmethod
    def up(cls, name: str = "zd", hosts: int = 3, balancers: int = 1) -> Fleet:
        """Bring a lab up, or what is missing of it, images included. Nothing stays when it fails or is interrupted."""
        home = places.home(name)
        with places.locked(home):
            complete = home / "complete"
            new = not complete.exists()
            try:
                if new:
                    _remove(home)
                with places.locked(places.base()):
                    _record(home, hosts, balancers)
                sdk.make()
                fleet = cls(home)
                fleet.power_on()
                images.ensure(fleet)
                complete.touch()
            except BaseException:
                if new:
                    _remove(home)
                    home.rmdir()
                raise
        return fleet

    @classmethod
    @contextlib.contextmanager
    def own(cls, name: str, hosts: int = 3, balancers: int = 1, keep: bool = False) -> t.Iterator[Fleet]:
        """A new lab for this program alone, whatever an earlier one left; down in the end unless C(keep) says no."""
        with places.held(places.home(name)):
            take_down(name)
            try:
                yield cls.up(name, hosts, balancers)
            finally:
                if not keep:
                    take_down(name)

    @classmethod
    def attach(cls, name: str = "zd") -> Fleet:
        """A lab that is up; LabError when there is none of that name."""
        home = places.home(name)
        if not (home / "lab.json").exists():
            raise LabError(f"There is no lab {name} in {places.base()}: start it with tests/lab up --name {name}.")
        return cls(home)

    def down(self) -> None:
        take_down(self.home.name)

    @property
    def all_hosts(self) -> list[Host]:
        return [*self.hosts, *self.balancers, self.registry]

    @property
    def inventory(self) -> Path:
        """Groups C(app) and C(load_balancers)."""
        return self.home / "inventory.yml"

    @property
    def registry_address(self) -> str:
        """Of the registry that asks for no password, to put before an image's name."""
        return self.registry.registry_address

    def power_on(self) -> None:
        """Every host, and wait until all that belongs on them answers. No change where it does."""
        self.keys.make(self.switch)
        self.switch.start()
        groups: dict[str, t.Sequence[Host]] = {"app": self.hosts, "load_balancers": self.balancers}
        self.inventory.write_text(inventory.render(self.keys, groups))
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(_power_on, self.all_hosts))

    def status(self) -> list[str]:
        """A line for each host."""
        return [f"{host.name:<10}{host.address:<16}{'on' if host.is_on else 'off'}" for host in self.all_hosts]


def take_down(name: str) -> None:
    """Remove everything of a lab, whatever state it is in. Images stay in the cache."""
    home = places.home(name)
    with places.locked(home):
        _remove(home)
        home.rmdir()


def _remove(home: Path) -> None:
    """Everything but the folder itself, which is locked."""
    await_starters(home)
    with contextlib.suppress(OSError, subprocess.TimeoutExpired):
        Keys(home / "ssh").close_connections()
    # Hosts first: the switch takes the interfaces of what still runs.
    for folder in sorted(inits(home), key=lambda folder: folder.name == "switch"):
        Machine(folder).stop()
    Switch(Machine(home / "switch"), home.name, ipaddress.IPv4Network("10.0.0.0/24")).stop()
    remove_cgroups(f"/zero-downtime-lab/{home.name}")
    clear(home)


def _power_on(host: Host) -> None:
    host.power_on()
    host.verify()


def _record(home: Path, hosts: int, balancers: int) -> None:
    plan = home / "lab.json"
    if not (1 <= hosts <= MOST_HOSTS and 1 <= balancers <= MOST_BALANCERS):
        raise LabError(f"A lab has 1 to {MOST_HOSTS} hosts and 1 to {MOST_BALANCERS} balancers.")
    wanted: dict[str, t.Any] = {"hosts": hosts, "balancers": balancers}
    if plan.exists():
        found = json.loads(plan.read_text())
        if {**found, **wanted} != found:
            counts = f"{found['hosts']} hosts and {found['balancers']} balancers"
            raise LabError(f"The lab {home.name} has {counts}: take it down first.")
        return
    others = [
        ipaddress.IPv4Network(json.loads(path.read_text())["subnet"]) for path in places.base().glob("*/lab.json")
    ]
    wanted["subnet"] = str(free_subnet([*taken(), *others]))
    home.mkdir(parents=True, exist_ok=True)
    draft = plan.with_suffix(".draft")
    draft.write_text(json.dumps(wanted))
    draft.rename(plan)
