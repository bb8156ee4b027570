# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of status.yml as it stands on the screen, and the same table by Docker's and HAProxy's own word."""

from __future__ import annotations

import json
import re
import typing as t

from lab import AppHost, Balancer

STATE = "var/lib/zero_downtime"
"""In a host's upper layer, where this machine can read what the host wrote."""
_WORDS = {"UP": "ready, up", "DOWN": "ready, down", "MAINT": "maint, down"}
"""show stat's status (its first word) in status.yml's words."""


def read(lines: t.Sequence[str]) -> tuple[dict[str, list[str]], list[str]]:
    """Host to the cells of its line; and the lines below the table."""
    cells = [re.split(r"\s{2,}", line) for line in lines]
    table = [line for line in cells[1:] if len(line) == len(cells[0])]
    return {line[0]: line[1:] for line in table}, list(lines[1 + len(table) :])


def expected(
    host: AppHost, service: str, slots: t.Sequence[int], backend: str, balancers: t.Sequence[Balancer]
) -> list[str]:
    """The cells of I(host): version, digest, since, container, servers."""
    homes = [f"{service}-{port}" for port in slots] or [service]
    names = host.docker("ps", "--format", "{{.Names}}").stdout.split()
    running = [name for name in names if name in homes]
    assert len(running) == 1, f"{host.name} runs {running}"
    name = running[0]
    container = host.inspect(name)
    image, _at, digest = container["Config"]["Image"].partition("@")
    state = container["State"]["Status"]
    servers = [f"{host.name}-{port}" for port in slots] or [host.name]
    return [
        image.rpartition(":")[2],
        digest[:19],
        container["State"]["StartedAt"][:19],
        f"{state}, slot {name.rpartition('-')[2]}" if slots else state,
        "; ".join(
            f"{balancer.name}/{row['svname']}: {_WORDS[row['status'].split()[0]]}"
            for balancer in balancers
            for row in balancer.stats(backend)
            if row["svname"] in servers
        ),
    ]


def last_change(host: AppHost, service: str) -> str:
    """How the line of I(host) below the table begins, by the history that the host holds."""
    history = json.loads((host.home / "upper" / STATE / "containers" / service / "history.json").read_text())
    entry = next(entry for entry in reversed(history["entries"]) if entry["what"] != "retire")
    version = entry["image"].partition("@")[0].rpartition(":")[2]
    return f"{host.name}: {entry['when'][:19]} {entry['who']}: {entry['what']} {version}, {entry['result']} in "
