# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Load that never retries: what a client loses is counted, not repaired.

The generator is wrk. It counts every refused connection, every connection that ends without a full answer (a kept-alive
one too) and every status of 400 and above; tests/integration/lab/test_load.py holds it to that. Others would not do:
h2load no longer uses a connection that failed once, hey's transport sends a request again when a kept-alive connection
closes under it, ab speaks HTTP/1.0 and calls another length of the body a failure.
"""

from __future__ import annotations

import ipaddress
import re
import signal
import subprocess
import typing as t
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from .errors import LabError
from .tied import tied

SCRIPT = Path(__file__).with_name("load.lua")
LONGEST = 900
"""Seconds after which any load ends by itself."""
LAB_NETWORKS = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("10.200.0.0/13"))


@dataclass(frozen=True)
class LoadReport:
    """What happened to the requests, as their clients saw it. Requests in flight at the end are not counted."""

    requests: int
    """Full answers, of whatever status."""
    ok_2xx: int
    """Answers below 400 (nothing in the lab redirects)."""
    non_2xx: int
    errors: t.Mapping[str, int]
    """C(connect), C(write) (a refused connection too), C(read) (no answer, or a part of one), C(timeout) (75 s)."""
    p50: float
    p99: float
    slowest: float
    """Latencies in s."""
    seconds: float

    @property
    def lost(self) -> int:
        """Requests that were not answered by a 2xx."""
        return self.non_2xx + sum(self.errors.values())

    @property
    def rps(self) -> float:
        return self.requests / self.seconds if self.seconds else 0.0

    def __str__(self) -> str:
        kinds = ", ".join(f"{count} {kind}" for kind, count in self.errors.items() if count)
        return (
            f"{self.requests} answered in {self.seconds:.1f} s ({self.rps:.0f}/s), {self.lost} lost"
            f" ({self.non_2xx} not 2xx{', ' + kinds if kinds else ''}),"
            f" p50 {self.p50 * 1000:.1f} ms, p99 {self.p99 * 1000:.1f} ms"
        )


class Load:
    """A running load; ends at C(stop), or by itself. As a context manager it ends with the block."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._report: LoadReport | None = None

    def stop(self) -> LoadReport:
        """End it now, and what came of it."""
        if self._report is None:
            if self._process.poll() is None:
                self._process.send_signal(signal.SIGINT)
            self._report = self.wait()
        return self._report

    def wait(self) -> LoadReport:
        """Until its seconds are over."""
        if self._report is None:
            said, complaint = self._process.communicate(timeout=LONGEST + 30)
            self._report = parse(said or complaint)
        return self._report

    def __enter__(self) -> Load:
        return self

    def __exit__(self, error: type[BaseException] | None, *_: object) -> None:
        try:
            self.stop()
        except LabError:
            if error is None:  # else whoever ended us has ended wrk too, and that is what counts
                raise


def start(url: str, connections: int = 16, keepalive: bool = True, seconds: int = LONGEST) -> Load:
    """Send requests to C(url) over C(connections) connections at once, one after the other on each.

    Without C(keepalive) each request has a connection of its own.
    """
    refuse_strangers(url)
    command = ["wrk", "--threads=1", f"--connections={connections}", f"--duration={min(seconds, LONGEST)}s"]
    command += ["--timeout=75s", "--latency", f"--script={SCRIPT}"]
    if not keepalive:
        command.append("--header=Connection: close")
    process = subprocess.Popen(tied([*command, url]), text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return Load(process)


def parse(said: str) -> LoadReport:
    """wrk's output, of which only the line by load.lua counts."""
    line = next((line for line in said.splitlines() if line.startswith("LAB ")), None)
    if line is None:
        raise LabError(f"wrk gave no result: {said.strip()[-500:]}")
    sums = {name: int(value) for name, value in re.findall(r"(\w+)=(\d+)", line)}
    return LoadReport(
        requests=sums["requests"],
        ok_2xx=sums["requests"] - sums["status"],
        non_2xx=sums["status"],
        errors={kind: sums[kind] for kind in ("connect", "read", "write", "timeout")},
        p50=sums["p50_us"] / 1e6,
        p99=sums["p99_us"] / 1e6,
        slowest=sums["max_us"] / 1e6,
        seconds=sums["duration_us"] / 1e6,
    )


def refuse_strangers(url: str) -> None:
    """LabError unless C(url) names an address of a lab or of this machine's loopback."""
    host = urlsplit(url).hostname or ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        raise LabError(f"No load on {url}: name a host of the lab by its address.") from None
    if not any(address in network for network in LAB_NETWORKS):
        raise LabError(f"No load on {url}: {address} is no address of a lab.")
