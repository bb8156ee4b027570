# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The faults, and the steps at which each can strike."""

from __future__ import annotations

import signal
import typing as t
from dataclasses import dataclass, field
from functools import partial
from math import inf

from site_under_test import CLIENTS

from . import harm
from .settle import PYTHON_IN_TIME
from .steps import (
    CREATING,
    DRAINED,
    DRAINING,
    IN_ROTATION,
    NEXT,
    PREPARING,
    READYING,
    SETTLING,
    STARTING,
    STEPS,
    STEPS_BESIDE,
    STOPPING,
    SWAP,
    SWAPPED,
    WAITING,
)

UNTIL_THE_NEXT_RUN = None


@dataclass(frozen=True)
class Loss:
    """Of requests, by the nature of a fault: I(why), and where. They must not be lost anywhere else."""

    why: str
    at: tuple[str, ...]
    """The steps; of more than one host's turn where HAProxy is struck."""
    most: float | None = None
    """Requests; None for those at stake on the struck host. Where it is infinite, the run after it loses none."""


@dataclass(frozen=True)
class Fault:
    name: str
    harm: t.Callable[[harm.Scene], harm.Mending]
    steps: tuple[str, ...]
    lasts: float | None = 0.0
    """Seconds until it is mended; UNTIL_THE_NEXT_RUN when the first run is over."""
    loss: Loss | None = None
    quick: tuple[str, ...] = ()
    """Steps that belong to the quick part."""
    image: str = ""
    """A version of hello to roll out in place of the next one; the run after it brings the next one."""
    survives: bool = False
    """Whether the run that is struck at one of I(steps) has to end well."""
    variables: t.Mapping[str, t.Any] = field(default_factory=dict)


IMPATIENT = {"rollout_ready_timeout": 20, "ansible_ssh_timeout": 4}
"""Where the struck host cannot come back in this run: not minutes in vain."""
UNDISTURBED = Fault("nothing", harm.nothing, (PREPARING,), survives=True)

BUSY = Loss("what a host is answering when it goes is lost", IN_ROTATION)
ANEW = Loss("an engine that comes back starts its containers anew", IN_ROTATION, most=2 * CLIENTS)
BOTH = Loss("what both versions are answering when their engine goes is lost", STEPS_BESIDE)
AWAY = Loss("nobody answers clients while HAProxy is away", STEPS, most=inf)
UNREACHABLE = Loss("clients and servers cannot be reached through it", STEPS, most=inf)
UNCHECKED = Loss("checks that got no answer may take servers out", STEPS, most=inf)
FLAPS = Loss("what a version is answering when it flaps is lost", STEPS, most=4 * CLIENTS)
HOST_STEPS = (DRAINING, DRAINED, *SWAP, SWAPPED, READYING)
BALANCER_AT_WORK = (DRAINING, READYING)

