# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from lab.images.root import source_lines

TARGETS = """http://mirror.example/debian/ bookworm main
http://mirror.example/debian/ bookworm main
http://mirror.example/debian/ bookworm-updates main
http://mirror.example/debian/ bookworm non-free
http://mirror.example/debian/ trixie main
http://vendor.example/apt bookworm stable
http://mirror.example/security/ bookworm-security main
"""


def test_only_the_distribution_s_own_release_is_used() -> None:
    assert list(source_lines(TARGETS, "bookworm", "/k.gpg")) == [
        "deb [signed-by=/k.gpg] http://mirror.example/debian/ bookworm main",
        "deb [signed-by=/k.gpg] http://mirror.example/debian/ bookworm-updates main",
        "deb [signed-by=/k.gpg] http://mirror.example/security/ bookworm-security main",
    ]


def test_ubuntu_s_universe_belongs_to_it() -> None:
    targets = "http://mirror.example/ubuntu/ noble universe\nhttp://mirror.example/ubuntu/ noble restricted\n"
    assert list(source_lines(targets, "noble", "/k.gpg")) == [
        "deb [signed-by=/k.gpg] http://mirror.example/ubuntu/ noble universe"
    ]
