# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab does what its hosts' real models do, and leaves nothing behind however it ends."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import typing as t
from pathlib import Path

import pytest
from controller import environment
from lab import Fleet, LabError, load, places, requirements
from lab.fetch import fetch
from lab.fleet import take_down
from lab.host import answers
from lab.namespaces import inits, wait_until
from lab.watch import Watch, counters, serving, workers
from workers import lab_name

LAB = Path(__file__).resolve().parents[2] / "lab"
NAME, DOOMED = lab_name("lab"), lab_name("doomed")

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0 or bool(requirements.missing()), reason="needs root and what tests/lab requirements names"
)


class PidNamespaces:
    """Those of a lab's machines, held open: the kernel gives the number of one that is gone to the next."""

    def __init__(self, home: Path) -> None:
        self.handles = [os.open(f"/proc/{pid}/ns/pid", os.O_RDONLY) for pid in inits(home).values()]

    def processes(self) -> list[int]:
        spaces = {os.fstat(handle).st_ino for handle in self.handles}
        found = []
        for pid in map(int, filter(str.isdigit, os.listdir("/proc"))):
            with contextlib.suppress(OSError):  # ended since
                if os.stat(f"/proc/{pid}/ns/pid").st_ino in spaces:
                    found.append(pid)
        return found

    def __enter__(self) -> PidNamespaces:
        return self

    def __exit__(self, *_: object) -> None:
        for handle in self.handles:
            os.close(handle)


def remains(name: str) -> list[str]:
    """Everything on this machine that carries the lab's name."""
    home = str(places.home(name))
    found = [line for line in Path("/proc/self/mountinfo").read_text().splitlines() if home in line]
    found += [interface for interface in os.listdir("/sys/class/net") if interface == f"zd-{name}"]
    found += [str(path) for path in Path("/sys/fs/cgroup").glob(f"**/zero-downtime-lab/{name}")]
    found += [home] if Path(home).exists() else []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            command = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
        except OSError:
            continue
        found += [command] if home in command else []
    return found


def read(url: str) -> tuple[str, str]:
    """Body, and version as its header says."""
    with fetch(url) as answer:
        return answer.read().decode(), answer.headers["X-Version"]


def in_flight(fleet: Fleet, server: str = "BACKEND") -> int:
    return next(int(row["scur"]) for row in fleet.balancers[0].stats("hello") if row["svname"] == server)


@pytest.fixture(scope="module")
def fleet() -> t.Iterator[Fleet]:
    with Fleet.own(NAME, hosts=2, balancers=1) as fleet:
        yield fleet


@pytest.fixture(scope="module")
def busy(fleet: Fleet) -> Fleet:
    """hello v1 on every host and up in HAProxy."""
    for host in fleet.hosts:
        host.docker("run", "--detach", "--restart=always", "--name=hello", "--publish=8080:8080", hello(fleet, "v1"))
    wait_until(lambda: len(serving(fleet.balancers[0], "hello")) == len(fleet.hosts), "every server up")
    return fleet


def hello(fleet: Fleet, tag: str) -> str:
    return f"{fleet.registry_address}/hello:{tag}"


def test_up_again_changes_nothing(fleet: Fleet) -> None:
    before = inits(fleet.home)
    assert Fleet.up(NAME, hosts=2, balancers=1).registry_address == fleet.registry_address
    assert inits(fleet.home) == before


def test_another_size_is_refused(fleet: Fleet) -> None:
    with pytest.raises(LabError, match="take it down first"):
        Fleet.up(NAME, hosts=3, balancers=1)
    assert len(inits(fleet.home)) == 5


