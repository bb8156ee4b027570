# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is measured: on how many hosts, who takes part, and what ours has to reach. Data only."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass


@dataclass(frozen=True)
class Service:
    """What is rolled: one container on each host, or one in either of two slots."""

    name: str
    """Of the container, before its port if there are slots."""
    backend: str
    front: int
    """The load balancer's port that leads to it."""
    ports: tuple[int, ...]
    """Of a host; two are slots."""
    settings: str
    """File with the variables by which ours knows it."""

    def container(self, port: int) -> str:
        return f"{self.name}-{port}" if self.has_slots else self.name

    def servers(self, host: str) -> tuple[str, ...]:
        """Names in HAProxy of a host."""
        return tuple(f"{host}-{port}" for port in self.ports) if self.has_slots else (host,)

    @property
    def has_slots(self) -> bool:
        return len(self.ports) > 1


@dataclass(frozen=True)
class Target:
    """The most that ours may take."""

    figure: t.Literal["seconds", "cpu"]
    at_most: float
    than: str = ""
    """C(at_most) is a multiple of what this contestant takes; without one, it is in seconds."""


@dataclass(frozen=True)
class Scenario:
    title: str
    hosts: int
    batch: int
    """How many hosts take a turn at once."""
    contestants: tuple[str, ...]
    targets: tuple[Target, ...]
    turns: int
    """How often each deploys, after once that is not counted."""
    service: Service
    request: float
    """Seconds that each request takes."""


CHECK_INTERVAL = 500
"""Milliseconds between two of HAProxy's health checks of a server."""

ONE_PORT = Service("hello", "hello", 80, (8080,), "one_port.yml")
TWO_SLOTS = Service("hello-slots", "slots", 81, (8081, 8082), "two_slots.yml")

# The multiples and the 17 s are those of issue 12.
SCENARIOS = {
    "three": Scenario(
        title="three hosts, one by one",
        hosts=3,
        batch=1,
        contestants=("floor", "recipe", "recipe-without-facts", "ours"),
        targets=(
            Target("seconds", 1.9, "floor"),
            Target("seconds", 0.95, "recipe-without-facts"),
            Target("cpu", 1.2, "recipe-without-facts"),
        ),
        turns=4,
        service=ONE_PORT,
        request=0.1,
    ),
    "twelve": Scenario(
        title="twelve hosts, three at a time",
        hosts=12,
        batch=3,
        contestants=("recipe-without-facts", "ours"),
        targets=(Target("seconds", 0.9, "recipe-without-facts"), Target("cpu", 1.2, "recipe-without-facts")),
        turns=3,
        service=ONE_PORT,
        request=0.1,
    ),
    "slots": Scenario(
        title="three hosts, one by one, old and new side by side, requests of 3 s in flight",
        hosts=3,
        batch=1,
        contestants=("ours",),
        targets=(Target("seconds", 17.0),),
        turns=3,
        service=TWO_SLOTS,
        request=3.0,
    ),
}
