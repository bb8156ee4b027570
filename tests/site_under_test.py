# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests do to a site and see of it: deploys, the versions that answer, what load and HAProxy counted."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import typing as t
import urllib.request

from controller import Controller, Run
from lab import Fleet
from lab.load import LoadReport, start
from lab.watch import Counters, Watch

QUICK_CLIENTS, SLOW_CLIENTS = 16, 8
"""How many ask at once. Each may have a request in flight when it is ended: only HAProxy counts those."""
CLIENTS = QUICK_CLIENTS + SLOW_CLIENTS


@dataclasses.dataclass
class Traffic:
    """Kept-alive requests without a pause, and beside them requests that take seconds. Filled in when it has ended."""

    watch: Watch
    quick: LoadReport | None = None
    slow: LoadReport | None = None

    @property
    def reports(self) -> list[LoadReport]:
        return [report for report in (self.quick, self.slow) if report]

    @property
    def counted(self) -> Counters:
        return self.watch.counted

    def assert_nothing_lost(self) -> None:
        """By the clients' count and by HAProxy's."""
        assert [str(report) for report in self.reports if report.lost or not report.requests] == []
        assert self.counted.signs_of_loss == 0, self.counted
        assert self.counted.retries == self.counted.redispatches == 0, self.counted
        answered = sum(report.requests for report in self.reports)
        assert answered <= self.counted.answered <= answered + CLIENTS


@dataclasses.dataclass(frozen=True)
class Site:
    """A service of the lab: I(backend) in HAProxy, which the load balancer's I(port) leads to."""

    fleet: Fleet
    controller: Controller
    backend: str = "hello"
    port: int = 80

    def image(self, name: str) -> str:
        return f"{self.fleet.registry_address}/{name}"

    def deploy(self, image: str, *arguments: str, **variables: t.Any) -> Run:
        return self.controller.play("zero.downtime.deploy", *arguments, rollout_image=self.image(image), **variables)

    @contextlib.contextmanager
    def traffic(self, path: str = "/hello", slow: str = "/hello?sleep=2") -> t.Iterator[Traffic]:
        balancer = self.fleet.balancers[0]
        with Watch(balancer, self.backend) as watch:
            traffic = Traffic(watch)
            quick_url, slow_url = balancer.url(path, self.port), balancer.url(slow, self.port)
            with start(quick_url, QUICK_CLIENTS) as quick, start(slow_url, SLOW_CLIENTS) as slowly:
                yield traffic
                traffic.quick, traffic.slow = quick.stop(), slowly.stop()

    def digest(self, image: str) -> str:
        """By which the registry knows it."""
        name, tag = image.split(":")
        manifest = urllib.request.Request(
            f"http://{self.fleet.registry_address}/v2/{name}/manifests/{tag}",
            headers={"Accept": "application/vnd.docker.distribution.manifest.v2+json"},
            method="HEAD",
        )
        with urllib.request.urlopen(manifest, timeout=5) as answer:
            return str(answer.headers["Docker-Content-Digest"])

    def versions(self) -> dict[str, str]:
        """What each host itself answers on the service's port; V() where nothing does."""
        return {host.name: _version(host.address) for host in self.fleet.hosts}

    def serving(self) -> set[str]:
        """The servers that HAProxy sends requests to."""
        with Watch(self.fleet.balancers[0], self.backend) as watch:
            pass
        return set(watch.samples[-1][1])

    def containers(self) -> dict[str, dict[str, str]]:
        """For each host its containers: name to id, with their state. To compare before with after."""
        return {
            host.name: {
                name: state
                for name, _blank, state in (
                    line.partition(" ")
                    for line in host.docker(
                        "ps", "-a", "--no-trunc", "--format", "{{.Names}} {{.ID}} {{.State}}"
                    ).stdout.splitlines()
                )
            }
            for host in self.fleet.hosts
        }


def _version(address: str) -> str:
    try:
        with urllib.request.urlopen(f"http://{address}:8080/hello", timeout=5) as answer:
            return str(json.load(answer)["version"])
    except OSError:
        return ""
