# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be done to a rollout. Each strikes up to its C(yield), and mends after it."""

from __future__ import annotations

import contextlib
import json
import signal
import socket
import time
import typing as t
from dataclasses import dataclass, field

from lab import AppHost, Balancer, Host
from lab.namespaces import wait_until
from site_under_test import Site

from .deploy import Deploy

Mending = t.Iterator[None]
STATE_DIR = "/var/lib/zero_downtime"
LOCK = f"{STATE_DIR}/locks/hello.json"
LAYERS = "/var/lib/docker/overlay2"
"""Where the engine makes the layer of a new container."""
AHEAD = "/run/clock-is-ahead"
SSH_PACKETS = (("INPUT", "--dport"), ("OUTPUT", "--sport"))
SSH_SESSION = "^sshd(-session)?: root"
"""How sshd names what serves a login: since OpenSSH 9.8 a program of its own does."""
JOURNAL = f"{STATE_DIR}/containers/hello/journal.json"
HALF = f"{STATE_DIR}/containers/hello/journal.new"


class Missed(Exception):
    """There was nothing to strike. At its own step a fault has to find it; the fuzz may come when it is not there."""


@dataclass
class Scene:
    """A rollout under way. I(host) is the one whose turn it is."""

    site: Site
    host: AppHost
    image: str
    other_image: str
    deploy: Deploy
    cleanup: contextlib.ExitStack
    """What ends with the trial."""
    rivals: list[Deploy] = field(default_factory=list)

    @property
    def balancer(self) -> Balancer:
        return self.site.fleet.balancers[0]


def nothing(_scene: Scene) -> Mending:
    """For faults that are in the image."""
    yield


# The controller


def signalled(scene: Scene, number: signal.Signals, everybody: bool = False) -> Mending:
    if not scene.deploy.goes_on:
        raise Missed("the rollout is over")
    scene.deploy.signal(number, everybody)
    yield


def rival(scene: Scene, same: bool) -> Mending:
    """A second rollout from the same controller; it has to wait for the first."""
    second = Deploy(scene.site.controller, scene.site.image(scene.image if same else scene.other_image))
    scene.rivals.append(scene.cleanup.enter_context(second))
    yield


# Processes of a host or a load balancer


def module_killed(scene: Scene, on: str) -> Mending:
    _kill_module(_on(scene, on))
    yield


def session_killed(scene: Scene, on: str) -> Mending:
    _hit(_on(scene, on), "pkill", "-KILL", "-f", SSH_SESSION)
    yield


def engine_killed(scene: Scene) -> Mending:
    _hit(scene.host, "pgrep", "-x", "dockerd")
    scene.host.kill_engine()
    yield
    scene.host.start_engine()


def engine_stopped(scene: Scene) -> Mending:
    """As a restart of Docker's service does without C(live-restore): all containers go along."""
    _hit(scene.host, "pkill", "-TERM", "-x", "dockerd")
    wait_until(lambda: not scene.host.machine.runs("dockerd"), f"the end of the engine of {scene.host.name}", 60)
    yield
    scene.host.start_engine()


def app_killed(scene: Scene) -> Mending:
    """The process, as a crash would, not C(docker kill), after which the engine would not restart it."""
    script = 'pid=$(docker container inspect --format "{{.State.Pid}}" hello) && test "$pid" != 0 && kill -KILL "$pid"'
    _hit(scene.host, "sh", "-c", script)
    yield


# Hands


def container_removed(scene: Scene) -> Mending:
    _hit(scene.host, "docker", "container", "inspect", "hello")  # later engines let rm --force find nothing
    _hit(scene.host, "docker", "rm", "--force", "hello")
    yield


def container_renamed(scene: Scene) -> Mending:
    """And given back its name by the same hand before the next run."""
    _hit(scene.host, "docker", "rename", "hello", "by-hand")
    yield
    if scene.host.docker("rename", "by-hand", "hello", check=False).returncode:
        scene.host.docker("rm", "--force", "by-hand", check=False)


def image_gone_from_host(scene: Scene) -> Mending:
    script = 'docker image rm --force "$(docker image inspect --format "{{.Id}}" "$0")"'
    _hit(scene.host, "sh", "-c", script, scene.site.image(scene.image))
    yield


# Power and network


def power_cut(scene: Scene) -> Mending:
    scene.host.power_off()
    yield
    scene.host.power_on()
    scene.host.verify()


def network_cut(scene: Scene, on: str) -> Mending:
    host = _on(scene, on)
    host.cut_network()
    yield
    host.mend_network()


def login_cut(scene: Scene, on: str) -> Mending:
    yield from connections_lost(_on(scene, on))


def connections_lost(host: Host) -> Mending:
    """Ansible's die in silence; clients notice nothing."""
    rules = [[chain, "-p", "tcp", port, "22", "-j", "DROP"] for chain, port in SSH_PACKETS]
    for rule in rules:
        host.run(["iptables", "--insert", *rule])
    yield
    for rule in rules:
        host.run(["iptables", "--delete", *rule])


def registry_off(scene: Scene) -> Mending:
    registry = scene.site.fleet.registry
    registry.power_off()
    yield
    registry.power_on()
    registry.verify()


