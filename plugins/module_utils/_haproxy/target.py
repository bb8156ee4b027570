# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: it may change without notice.
"""One server on one HAProxy: as it was found, as it is now, and how it is changed."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.zero.downtime.plugins.module_utils._clock import Clock, Deadline
from ansible_collections.zero.downtime.plugins.module_utils._haproxy import commands, lock
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.persist import NotPersisted, StateFile, kept_of
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.replies import HAProxyError, NoAnswer, Unreachable
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.runtime import Runtime
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.stats import ServerFacts, another_process
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.transport import patiently
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.workers import Master, OldWorkerUse

# An address change is asynchronous from 3.0 on (0.1 to 2.6 ms measured); anything else is done when answered.
_READ_BACK = 1.0
# A batch of sixty writes the file one after the other.
_WRITE_LOCK = 10.0


# What drains or restores a Target: a generator that yields whenever there is time to pass, so that several HAProxies
# are changed side by side.
Steps = t.Generator[None, None, None]


class NoEffect(HAProxyError):
    """HAProxy accepted a command without doing it."""


class Interfered(HAProxyError):
    """Another tool changed the server's state while we did."""


@dataclasses.dataclass
class Journal:
    """What was done, for the task's result."""

    actions: list[str] = dataclasses.field(default_factory=list)
    warnings: list[str] = dataclasses.field(default_factory=list)
    sessions_cut: int = 0

    def warn(self, text: str) -> None:
        if text not in self.warnings:
            self.warnings.append(text)


class Target:
    """In a I(rehearsal) (check mode) commands are recorded, not sent, and their effect is computed."""

    def __init__(
        self,
        runtime: Runtime,
        backend: str,
        server: str,
        *,
        journal: Journal,
        clock: Clock,
        master: Master | None = None,
        state_file: StateFile | None = None,
        rehearsal: bool = False,
    ) -> None:
        self.runtime = runtime
        self.backend = backend
        self.server = server
        self.journal = journal
        self.clock = clock
        self.rehearsal = rehearsal
        self._rehearsed_write: tuple[int, int, str, int] | None = None
        self.touched = False
        self._was_in_maint = False
        self._was_renewed = False
        self._latest: ServerFacts | None = None
        self.persisted = False
        self._master = master
        self._state_file = state_file
        self.master_socket = None if master is None else master.socket
        self.before = self.now = patiently(self.read, clock)
        if master is not None:
            patiently(master.old_workers, clock)

    def __str__(self) -> str:
        return f"{self.name} at {self.runtime.socket}"

    @property
    def name(self) -> str:
        return f"{self.backend}/{self.server}"

    @property
    def health_known(self) -> bool:
        """False after maintenance, and for a server found down that is up in a new process: no check has run since."""
        return not self._was_in_maint and (self.before.up or not self._was_renewed)

    def read(self) -> ServerFacts:
        facts = self.runtime.server(self.backend, self.server)
        self._was_in_maint = self._was_in_maint or facts.state == "maint"
        self._was_renewed = self._was_renewed or (self._latest is not None and another_process(self._latest, facts))
        self._latest = facts
        return facts

    def poll(self) -> ServerFacts | None:
        """Read again; None while HAProxy is away, as for the seconds of a restart."""
        try:
            self.now = self.read()
        except (Unreachable, NoAnswer):
            return None
        return self.now

    def old_worker_use(self) -> list[OldWorkerUse] | None:
        """How old workers still use the server; None while the master is away."""
        if self._master is None:
            return []
        try:
            return self._master.old_worker_use(self.backend, self.server)
        except (Unreachable, NoAnswer):
            return None

    def change(self, lines: commands.Commands) -> None:
        """Run I(lines), if any, in one go, and make sure that what they set is set."""
        if not lines:
            return
        self.journal.actions.append(f"{self.runtime.socket}: {'; '.join(lines)}")
        former, intended = self.now, commands.effect(self.now, lines)
        if self.rehearsal:
            self.now = intended
            return
        self.touched = True
        # Each line may be run twice without harm.
        patiently(lambda: self.runtime.change(*lines), self.clock)
        asked = _differences(commands.settings(intended), commands.settings(former))
        deadline = Deadline(_READ_BACK, self.clock)
        while True:
            self.now = patiently(self.read, self.clock)
            wrong = _differences(asked, commands.settings(self.now))
            if not wrong:
                return
            if deadline.expired:
                raise self._no_effect(lines, wrong)
            deadline.pause(0.01)

    def keep(self) -> None:
        """Write the state file, if there is one that holds something else."""
        if self._state_file is None or kept_of(self.now) == self._rehearsed_write:
            return
        self.persisted = self._state_file.holds(self.now)
        if self.persisted:
            return
        self.journal.actions.append(f"write {self._state_file.path}")
        if self.rehearsal:
            self._rehearsed_write = kept_of(self.now)
            return
        try:
            self._write(self._state_file)
            self.persisted = True
        except (NotPersisted, Unreachable, NoAnswer) as error:
            self.journal.warn(error.message)

    def _write(self, state_file: StateFile) -> None:
        # Of two runs that read and then write without a lock, one could write what was read before the other's change.
        deadline = Deadline(_WRITE_LOCK, self.clock)
        while True:
            with lock.attempt(self.runtime.socket) as held:
                if held or deadline.expired:
                    return state_file.write(self.runtime.raw_servers_state())
            deadline.pause(0.01)

    def _no_effect(self, lines: commands.Commands, wrong: dict[str, t.Any]) -> NoEffect:
        hint = "another tool, or an agent, may have changed it back"
        if self.now.tracks:
            hint = f"it tracks {self.now.tracks}, so change that one"
        found = {name: getattr(self.now, name) for name in wrong}
        return NoEffect(
            f"HAProxy at {self.runtime.socket} accepted '{'; '.join(lines)}', but {self.name} has {found} instead of "
            f"{wrong}; {hint}",
            socket=self.runtime.socket,
            command="; ".join(lines),
        )


def _differences(wanted: dict[str, t.Any], found: dict[str, t.Any]) -> dict[str, t.Any]:
    return {name: value for name, value in wanted.items() if value != found[name]}
