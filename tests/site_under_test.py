# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests do to a site and see of it: deploys, the versions that answer, what load and HAProxy counted."""

from __future__ import annotations

import contextlib
import dataclasses
import http.client
import json
import re
import time
import typing as t
import urllib.request

import accounts
import status_table
from accounts import Ledger, Rollout
from controller import Controller, Run
from lab import Balancer, Fleet
from lab.fetch import fetch
from lab.load import LoadReport, start
from lab.namespaces import wait_until
from lab.watch import Counters, Watch

QUICK_CLIENTS, SLOW_CLIENTS = 16, 8
"""How many ask at once. Each may have a request in flight when it is ended: only HAProxy counts those."""
CLIENTS = QUICK_CLIENTS + SLOW_CLIENTS
NEVER_HEALTHY = {"rollout_health": {"path": "/ping", "status_code": [299], "timeout": 3}}
"""For whatever version: none answers so."""
V1, V2 = ({"app1": version, "app2": version, "app3": version} for version in ("v1", "v2"))
"""What V(Site.versions) tells when all three hosts run one version."""
LOCK = "/var/lib/zero_downtime/locks/hello.json"
"""Of the service hello, on each load balancer."""
PACED, FULL_SPEED = "/hello?sleep=0.02", "/hello"
"""At full speed the load takes the machine from the rollout, which then takes three times as long."""
SLOTS = {
    "rollout_backend": "slots",
    "rollout_strategy": "start_first",
    "rollout_slots": [8081, 8082],
    "rollout_port": 8080,
    "rollout_container": {"restart_policy": "unless-stopped"},
    "rollout_service": "hello-slots",
}
"""For a service in two slots, which port 81 of a load balancer leads to."""
AT_ONCE = {"rollout_batches": ["100%"], "rollout_min_healthy": 0}
"""For the state that a test begins with: there is no load yet, so no host has to wait for the others."""
MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"


def fails_to_start_on(name: str) -> dict[str, t.Any]:
    """Variables by which any version runs on every host but on that of this I(name)."""
    command = f"{{{{ '/nothing' if inventory_hostname == '{name}' else 'python3 /hello.py' }}}}"
    return {"rollout_container": {"published_ports": ["8080:8080"], "command": command}}


@dataclasses.dataclass
class Traffic:
    """Kept-alive requests, and beside them such as take seconds. Filled in when it has ended."""

    watch: Watch
    quick: LoadReport | None = None
    slow: LoadReport | None = None
    rollouts: t.Sequence[Rollout] = ()

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

    def assert_ledgers_are_true(self) -> None:
        """Of the rollouts during this load."""
        if self.rollouts:
            assert accounts.disagreements(self.rollouts, self.watch, self.reports, CLIENTS) == []


