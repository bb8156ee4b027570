# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

from ansible_collections.zero.downtime.plugins.module_utils._redact.engine import RedactingEngine

SAID = "production: correct horse is unhealthy"


class Source:
    def __init__(self, health: dict[str, t.Any] | None) -> None:
        self.container: dict[str, t.Any] | None = {
            "Image": "sha256:1",
            "Config": {"Env": ["PASSWORD=correct horse", "MODE=production", "STATE=unhealthy"]},
            "State": {"Status": "running", "Health": health},
        }

    def inspect_container(self, name: str) -> dict[str, t.Any] | None:
        return self.container

    def inspect_image(self, ref: str) -> dict[str, t.Any]:
        return {"Config": {"Env": ["MODE=production"]}}

    def logs(self, name: str, lines: int) -> str:
        return SAID


def test_words_of_a_container_come_without_its_secrets_and_words_about_it_as_they_are() -> None:
    redacting = RedactingEngine(Source({"Status": "unhealthy", "Log": [{"Output": SAID, "ExitCode": 1}]}))
    found = redacting.inspect_container("web")
    assert found is not None
    assert found["State"] == {
        "Status": "running",
        "Health": {"Status": "unhealthy", "Log": [{"Output": "production: ******** is ********", "ExitCode": 1}]},
    }
    assert redacting.logs("web", 20) == "production: ******** is ********"


def test_no_check_and_no_container() -> None:
    source = Source(None)
    assert RedactingEngine(source).inspect_container("web") == source.container
    source.container = None
    assert RedactingEngine(source).inspect_container("web") is None
    assert RedactingEngine(source).logs("web", 20) == SAID
