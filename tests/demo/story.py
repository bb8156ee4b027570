# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Deploys on the lab, and what is measured meanwhile."""

from __future__ import annotations

import contextlib
import subprocess
import threading
import time
import typing as t

from controller import Run, environment
from site_under_test import CLIENTS, Site

from . import timeline
from .timeline import Timeline

QUICK, SLOW = "/hello?sleep=0.02", "/hello?sleep=2"
"""Kept-alive requests, at a pace that leaves the machine to the deploy; and those that take seconds."""
PULSE = 0.25
"""s between two looks at how many requests were answered."""
MARGIN = 2
"""s of load before and after the deploy."""


class Story:
    """Plays C(zero.downtime.deploy) on C(site); every line Ansible prints goes to each of C(ears)."""

    def __init__(self, site: Site, *ears: t.TextIO) -> None:
        self.site = site
        self.ears = ears

    def deploy(self, image: str) -> Run:
        command = self.site.controller.command("zero.downtime.deploy", rollout_image=self.site.image(image))
        lines: list[str] = []
        began = time.monotonic()
        pipes: dict[str, t.Any] = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        with subprocess.Popen(command, env=environment(), text=True, **pipes) as process:
            try:
                for line in t.cast("t.TextIO", process.stdout):
                    lines.append(line)
                    for ear in self.ears:
                        ear.write(line)
            except BaseException:  # we were told to end: so is Ansible, which does not hear of it by itself
                process.terminate()
                raise
        return Run(process.returncode, "".join(lines), time.monotonic() - began)

    def deploy_under_load(self, image: str) -> tuple[Run, Timeline]:
        before = self.site.versions()
        with self.site.traffic(QUICK, SLOW) as traffic:
            watch = traffic.watch
            with _pulse(lambda: (watch.samples[-1][0], watch.counted.answered)) as pulses:
                time.sleep(MARGIN)
                began = watch.samples[-1][0]
                run = self.deploy(image)
                time.sleep(MARGIN)
        return run, Timeline(
            image=image,
            rows=timeline.rows(watch.timeline, before, self.site.versions(), began),
            span=(pulses[0][0] - began, pulses[-1][0] - began),
            seconds=run.seconds,
            rate=timeline.rate(pulses, began),
            fewest=watch.fewest,
            answered=sum(report.ok_2xx for report in traffic.reports),
            lost=sum(report.lost for report in traffic.reports),
            connections=CLIENTS,
            counted=traffic.counted,
        )


@contextlib.contextmanager
def _pulse(take: t.Callable[[], tuple[float, int]]) -> t.Iterator[list[tuple[float, int]]]:
    """Take a sample every C(PULSE) s as long as the block lasts."""
    taken: list[tuple[float, int]] = []
    over = threading.Event()

    def run() -> None:
        while not over.wait(PULSE):
            taken.append(take())

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield taken
    finally:
        over.set()
        thread.join()
