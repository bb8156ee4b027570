# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who runs this rollout, and which runs of the same controller are alive: a lock of one that is not can be taken over.

A run is known by process id and start time, a controller by its boot and its process namespace, so that neither a
reused id nor the job's container of an AWX can be mistaken for another. Where there is no /proc, or one that hides the
processes of others (hidepid, proc(5)), none is known.
"""

from __future__ import annotations

import hashlib
import os
import platform
import typing as t
from pathlib import Path

from ansible_collections.zero.downtime.plugins.module_utils._user import user

PROC = Path("/proc")


def token(pid: int, rollout: str) -> str:
    """C(controller/run/rollout) of the ansible-playbook with process id I(pid); I(rollout) is unique by itself."""
    return f"{_controller()}/{_run(pid) or ''}/{rollout}"


def alive() -> list[str]:
    """The runs of Ansible that this controller has now; empty where it can't tell."""
    if _run(1) is None:
        return []
    pids = [int(entry.name) for entry in PROC.glob("[0-9]*") if _is_ansible(entry)]
    return sorted(filter(None, map(_run, pids)))


def owner(variables: t.Mapping[str, t.Any]) -> str:
    """The job and user of AWX by I(variables), the extra variables it adds; else who runs it where."""
    for prefix in ("awx", "tower"):
        job = variables.get(f"{prefix}_job_id")
        if job:
            return f"{variables.get(f'{prefix}_user_name', 'a schedule')} by AWX job {job}"
    return f"{user()}@{platform.node()}"


def _controller() -> str:
    try:
        boot = (PROC / "sys/kernel/random/boot_id").read_text()
        return hashlib.sha256(f"{boot}{os.readlink(PROC / 'self/ns/pid')}".encode()).hexdigest()[:16]
    except OSError:
        return ""


def _run(pid: int) -> str | None:
    try:
        # The name in brackets may hold blanks; starttime is the 22nd field (proc(5)).
        fields = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] == "Z" else f"{pid}-{fields[19]}"


def _is_ansible(entry: Path) -> bool:
    try:
        return b"ansible" in (entry / "cmdline").read_bytes()
    except OSError:
        return False
