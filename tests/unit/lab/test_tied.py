# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import signal
import subprocess
import sys

from lab.tied import tied

STARTER = """
import subprocess, sys
subprocess.run(sys.argv[1:])
"""


def test_what_a_killed_program_has_started_ends_too() -> None:
    talker = tied(["sh", "-c", "echo up; exec sleep 60"])
    starter = subprocess.Popen([sys.executable, "-c", STARTER, *talker], text=True, stdout=subprocess.PIPE)
    assert starter.stdout is not None
    assert starter.stdout.readline() == "up\n"
    starter.send_signal(signal.SIGKILL)
    starter.communicate(timeout=20)  # until nobody is left who could write
