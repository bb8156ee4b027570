# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.zero.downtime.plugins.plugin_utils._rollout import images

DIGEST = "sha256:220eca7d6e8c" + "0" * 52


@pytest.mark.parametrize(
    ("image", "short"),
    [
        (f"registry.example.com:5000/shop/hello:v2@{DIGEST}", "hello:v2 (sha256:220eca7d6e8c)"),
        (f"hello@{DIGEST}", "hello (sha256:220eca7d6e8c)"),
        ("hello:v2", "hello:v2"),
        (DIGEST, "sha256:220eca7d6e8c"),
        ("not an image", "not an image"),
        ("", ""),
    ],
)
def test_an_image_is_shown_as_docker_prints_it(image, short):
    assert images.short(image) == short