def image_gone_from_registry(scene: Scene) -> Mending:
    """The manifest, as a cleanup job removes it; its layers stay, so that it can be put back."""
    site = scene.site
    with site.manifest(scene.image) as answer:
        content, digest = answer.read(), answer.headers["Docker-Content-Digest"]
    site.manifest(f"{scene.image.partition(':')[0]}@{digest}", "DELETE").close()
    yield
    site.manifest(scene.image, "PUT", content).close()


# Disks


def full_state_disk(scene: Scene) -> Mending:
    """A disk with what was there, and not a byte more."""
    script = """
        mkdir /run/full && mount -t tmpfs -o size=64k tmpfs /run/full && cp -a "$0"/. /run/full/ || exit
        ! dd if=/dev/zero of=/run/full/filler bs=4k 2>/dev/null && mount --bind /run/full "$0"
    """
    scene.host.run(["sh", "-c", script, STATE_DIR])
    yield
    scene.host.run(["umount", "--lazy", STATE_DIR], check=False)
    scene.host.run(["umount", "--lazy", "/run/full"], check=False)
    scene.host.run(["rmdir", "/run/full"], check=False)


def read_only_state(scene: Scene) -> Mending:
    """As a file system that the kernel remounts after an error."""
    scene.host.run(["sh", "-c", 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0"', STATE_DIR])
    yield
    scene.host.run(["umount", "--lazy", STATE_DIR], check=False)


def full_engine_disk(scene: Scene) -> Mending:
    """No inode left for the layer of a new container."""
    scene.host.run(["test", "-d", f"{LAYERS}/l"])  # where an engine with this storage driver keeps its links
    scene.host.run(["mount", "-t", "tmpfs", "-o", "nr_inodes=1", "tmpfs", LAYERS])
    yield
    scene.host.run(["umount", "--lazy", LAYERS], check=False)


# Files


def half_written_journal(scene: Scene) -> Mending:
    """What a power cut in the middle of a write leaves beside the journal."""
    scene.deploy.signal(signal.SIGKILL, everybody=True)
    if scene.host.run(["test", "-e", JOURNAL], check=False).returncode == 0:  # else nobody is writing it
        _kill_module(scene.host)
    scene.host.write(HALF, '{"format": 1, "intent": {"what": "sw')
    yield


def broken_journal(scene: Scene) -> Mending:
    """What no power cut leaves, but a broken disk may."""
    half = half_written_journal(scene)
    next(half, None)
    scene.host.run(["cp", HALF, JOURNAL])
    yield


def foreign_lock(scene: Scene, age: float, ttl: float) -> Mending:
    """The lock as another controller's rollout left it C(age) seconds ago."""
    scene.deploy.kill()
    boot = scene.balancer.run(["cat", "/proc/sys/kernel/random/boot_id"]).stdout.strip()
    refreshed = {"boot_id": boot, "monotonic": time.monotonic() - age, "wall": time.time() - age}
    record = {"format": 1, "service": "hello", "owner": "somebody@elsewhere", "token": "elsewhere/1-1/1", "ttl": ttl}
    scene.balancer.write(LOCK, json.dumps({**record, "since": time.time() - age, "refreshed": refreshed}))
    yield


# Time


def clock_jump(scene: Scene, seconds: int) -> Mending:
    """The time of day, as the modules on the host read it. The monotonic clock goes on."""
    beside = f"{AHEAD}.new"
    scene.host.write(beside, str(seconds))
    scene.host.run(["mv", beside, AHEAD])  # whole or not at all: a module may be reading it
    yield
    scene.host.run(["rm", "-f", AHEAD])


# HAProxy


def reloaded(scene: Scene) -> Mending:
    scene.balancer.reload()
    yield


def restarted(scene: Scene) -> Mending:
    scene.balancer.restart()
    yield


def stopped(scene: Scene) -> Mending:
    scene.balancer.stop()
    yield
    scene.balancer.start()


def frozen(scene: Scene) -> Mending:
    """Neither requests nor questions are answered; nothing is refused either."""
    # The worker alone: nsenter, which started the master, stops with its child, and nobody would wake it.
    worker = str(scene.balancer.pid)
    scene.balancer.run(["kill", "-STOP", worker])
    yield
    scene.balancer.run(["kill", "-CONT", worker])


def socket_hogged(scene: Scene) -> Mending:
    """Somebody holds all the sessions that HAProxy's socket takes (C(stats maxconn), 10 by default)."""
    with contextlib.ExitStack() as sessions:
        for _number in range(12):
            session = sessions.enter_context(socket.socket(socket.AF_UNIX))
            session.connect(str(scene.balancer.admin_socket))
            session.sendall(b"prompt\n")
        yield


def _on(scene: Scene, on: str) -> Host:
    return {"host": scene.host, "balancer": scene.balancer}[on]


def _hit(host: Host, *argv: str) -> None:
    """Run what strikes, or looks for what will be struck. It has to fail where it finds nothing."""
    done = host.run(argv, check=False)
    if done.returncode:
        raise Missed(f"{argv[0]} ended with {done.returncode} on {host.name}: {(done.stderr or done.stdout).strip()}")


def _kill_module(host: Host) -> None:
    """With pipelining a module is a Python that reads its program from its input: no word on its command line."""
    _hit(host, "pkill", "-KILL", "-f", "-x", host.python)
