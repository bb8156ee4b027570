# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The messages that the pages quote exist, and so do the files and headings that they link to."""

from __future__ import annotations

import ast
import re
import typing as t
from pathlib import Path

import pytest
from controller import ROOT

PAGES = sorted(
    [
        *ROOT.glob("*.md"),
        *ROOT.glob("docs/*.md"),
        *ROOT.glob("examples/*/README.md"),
        *ROOT.glob("roles/*/README.md"),
        *ROOT.glob("tests/*/README.md"),
    ]
)
PLACEHOLDER = "{}"


def _texts(file: Path) -> t.Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.JoinedStr):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else PLACEHOLDER for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def _quoted_messages() -> list[str]:
    rows = [line for line in (ROOT / "docs/troubleshooting.md").read_text().splitlines() if line.startswith("| `")]
    return [quoted for row in rows for quoted in re.findall("`([^`]+)`", row.split(" | ")[0])]


def _links() -> list[tuple[Path, str]]:
    found = [(page, link) for page in PAGES for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text())]
    return [(page, link) for page, link in found if not link.startswith("https://")]


def _anchors(page: Path) -> set[str]:
    """GitHub's names of the headings."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.fixture(scope="module")
def messages() -> str:
    """Every text in the code, and every task file of the roles; a line each."""
    python = [text for file in (ROOT / "plugins").rglob("*.py") for text in _texts(file)]
    tasks = [" ".join(file.read_text().split()) for file in (ROOT / "roles").rglob("*.yml")]
    return "\n".join([*python, *tasks])


@pytest.mark.parametrize("quoted", _quoted_messages())
def test_a_message_that_troubleshooting_quotes_exists(messages: str, quoted: str) -> None:
    assert quoted in messages


@pytest.mark.parametrize(("page", "link"), _links(), ids=lambda value: str(value).replace(f"{ROOT}/", ""))
def test_a_link_leads_somewhere(page: Path, link: str) -> None:
    path, _hash, anchor = link.partition("#")
    target = (page.parent / path).resolve() if path else page
    assert target.exists()
    assert not anchor or anchor in _anchors(target)
