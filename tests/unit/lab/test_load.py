# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import subprocess
import sys

import pytest
from lab import LabError, load

LINE = (
    "LAB requests=90 duration_us=2000000 connect=1 read=2 write=3 status=10 timeout=4"
    " p50_us=1500 p99_us=9000 max_us=9500"
)


def test_a_result_is_read_from_our_line_alone() -> None:
    report = load.parse(f"Running 2s test\n  90 requests in 2.00s\n  Non-2xx or 3xx responses: 999\n{LINE}\n")
    assert (report.requests, report.ok_2xx, report.non_2xx) == (90, 80, 10)
    assert report.errors == {"connect": 1, "read": 2, "write": 3, "timeout": 4}
    assert report.lost == 20
    assert (report.p50, report.p99, report.slowest, report.rps) == (0.0015, 0.009, 0.0095, 45.0)


def test_no_result_says_what_wrk_said() -> None:
    with pytest.raises(LabError, match="unable to connect"):
        load.parse("unable to connect to 10.200.0.1:80 Connection refused\n")


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8080/", "http://10.200.3.101/hello?sleep=3", "http://10.207.255.1:81/"]
)
def test_the_lab_and_loopback_may_be_loaded(url: str) -> None:
    load.refuse_strangers(url)


@pytest.mark.parametrize(
    "url", ["http://10.208.0.1/", "http://192.0.2.1/", "http://example.org/", "http://[::1]/", "/hello"]
)
def test_nothing_else_may(url: str) -> None:
    with pytest.raises(LabError, match="No load on"):
        load.start(url)


def test_a_load_without_a_result_does_not_hide_why_we_end() -> None:
    wrk = subprocess.Popen([sys.executable, "-c", ""], text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    with pytest.raises(KeyboardInterrupt), load.Load(wrk):
        raise KeyboardInterrupt
