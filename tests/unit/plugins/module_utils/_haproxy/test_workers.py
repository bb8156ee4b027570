# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.workers import OldWorkerUse, parse_old_workers

# 2.6, after a reload
PROC = """#<PID>          <type>          <reloads>       <uptime>        <version>
7187            master          2 [failed: 0]   0d00h00m04s     2.6.12-1+deb12u4
# workers
7278            worker          0               0d00h00m02s     2.6.12-1+deb12u4
# old workers
7190            worker          1               0d00h00m04s     2.6.12-1+deb12u4
7100            worker          2               0d00h10m04s     2.6.12-1+deb12u4
# programs
7001            prog            -               0d00h10m04s     -

"""


@pytest.mark.parametrize(
    ("text", "pids"),
    [
        (PROC, [7190, 7100]),
        (PROC.replace("# old workers\n", ""), []),
        (PROC.split("7190", 1)[0] + "# programs\n\n", []),
    ],
)
def test_old_workers(text: str, pids: list[int]) -> None:
    assert parse_old_workers(text) == pids


@pytest.mark.parametrize(
    ("in_flight", "may_send", "over"), [(0, False, True), (1, False, False), (0, True, False), (2, True, False)]
)
def test_over(in_flight: int, may_send: bool, over: bool) -> None:
    assert OldWorkerUse(1, in_flight, may_send).over is over