@dataclasses.dataclass(frozen=True)
class Site:
    """A service of the lab: I(backend) in HAProxy, which the load balancer's I(port) leads to.

    Load goes through the load balancer of the number I(front), which is also who is asked what serves.
    """

    fleet: Fleet
    controller: Controller
    backend: str = "hello"
    port: int = 80
    front: int = 0
    rollouts: list[Rollout] = dataclasses.field(default_factory=list, compare=False)
    """That told a ledger, with their times by the monotonic clock."""

    def scenario(self, image: str = "hello:v1") -> t.Iterator[Site]:
        """For a fixture: all hosts serve I(image) before; whatever they run after, status.yml tells it as it is."""
        if not self.runs(image):
            run = self.deploy(image, **AT_ONCE)
            assert run.rc == 0, run.output
        yield self
        self.assert_status_is_true()

    def image(self, name: str) -> str:
        return f"{self.fleet.registry_address}/{name}"

    def deploy(self, image: str, *arguments: str, **variables: t.Any) -> Run:
        return self.play("zero.downtime.deploy", *arguments, rollout_image=self.image(image), **variables)

    def play(self, playbook: str, *arguments: str, **variables: t.Any) -> Run:
        """Of this site, so that a rollout under load has its ledger held against the load."""
        began = time.monotonic()
        run = self.controller.play(playbook, *arguments, **variables)
        assert "[DEPRECATION WARNING]" not in run.output, run.output
        ledger = Ledger.read(run.output)
        if ledger is not None:
            self.rollouts.append(Rollout(began, time.monotonic(), ledger))
        return run

    @property
    def balancer(self) -> Balancer:
        return self.fleet.balancers[self.front]

    @contextlib.contextmanager
    def traffic(self, path: str = PACED, slow: str = "/hello?sleep=2") -> t.Iterator[Traffic]:
        """Load as long as the block lasts. The ledger of every rollout in it must agree with what the load got."""
        with Watch(self.balancer, self.backend) as watch:
            traffic = Traffic(watch)
            quick_url, slow_url = self.balancer.url(path, self.port), self.balancer.url(slow, self.port)
            with start(quick_url, QUICK_CLIENTS) as quick, start(slow_url, SLOW_CLIENTS) as slowly:
                earlier = len(self.rollouts)
                yield traffic
                traffic.quick, traffic.slow = quick.stop(), slowly.stop()
            # What was in flight then is in these books, and not in those of a load that follows at once.
            wait_until(lambda: self.in_flight() == 0, "the end of the last requests")
        offset = time.monotonic() - watch.now
        traffic.rollouts = [
            each._replace(began=each.began - offset, ended=each.ended - offset) for each in self.rollouts[earlier:]
        ]
        traffic.assert_ledgers_are_true()

    def in_flight(self) -> int:
        """Requests that servers have now, by HAProxy's count."""
        return sum(int(row["scur"]) for row in self.balancer.stats(self.backend))

    def digest(self, image: str) -> str:
        """By which the registry knows it."""
        with self.manifest(image, "HEAD") as answer:
            return str(answer.headers["Docker-Content-Digest"])

    def manifest(self, image: str, method: str = "GET", content: bytes | None = None) -> http.client.HTTPResponse:
        """The registry's answer about the manifest of C(name:tag) or C(name@digest)."""
        name, reference = re.split("[:@]", image, maxsplit=1)
        url = f"http://{self.fleet.registry_address}/v2/{name}/manifests/{reference}"
        headers = {"Accept": MANIFEST, "Content-Type": MANIFEST}
        return fetch(urllib.request.Request(url, content, headers, method=method))

    def versions(self) -> dict[str, str]:
        """What each host itself answers on the service's ports; V() where nothing does."""
        return {
            host.name: "+".join(filter(None, (_version(host.address, port) for port in self.slots or (8080,))))
            for host in self.fleet.hosts
        }

    def runs(self, image: str) -> bool:
        """Whether every host runs the very image and serves; for a service in one container a host."""
        digest = self.digest(image)
        for host in self.fleet.hosts:
            found = host.docker("container", "inspect", "--format", "{{.Config.Image}}", self.service, check=False)
            if not found.stdout.strip().endswith(f"@{digest}"):
                return False
        return self.serving() == {host.name for host in self.fleet.hosts}

    @property
    def service(self) -> str:
        return str(self.controller.variables.get("rollout_service", "hello"))

    @property
    def slots(self) -> list[int]:
        return list(self.controller.variables.get("rollout_slots", []))

    def lines(self, name: str) -> list[str]:
        """The server of a host in HAProxy, or with slots those that it has."""
        return [f"{name}-{slot}" for slot in self.slots] or [name]

    def assert_status_is_true(self) -> None:
        """status.yml says what Docker, HAProxy and the history on each host say."""
        run = self.controller.play("zero.downtime.status")
        assert run.rc == 0, run.output
        told, below = status_table.read(run.said)
        expected = {
            host.name: status_table.expected(host, self.service, self.slots, self.backend, self.fleet.balancers)
            for host in self.fleet.hosts
        }
        assert told == expected
        assert run.changed == dict.fromkeys(told, 0)
        assert any(line.startswith("drift: ") for line in below) == (len({cells[1] for cells in told.values()}) > 1)
        for host in self.fleet.hosts:
            change = status_table.last_change(host, self.service)
            assert any(line.startswith(change) for line in below), (change, below)

    def serving(self) -> set[str]:
        """The servers that HAProxy sends requests to."""
        with Watch(self.balancer, self.backend) as watch:
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


def _version(address: str, port: int) -> str:
    try:
        with fetch(f"http://{address}:{port}/hello") as answer:
            return str(json.load(answer)["version"])
    except OSError:
        return ""
