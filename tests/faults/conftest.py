# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A lab for each process that strikes, C(--seed) and C(--fuzz-seconds), and the table at the end."""

from __future__ import annotations

import dataclasses
import random
import re
from pathlib import Path

import pytest
from controller import Controller, inventory
from lab import Fleet
from site_under_test import AT_ONCE, SLOTS, Site
from workers import lab_name

from faults import settle
from faults.table import markdown
from faults.trial import ROLLED, VERSIONS, Result, leftovers, rolled_versions

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
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
    config.addinivalue_line("markers", "exhaustive: the rest of the fault suite, for make test-faults")
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Table())


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    for item in items:
        if HERE in item.path.parents and not item.get_closest_marker("quick"):
            item.add_marker("exhaustive")


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
    with Fleet.own(lab_name("faults")) as fleet:
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
        run = site.deploy(VERSIONS[0], rollout_hosts="app", **AT_ONCE)
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