def test_ansible_reaches_every_host_as_a_machine_of_its_own(fleet: Fleet) -> None:
    ansible = Path(sys.executable).with_name("ansible")
    if not ansible.exists():
        pytest.skip("no ansible beside this Python")
    command = [str(ansible), "-i", str(fleet.inventory), "app:load_balancers", "-m", "command", "-a", "hostname"]
    done = subprocess.run(command, env=environment(), text=True, capture_output=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert {"app1", "app2", "lb1"} <= set(done.stdout.split())


def test_writes_of_a_host_are_its_own(fleet: Fleet) -> None:
    first, second = fleet.hosts
    for path in ("/etc/lab-test", "/root/lab-test", "/run/lab-test", "/tmp/lab-test", "/var/lib/lab-test"):  # noqa: S108
        first.write(path, "mine")
        assert first.run(["cat", path]).stdout == "mine"
        assert second.run(["test", "-e", path], check=False).returncode == 1
        assert not Path(path).exists()


def test_the_last_host_has_the_newest_sdk(fleet: Fleet) -> None:
    host = fleet.hosts[-1]
    if host.python == "/usr/bin/python3":
        pytest.skip("no newer SDK could be installed here")
    version = host.run([host.python, "-c", "import docker, requests; print(docker.__version__)"]).stdout
    assert int(version.split(".")[0]) >= 7


def test_haproxy_balances_over_the_hosts(busy: Fleet) -> None:
    balancer = busy.balancers[0]
    hosts = {json.loads(read(balancer.url())[0])["host"] for dummy in range(8)}
    assert len(hosts) == len(busy.hosts)


def test_idle_slots_are_disabled(busy: Fleet) -> None:
    rows = busy.balancers[0].stats("slots")
    assert {row["svname"]: row["status"] for row in rows if row["svname"].endswith("8082")} == {
        "app1-8082": "MAINT",
        "app2-8082": "MAINT",
    }


def test_a_reload_loses_nothing_and_counts_on(busy: Fleet) -> None:
    balancer = busy.balancers[0]
    before = balancer.pid

    def answered() -> int:
        return counters(balancer, "hello").answered_2xx

    with Watch(balancer, "hello") as watch:
        with load.start(balancer.url("/hello?sleep=2"), connections=2):
            wait_until(lambda: in_flight(busy) == 2, "the slow requests")
            so_far = answered()
            with load.start(balancer.url(), connections=4) as running:
                wait_until(lambda: answered() > so_far + 100, "the quick ones")
                balancer.reload()
                wait_until(lambda: answered() > 100, "the new worker's answers")
                report = running.stop()
        wait_until(lambda: len(workers(balancer)) == 1, "the old worker's end")
    assert balancer.pid != before
    assert report.lost == 0
    assert watch.counted.signs_of_loss == 0
    # The slow ones and what was in flight at the end are HAProxy's surplus over the quick clients' count.
    assert 0 <= watch.counted.answered_2xx - report.ok_2xx <= 10
    assert counters(balancer, "hello").answered_2xx < watch.counted.answered_2xx


def test_a_kill_without_drain_shows(busy: Fleet) -> None:
    """The lab repairs nothing: were this to pass unseen, no test of ours would mean anything.

    Requests of 0.2 s, so that the host certainly has some when it goes.
    """
    balancer, host = busy.balancers[0], busy.hosts[0]
    with Watch(balancer, "hello") as watch, load.start(balancer.url("/hello?sleep=0.2"), connections=16) as running:
        wait_until(lambda: in_flight(busy, host.name) > 0, "a request on the host")
        host.docker("kill", "hello")
        wait_until(lambda: host.name not in serving(balancer, "hello"), "HAProxy's notice")
        # It tries each request four times, a second apart, before it counts it as lost.
        wait_until(lambda: watch.counted.signs_of_loss > 0, "HAProxy's own count")
        report = running.stop()
    host.docker("start", "hello")
    wait_until(lambda: host.name in serving(balancer, "hello"), "the server's return")
    assert report.lost > 0
    assert watch.counted.signs_of_loss > 0
    assert (watch.fewest, watch.most_out) == (1, 1)
    assert [(event.server, event.serves) for event in watch.timeline][-1] == (host.name, False)


def test_a_power_cut_ends_containers_and_keeps_disks_and_address(busy: Fleet) -> None:
    host = busy.hosts[0]
    host.power_off()
    assert not answers(host.address, 8080)
    host.power_on()
    host.verify()
    wait_until(lambda: answers(host.address, 8080), "the container's restart policy")
    assert host.inspect("hello")["State"]["Running"]


def test_a_killed_engine_comes_back(busy: Fleet) -> None:
    host = busy.hosts[0]
    host.kill_engine()
    assert host.docker("ps", check=False).returncode != 0
    host.start_engine()
    assert host.docker("ps", check=False).returncode == 0


def test_a_cut_network_is_silent_until_it_is_mended(busy: Fleet) -> None:
    host = busy.hosts[1]
    host.cut_network()
    assert not answers(host.address, 22)
    host.mend_network()
    wait_until(lambda: answers(host.address, 22), "the mended network")


def test_every_image_can_be_pulled(fleet: Fleet) -> None:
    base = f"http://{fleet.registry_address}/v2"
    for repository, tags in {
        "hello": {"v1", "v2", "v3", "v2-dies", "crashes", "v1-checked"},
        "nginx": {"v1", "v2"},
    }.items():
        assert tags <= set(json.loads(read(f"{base}/{repository}/tags/list")[0])["tags"])


def test_nginx_serves_its_version(fleet: Fleet) -> None:
    host = fleet.hosts[1]
    host.docker("run", "--detach", "--name=nginx", "--publish=8090:8080", f"{fleet.registry_address}/nginx:v2")
    wait_until(lambda: answers(host.address, 8090), "nginx")
    try:
        assert read(f"http://{host.address}:8090/hello") == ("nginx v2\n", "v2")
    finally:
        host.docker("rm", "--force", "nginx")


def test_the_registry_with_a_password_asks_for_it(fleet: Fleet) -> None:
    host, address = fleet.hosts[0], fleet.registry.address_with_password
    assert host.docker("pull", f"{address}/hello:v1", check=False).returncode != 0
    host.docker("login", "--username=lab", "--password-stdin", address, input="lab-password")
    host.docker("pull", f"{address}/hello:v1")


def test_two_labs_live_side_by_side_and_one_leaves_alone(fleet: Fleet) -> None:
    try:
        other = Fleet.up(DOOMED, hosts=1, balancers=1)
        assert other.switch.subnet != fleet.switch.subnet
        other.hosts[0].docker("run", "--detach", hello(other, "v1-dies"))
        with PidNamespaces(other.home) as spaces:
            assert len(spaces.processes()) > 10
            other.down()
            assert spaces.processes() == []
    finally:
        take_down(DOOMED)
    assert remains(DOOMED) == []
    assert all(host.is_on for host in fleet.all_hosts)
    fleet.hosts[0].verify()


@pytest.mark.parametrize("after", [1, 3], ids=lambda n: f"{n} machines")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGKILL, -9)])
def test_an_interrupted_up_leaves_nothing(number: signal.Signals, code: int, after: int) -> None:
    """After kill -9 nobody is left to tidy up: C(down) does."""
    # A shell has its background jobs ignore SIGINT, and whoever starts the tests like that hands it on.
    command = ["env", "--default-signal=INT", sys.executable, str(LAB), "up", "--name", DOOMED]
    up = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        wait_until(lambda: len(inits(places.home(DOOMED))) >= after, "the first machines")
        up.send_signal(number)
        assert up.wait(60) == code
        if number == signal.SIGKILL:
            time.sleep(0.2)  # a machine that was just being made
            take_down(DOOMED)
        assert remains(DOOMED) == []
    finally:
        up.kill()
        take_down(DOOMED)


def test_down_leaves_nothing_and_may_be_repeated() -> None:
    fleet = Fleet.up(NAME, hosts=2, balancers=1)
    with PidNamespaces(fleet.home) as spaces:
        fleet.down()
        assert spaces.processes() == []
    assert remains(NAME) == []
    fleet.down()


def test_down_of_another_checkout_leaves_nothing_either(tmp_path: Path) -> None:
    """The one that brought it up may have been removed since."""
    Fleet.up(NAME, hosts=1, balancers=1)
    shutil.copytree(LAB, tmp_path / "tests" / "lab")
    subprocess.run([sys.executable, str(tmp_path / "tests" / "lab"), "down", "--name", NAME], check=True)
    assert remains(NAME) == []


def test_attach_to_no_lab_says_what_to_do() -> None:
    with pytest.raises(LabError, match="tests/lab up --name nobody"):
        Fleet.attach("nobody")


def test_without_the_programs_it_says_what_is_missing(tmp_path: Path) -> None:
    nowhere = {"PATH": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, str(LAB), "requirements"], env=nowhere, text=True, capture_output=True, check=False
    )
    assert done.returncode == 2
    assert "--install" in done.stderr
