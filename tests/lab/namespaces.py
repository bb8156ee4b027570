# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A machine made of namespaces (network, mount, UTS, IPC, PID), alive as long as its process 1.

Ending that one process ends everything inside: programs, containers, mounts, interfaces. Nothing has to be undone, and
the process table is the only record, so no crash of ours can leave a stale one.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
import typing as t
from pathlib import Path

from .errors import LabError

INIT = Path(__file__).with_name("init.py").resolve()
PYTHON = "/usr/bin/python3"
ENVIRONMENT = {
    "HOME": "/root",
    "LANG": "C.UTF-8",
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
}
"""What a program on a host gets: nothing of the caller's (a proxy, a virtual environment) leaks in."""


def wait_until(condition: t.Callable[[], t.Any], what: str, seconds: float = 120.0) -> None:
    """Poll C(condition) until it is true; LabError naming C(what) after C(seconds). Labs side by side are slow."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise LabError(f"Waited {seconds:.0f} s in vain: {what}.")
        time.sleep(0.02)


def clear(folder: Path) -> None:
    """Remove all that is in C(folder). A machine's files get free only a moment after its last process is gone."""

    def empty() -> bool:
        for path in folder.iterdir():
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)
        return not any(folder.iterdir())

    wait_until(empty, f"that nobody uses {folder}")


def _argv_of(pid: int) -> list[str]:
    """[] for a process that is gone or a zombie."""
    try:
        return os.fsdecode(Path(f"/proc/{pid}/cmdline").read_bytes()).split("\0")[:-1]
    except OSError:
        return []


def _parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


class _Start(t.NamedTuple):
    """A process whose command line ends in init.py and a home: process 1 itself, or what is about to become it.

    It may be the init.py of another checkout, which brought the lab up and may be gone.
    """

    pid: int
    program: str
    home: Path


def _starts(base: Path) -> t.Iterator[_Start]:
    for pid in map(int, filter(str.isdigit, os.listdir("/proc"))):
        argv = _argv_of(pid)
        if len(argv) > 2 and Path(argv[-2]).parts[-2:] == INIT.parts[-2:] and base in Path(argv[-1]).parents:
            yield _Start(pid, argv[0], Path(argv[-1]))


def inits(base: Path) -> dict[Path, int]:
    """Every machine that runs under C(base): its home and the process id of its process 1."""
    return {start.home: start.pid for start in _starts(base) if start.program == PYTHON}


def await_starters(base: Path) -> None:
    """Wait until every machine that somebody, perhaps dead by now, began to start has its process 1, or has failed."""

    def settled() -> bool:
        programs = [start.program for start in _starts(base)]
        return "setsid" not in programs and programs.count("unshare") == programs.count(PYTHON)

    wait_until(settled, f"the machines that are being started in {base}")


class Machine:
    """One set of namespaces. C(home) is the machine's folder; with a folder C(run) in it, it gets its own files too."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self._pid: int | None = None

    @property
    def name(self) -> str:
        return self.home.name

    @property
    def pid(self) -> int | None:
        """Its process 1 as this machine numbers it; None when it is off."""
        if self._pid is None or _argv_of(self._pid)[2:] != [str(self.home)]:
            self._pid = inits(self.home.parent).get(self.home)
        return self._pid

    def start(self) -> None:
        command = ["setsid", "--fork", "unshare", "--net", "--mount", "--uts", "--ipc", "--pid", "--fork"]
        command += ["--kill-child", "--mount-proc", PYTHON, str(INIT), str(self.home)]
        self.home.mkdir(parents=True, exist_ok=True)
        log = self.home / "boot.log"
        # unshare holds on to its stdout for ever: read the one line, not until the end.
        with log.open("wb") as errors, subprocess.Popen(
            command, env=ENVIRONMENT, cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors
        ) as starter:
            line = t.cast("t.IO[bytes]", starter.stdout).readline()
        if line != b"ready\n":
            self.stop()
            raise LabError(f"{self.name} did not start: {log.read_text().strip() or 'it said nothing'}.")

    def stop(self) -> None:
        """Cut the power: no process inside gets a word."""
        pid = self.pid
        if pid is None:
            return
        try:
            holder = _parent_of(pid)
            os.kill(pid, signal.SIGKILL)
        except (FileNotFoundError, ProcessLookupError):
            return
        # unshare returns only when the kernel has emptied the whole PID namespace.
        wait_until(lambda: not _argv_of(holder), f"the end of {self.name} (process {pid})")
        self._pid = None

    def entered(self, argv: t.Sequence[str]) -> list[str]:
        """C(argv) as a command line that runs inside."""
        if self.pid is None:
            raise LabError(f"{self.name} is off: cannot run {' '.join(argv)}.")
        return ["nsenter", f"--target={self.pid}", "--mount", "--uts", "--ipc", "--net", "--pid", "--", *argv]

    def run(self, argv: t.Sequence[str], check: bool = True, **options: t.Any) -> subprocess.CompletedProcess[str]:
        """subprocess.run inside; text and captured unless C(options) say otherwise. LabError if checked and failed."""
        settings: dict[str, t.Any] = {"text": True, "timeout": 120, "env": ENVIRONMENT}
        if not {"stdout", "stderr", "capture_output"} & options.keys():
            settings["capture_output"] = True
        if not {"input", "stdin"} & options.keys():
            settings["stdin"] = subprocess.DEVNULL
        try:
            return subprocess.run(self.entered(argv), check=check, **{**settings, **options})
        except subprocess.CalledProcessError as error:
            said = (error.stderr or error.stdout or "").strip()
            raise LabError(f"{self.name}: {' '.join(argv)} ended with {error.returncode}: {said}") from error

    def spawn(self, argv: t.Sequence[str], log: Path) -> None:
        """Start a service inside: it outlives the caller and ends with the machine."""
        with log.open("ab") as out:
            subprocess.run(
                ["setsid", "--fork", *self.entered(argv)],
                env=ENVIRONMENT,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                check=True,
            )

    def write(self, path: str, text: str) -> None:
        self.run(["sh", "-c", 'mkdir -p "$(dirname "$0")" && cat > "$0"', path], input=text)

    def runs(self, program: str) -> bool:
        """Whether a program of this name lives inside."""
        return self.run(["pgrep", "-x", program], check=False).returncode == 0

    def signal(self, name: str, program: str) -> None:
        """Only this machine's processes are in its PID namespace: a name cannot hit anything else."""
        self.run(["pkill", f"-{name}", "-x", program], check=False)
