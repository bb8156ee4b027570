# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A lab for each process that strikes, C(--seed) and C(--fuzz-seconds), and the table at the end."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import random
import re
import signal
from pathlib import Path

import pytest
from controller import Controller, inventory
from lab import Fleet, places
from lab.fleet import take_down
from site_under_test import SLOTS, Site

from faults import settle
from faults.table import markdown
from faults.trial import ROLLED, VERSIONS, Result, leftovers, rolled_versions

ROOT = Path(__file__).resolve().parents[2]
TABLE = ROOT / ".cache" / "faults.md"
SCREENS = ROOT / ".cache" / "faults"
STRIKE = "strike"


def pytest_addoption(parser):
    seed = random.randrange(10**6)  # noqa: S311
    parser.addoption("--seed", type=int, default=seed, help="of the random strikes (default: a new one, printed)")
    parser.addoption("--fuzz-seconds", type=float, default=120, help="how long to strike at random (default: 120)")


def pytest_report_header(config):
    return f"random strikes: --seed={config.getoption('seed')} --fuzz-seconds={config.getoption('fuzz_seconds'):g}"


def pytest_configure(config):
    config.addinivalue_line("markers", "quick: the part of the fault suite that make test runs")
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Table())
        config.pluginmanager.register(WorkersLabs())


class WorkersLabs:
    """pytest-xdist kills its workers 10 s after an interrupted run, some before they have taken down their lab."""

    def __init__(self):
        self._workers = {}

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node):
        self._workers[lab_name(node.gateway.id)] = node.gateway._rinfo().pid

    def pytest_keyboard_interrupt(self, excinfo):
        """Ctrl-C reaches the workers by itself; the signal that tests/conftest.py makes an interrupt of does not."""
        for pid in self._workers.values() if excinfo.value.args else ():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)

    def pytest_unconfigure(self):
        for name in self._workers:
            if places.home(name).exists():
                take_down(name)


def lab_name(worker):
    given = os.environ.get("LAB_NAME")
    name = f"{given}f" if given else "faults"  # make test runs tests/e2e at the same time
    return name + worker.lstrip("gw")


class Table:
    """What every process has seen; with pytest-xdist a strike comes as a property of its test's report."""

    def __init__(self):
        self.results = []

    def pytest_runtest_logreport(self, report):
        if report.when == "call":
            self.results += [Result(**strike) for name, strike in report.user_properties if name == STRIKE]
            if self.results:
                TABLE.parent.mkdir(exist_ok=True)
                TABLE.write_text(markdown(self.results))

    def pytest_terminal_summary(self, terminalreporter):
        if self.results:
            terminalreporter.section(f"{len(self.results)} strikes, also in {TABLE.relative_to(ROOT)}")
            terminalreporter.write(markdown(self.results))


@pytest.fixture(scope="session")
def fleet():
    with Fleet.own(lab_name(os.environ.get("PYTEST_XDIST_WORKER", ""))) as fleet:
        for host in [*fleet.hosts, *fleet.balancers]:
            settle.install_time_wrapper(host)
        yield fleet


@pytest.fixture(scope="session")
def controller(fleet, tmp_path_factory):
    return Controller(
        inventory(tmp_path_factory.mktemp("inventory"), fleet.inventory), {"rollout_hosts": ",".join(ROLLED)}
    )


@pytest.fixture
def site(fleet, controller):
    """Three hosts that serve, those of ROLLED on one of VERSIONS, whatever the test before has left."""
    return made_fit(Site(fleet, controller))


@pytest.fixture
def slots(fleet, controller):
    """The same of a service in two slots."""
    controller = dataclasses.replace(controller, variables={**controller.variables, **SLOTS})
    return made_fit(Site(fleet, controller, backend="slots", port=81))


def made_fit(site):
    versions = set(rolled_versions(site))
    if len(versions) != 1 or not versions <= {"v1", "v2"} or leftovers(site, patience=0):
        settle.from_nothing(site.fleet)
        run = site.deploy(VERSIONS[0], rollout_hosts="app")
        assert run.rc == 0, run.output
    return site


@pytest.fixture
def judged(request):
    """Put a Result into the table, and fail where there is something to complain about."""

    def judge(result):
        request.node.user_properties.append((STRIKE, dataclasses.asdict(dataclasses.replace(result, screens=[]))))
        if result.problems:
            SCREENS.mkdir(parents=True, exist_ok=True)
            screens = SCREENS / f"{re.sub('[^a-z0-9]+', '-', f'{result.fault} {result.step}'.lower())}.log"
            screens.write_text("\n\n".join(result.screens))
            pytest.fail(f"{'; '.join(result.problems)}. What the runs said: {screens}", pytrace=False)

    return judge
