-- SPDX-License-Identifier: GPL-3.0-or-later
-- wrk's own sums as one line for a program. status: answers other than 2xx and 3xx.
function done(summary, latency, requests)
  local e = summary.errors
  io.write(string.format(
    "LAB requests=%d duration_us=%d connect=%d read=%d write=%d status=%d timeout=%d p50_us=%d p99_us=%d max_us=%d\n",
    summary.requests, summary.duration, e.connect, e.read, e.write, e.status, e.timeout,
    latency:percentile(50), latency:percentile(99), latency.max))
end
