# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

CONFTEST = Path(__file__).parents[1] / "conftest.py"
LAB_TEST = """
import time, pytest

@pytest.fixture(scope="session")
def lab():
    yield
    time.sleep(0.2)
    print("down", flush=True)

def test_long(lab):
    print("up", flush=True)
    try:
        long()
    except Exception:
        long()

def long():
    # Not in one sleep: a signal that comes right before it would be handled after it.
    for _time in range(600):
        time.sleep(0.1)
"""


@pytest.mark.parametrize(("number", "times"), [(signal.SIGTERM, 1), (signal.SIGTERM, 2), (signal.SIGHUP, 1)])
def test_a_run_that_is_ended_takes_down_what_it_brought_up(tmp_path: Path, number: signal.Signals, times: int) -> None:
    run = _run(tmp_path, "env", "--default-signal")
    for _time in range(times):
        run.send_signal(number)

    said, _err = run.communicate(timeout=20)

    assert "down" in said
    assert f"ended by {number.name}" in said
    assert run.returncode == pytest.ExitCode.INTERRUPTED


def test_under_nohup_it_goes_on(tmp_path: Path) -> None:
    run = _run(tmp_path, "env", "--ignore-signal=HUP")
    run.send_signal(signal.SIGHUP)
    with pytest.raises(subprocess.TimeoutExpired):
        run.wait(0.5)
    run.send_signal(signal.SIGTERM)
    assert "down" in run.communicate(timeout=20)[0]


def _run(folder: Path, *prefix: str) -> subprocess.Popen[str]:
    """A run of its own, that has come to its long test."""
    shutil.copy(CONFTEST, folder)
    (folder / "test_lab.py").write_text(LAB_TEST)
    command = [*prefix, sys.executable, "-m", "pytest", "-s", "-p", "no:cacheprovider", "--rootdir", str(folder)]
    environment = {**os.environ, "PYTHONPATH": str(CONFTEST.parent)}
    run = subprocess.Popen([*command, str(folder)], cwd=folder, env=environment, text=True, stdout=subprocess.PIPE)
    assert run.stdout is not None
    while "up" not in run.stdout.readline():
        assert run.poll() is None
    return run
