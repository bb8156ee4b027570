# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import subprocess
import typing as t
from pathlib import Path

import pytest
from lab import requirements
from lab.errors import RequirementMissing


@pytest.fixture
def policy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(requirements, "POLICY", tmp_path / "policy-rc.d")
    monkeypatch.setattr(requirements, "be_root", lambda: None)
    return requirements.POLICY


@pytest.fixture
def apt(policy: Path, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """An apt-get that notes its words and the policy it ran under, and brings nothing."""
    seen: list[list[str]] = []

    def run(command: list[str], **_: t.Any) -> subprocess.CompletedProcess[bytes]:
        if command[0] == "apt-get":
            seen.append([*command[2:], policy.read_text().split()[-1]])
        return subprocess.CompletedProcess(command, 100 if command[0] == "apt-cache" else 0)

    monkeypatch.setattr(subprocess, "run", run)
    monkeypatch.setattr(requirements, "PACKAGES", {"docker-cli": ("no-such-program",), "wrk": ("no-such-program",)})
    monkeypatch.setattr(
        requirements.shutil, "which", lambda name, path=None: None if name == "no-such-program" else name
    )
    return seen


def test_packages_start_no_service_and_unknown_ones_are_left_out(apt: list[list[str]]) -> None:
    with pytest.raises(RequirementMissing, match="Missing packages: docker-cli wrk"):
        requirements.install()
    assert apt == [["update", "101"], ["install", "--yes", "--no-install-recommends", "wrk", "101"]]


@pytest.mark.parametrize("before", [None, "#!/bin/sh\nexit 0\n"])
def test_the_machine_s_own_policy_comes_back(apt: list[list[str]], policy: Path, before: str | None) -> None:
    if before:
        policy.write_text(before)
    with pytest.raises(RequirementMissing):
        requirements.install()
    assert (policy.read_text() if policy.exists() else None) == before


def test_a_file_is_found_by_pattern(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "python3.11").mkdir()
    monkeypatch.setattr(
        requirements, "PACKAGES", {"here": (f"{tmp_path}/python3.*",), "gone": (f"{tmp_path}/python4.*",)}
    )
    assert requirements.missing() == ["gone"]