FAULTS = (
    # The controller
    Fault("ansible-playbook is killed", partial(harm.signalled, number=signal.SIGKILL), STEPS, quick=(STOPPING,)),
    Fault("ansible-playbook is terminated", partial(harm.signalled, number=signal.SIGTERM), (STOPPING, READYING)),
    Fault(
        "ansible-playbook is interrupted",
        partial(harm.signalled, number=signal.SIGINT, everybody=True),
        (DRAINING, STOPPING, READYING),
    ),
    Fault("a second rollout of the same image", partial(harm.rival, same=True), (DRAINING, WAITING), survives=True),
    Fault("a second rollout of another image", partial(harm.rival, same=False), (DRAINING,), survives=True),
    # Processes of a host or a load balancer
    Fault("the module on the host is killed", partial(harm.module_killed, on="host"), SWAP, quick=(WAITING,)),
    Fault("the module on the balancer is killed", partial(harm.module_killed, on="balancer"), BALANCER_AT_WORK),
    Fault("the host's SSH session is killed", partial(harm.session_killed, on="host"), (STOPPING, WAITING)),
    Fault("the balancer's SSH session is killed", partial(harm.session_killed, on="balancer"), BALANCER_AT_WORK),
    Fault(
        "the engine is killed, and back soon",
        harm.engine_killed,
        (CREATING, STOPPING, STARTING, WAITING, SETTLING),
        lasts=1.0,
        loss=ANEW,
    ),
    Fault(
        "the engine is killed for good",
        harm.engine_killed,
        (DRAINED, STOPPING, WAITING),
        lasts=UNTIL_THE_NEXT_RUN,
        loss=ANEW,
    ),
    Fault(
        "the engine is restarted with its containers",
        harm.engine_stopped,
        (DRAINED, STOPPING, WAITING, SWAPPED),
        0.5,
        BUSY,
    ),
    Fault("the old container crashes", harm.app_killed, (DRAINING, DRAINED), loss=BUSY),
    Fault(
        "the new container crashes",
        harm.app_killed,
        (WAITING, SETTLING, SWAPPED, READYING),
        loss=BUSY,
    ),
    # Hands
    Fault(
        "the container is removed by a hand",
        harm.container_removed,
        (DRAINED, WAITING, SWAPPED),
        0.0,
        BUSY,
    ),
    Fault("the container is renamed by a hand", harm.container_renamed, (DRAINED, WAITING), lasts=UNTIL_THE_NEXT_RUN),
    Fault("the image goes from the host", harm.image_gone_from_host, (DRAINING, STOPPING), survives=True),
    # Power and network
    Fault(
        "the host is off until the next run",
        harm.power_cut,
        (DRAINING, DRAINED, STOPPING, WAITING, READYING),
        lasts=UNTIL_THE_NEXT_RUN,
        loss=BUSY,
        quick=(STOPPING,),
        variables=IMPATIENT,
    ),
    Fault("the host is rebooted", harm.power_cut, HOST_STEPS, lasts=1.0, loss=BUSY),
    Fault(
        "the host's network is cut for seconds",
        partial(harm.network_cut, on="host"),
        (STOPPING, WAITING),
        lasts=3.0,
        loss=BUSY,
    ),
    Fault(
        "the host's network is cut until the next run",
        partial(harm.network_cut, on="host"),
        (DRAINED, WAITING, SWAPPED),
        lasts=UNTIL_THE_NEXT_RUN,
        loss=BUSY,
        variables=IMPATIENT,
    ),
    Fault(
        "no login to the balancer until the next run",
        partial(harm.login_cut, on="balancer"),
        (DRAINING, STOPPING, READYING),
        lasts=UNTIL_THE_NEXT_RUN,
        variables=IMPATIENT,
    ),
    Fault(
        "the balancer's network is cut for seconds",
        partial(harm.network_cut, on="balancer"),
        (DRAINING, WAITING, READYING),
        lasts=2.0,
        loss=UNREACHABLE,
    ),
    Fault(
        "the registry is off after the preparation",
        harm.registry_off,
        (NEXT,),
        lasts=UNTIL_THE_NEXT_RUN,
        survives=True,
    ),
    Fault(
        "the image goes from the registry",
        harm.image_gone_from_registry,
        (DRAINING,),
        lasts=UNTIL_THE_NEXT_RUN,
        survives=True,
    ),
    # Disks, files, time
    Fault("no disk space for the journal", harm.full_state_disk, (DRAINED, STOPPING), UNTIL_THE_NEXT_RUN),
    Fault("no disk space for a container", harm.full_engine_disk, (DRAINED,), UNTIL_THE_NEXT_RUN),
    Fault("the state folder is read-only", harm.read_only_state, (DRAINED, WAITING), UNTIL_THE_NEXT_RUN),
    Fault("the journal is half written", harm.half_written_journal, (CREATING, STARTING)),
    Fault("the journal is unreadable", harm.broken_journal, (STOPPING, STARTING)),
    Fault("another controller's lock is stale", partial(harm.foreign_lock, age=60, ttl=30), (PREPARING,)),
    Fault("another controller's lock becomes stale", partial(harm.foreign_lock, age=0, ttl=5), (PREPARING,)),
    Fault(
        "the clock jumps ahead",
        partial(harm.clock_jump, seconds=86400),
        (DRAINED, WAITING),
        survives=True,
        variables={"ansible_python_interpreter": PYTHON_IN_TIME},
    ),
    Fault(
        "the clock jumps back",
        partial(harm.clock_jump, seconds=-86400),
        (DRAINED, WAITING),
        survives=True,
        variables={"ansible_python_interpreter": PYTHON_IN_TIME},
    ),
    # HAProxy
    Fault(
        "HAProxy is reloaded", harm.reloaded, (DRAINING, DRAINED, WAITING, READYING), quick=(DRAINING,), survives=True
    ),
    Fault("HAProxy is restarted", harm.restarted, (DRAINING, DRAINED, READYING), loss=AWAY),
    Fault("HAProxy is stopped for seconds", harm.stopped, (DRAINING, READYING), 3.0, AWAY),
    Fault(
        "HAProxy hangs for seconds",
        harm.frozen,
        (DRAINING, READYING),
        lasts=2.0,
        loss=UNCHECKED,
    ),
    Fault("HAProxy's socket is taken for seconds", harm.socket_hogged, (DRAINING, READYING), lasts=3.0),
    # What is rolled out
    Fault("the new version crashes", harm.nothing, (PREPARING,), image="hello:crashes", quick=(PREPARING,)),
    Fault(
        "the new version never gets healthy",
        harm.nothing,
        (PREPARING,),
        image="hello:never-healthy",
        variables={"rollout_health": {"path": "/ping", "timeout": 4}},
    ),
    Fault(
        "the new version flaps after it was healthy",
        harm.nothing,
        (PREPARING,),
        image="hello:flaps",
        variables={"rollout_health": {"path": "/ping", "stable_for": 8}},
    ),
    Fault(
        "the new version flaps after it was let in",
        harm.nothing,
        (PREPARING,),
        image="hello:flaps",
        loss=FLAPS,
        variables={"rollout_bake": 8, "rollout_gate": {"max_error_ratio": 0.01, "min_requests": 30}},
    ),
    Fault("the new version boots slowly", harm.nothing, (PREPARING,), image="hello:slow-boot", survives=True),
    Fault(
        "the new version ignores SIGTERM",
        harm.nothing,
        (PREPARING,),
        image="hello:ignores",
        survives=True,
        variables={"rollout_stop_timeout": 1},
    ),
)

BESIDE = (
    Fault("ansible-playbook is killed", partial(harm.signalled, number=signal.SIGKILL), (WAITING, READYING, DRAINING)),
    Fault("the module on the host is killed", partial(harm.module_killed, on="host"), (WAITING,)),
    Fault(
        "no login to the host until the next run",
        partial(harm.login_cut, on="host"),
        (WAITING,),
        lasts=UNTIL_THE_NEXT_RUN,
        variables=IMPATIENT,
    ),
    Fault("the engine is restarted with its containers", harm.engine_stopped, (WAITING, DRAINING), 0.5, BOTH),
    Fault("HAProxy is reloaded", harm.reloaded, (WAITING, DRAINING), survives=True),
)
"""Where the new version starts in a slot beside the old one. The steps come in the order of STEPS_BESIDE."""
