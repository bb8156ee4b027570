# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from lab import places, requirements
from lab.errors import RequirementMissing

APT_GET = """#!/bin/sh
{policy}
echo "$* $?, outside: $(nsenter --target=$PPID --mount tail -n1 {policy})" >> {seen}
"""
INTERRUPTED = """#!/bin/sh
kill -INT $PPID
sleep 0.5
echo done >> {seen}
"""

root = pytest.mark.skipif(os.geteuid() != 0, reason="makes a mount namespace")


@pytest.fixture
def policy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(requirements, "POLICY", tmp_path / "policy-rc.d")
    return requirements.POLICY


@pytest.fixture
def apt(tmp_path: Path, policy: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An apt-get that brings nothing and notes in this file its words, what the policy says to it, and outside."""
    seen = tmp_path / "seen"
    (tmp_path / "apt-get").write_text(APT_GET.format(policy=policy, seen=seen))
    (tmp_path / "apt-cache").write_text("#!/bin/sh\nexit 100\n")
    for program in ("apt-get", "apt-cache"):
        (tmp_path / program).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.setattr(places, "cache", lambda: tmp_path / "cache")
    monkeypatch.setattr(requirements, "PACKAGES", {"docker-cli": ("no-such-program",), "wrk": ("no-such-program",)})
    return seen


@root
def test_packages_start_no_service_and_unknown_ones_are_left_out(apt: Path) -> None:
    with pytest.raises(RequirementMissing, match="Missing packages: docker-cli wrk"):
        requirements.install()
    assert apt.read_text().splitlines() == [
        "-q update 101, outside: ",
        "-q install --yes --no-install-recommends wrk 101, outside: ",
    ]


@root
@pytest.mark.parametrize("before", [None, "#!/bin/sh\nexit 0\n"])
def test_the_machine_s_own_policy_stays(apt: Path, policy: Path, before: str | None) -> None:
    if before:
        policy.write_text(before)
    with pytest.raises(RequirementMissing):
        requirements.install()
    assert all(line.endswith(f"outside: {'exit 0' if before else ''}") for line in apt.read_text().splitlines())
    assert (policy.read_text() if policy.exists() else None) == before


@root
def test_ctrl_c_leaves_apt_the_time_to_stop_where_it_can(apt: Path, policy: Path) -> None:
    apt.with_name("apt-get").write_text(INTERRUPTED.format(seen=apt))
    usual = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            requirements.install()
    finally:
        signal.signal(signal.SIGINT, usual)
    assert apt.read_text() == "done\n"
    assert not policy.exists()


def test_a_file_is_found_by_pattern(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "python3.11").mkdir()
    monkeypatch.setattr(
        requirements, "PACKAGES", {"here": (f"{tmp_path}/python3.*",), "gone": (f"{tmp_path}/python4.*",)}
    )
    assert requirements.missing() == ["gone"]
