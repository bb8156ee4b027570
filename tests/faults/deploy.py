# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A deploy that goes on in the background, and can be hurt as a whole."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import tempfile
import time

from controller import Controller, Run, environment

LONGEST = 300.0
"""Seconds after which a deploy counts as hanging."""
LAST_WORDS = 2.0
"""Seconds that one gets to end by itself when nobody waits for it any more."""


class Deploy:
    """As a context manager it ends with the block."""

    def __init__(self, controller: Controller, image: str, **variables: object) -> None:
        self._screen = tempfile.TemporaryFile("w+")  # noqa: SIM115 -- lives as long as the deploy
        self._run: Run | None = None
        self.began = time.monotonic()
        # A session of its own, so that a signal reaches what it started, as Ctrl-C on a terminal does.
        self.process = subprocess.Popen(
            controller.command("zero.downtime.deploy", rollout_image=image, **variables),
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=self._screen,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def __enter__(self) -> Deploy:
        return self

    def __exit__(self, *_: object) -> None:
        # A session of its own gets no Ctrl-C: an interrupted test has to pass it on.
        if self.goes_on:
            self.signal(signal.SIGTERM, everybody=True)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(LAST_WORDS)
        self.kill()

    @property
    def goes_on(self) -> bool:
        return self.process.poll() is None

    def signal(self, number: signal.Signals, everybody: bool = False) -> None:
        """To ansible-playbook alone, or to all of its session."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, number) if everybody else os.kill(self.process.pid, number)

    def end(self) -> Run:
        """Wait for it; what hangs is killed and told by its exit code."""
        if self._run is None:
            self._run = self._end()
        return self._run

    def _end(self) -> Run:
        try:
            code = self.process.wait(max(0.0, self.began + LONGEST - time.monotonic()))
        except subprocess.TimeoutExpired:
            self.kill()
            code = 124
        seconds = time.monotonic() - self.began
        self._screen.seek(0)
        return Run(code, self._screen.read(), seconds)

    def kill(self) -> None:
        """All of it, workers that outlived a killed ansible-playbook too."""
        self.signal(signal.SIGKILL, everybody=True)
        self.process.wait()
