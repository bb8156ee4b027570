# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from lab.balancer import configuration, rows

APPS = {"app1": "10.200.0.11", "app2": "10.200.0.12"}


def section(text: str, head: str) -> list[str]:
    """The stripped lines below C(head), to the next empty one."""
    lines = text.splitlines()
    below = lines[lines.index(head) + 1 :]
    return [line.strip() for line in below[: below.index("") if "" in below else None]]


def test_each_backend_has_its_servers() -> None:
    text = configuration("10.200.0.101", APPS)
    assert "server app2 10.200.0.12:8080" in section(text, "backend hello")
    assert section(text, "backend slots")[1:3] == [
        "server app1-8081 10.200.0.11:8081",
        "server app1-8082 10.200.0.11:8082 disabled",
    ]
    assert "server app1 10.200.0.11:8080 cookie app1" in section(text, "backend sticky")
    assert "stats socket ipv4@10.200.0.101:9999 level admin" in section(text, "global")


def test_haproxy_repairs_nothing_in_the_lab() -> None:
    settings = [line.split("#")[0] for line in configuration("10.200.0.101", APPS).splitlines()]
    assert not any("redispatch" in line or "retry-on" in line for line in settings)


def test_stat_rows_are_read_by_column_name() -> None:
    assert rows("# pxname,svname,scur,\nhello,app1,3,\nhello,BACKEND,4,\n\n")[1]["scur"] == "4"
