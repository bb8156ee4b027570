# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every haproxy.cfg that README.md or a page of docs shows is one that HAProxy accepts."""

from __future__ import annotations

import re
import subprocess
import typing as t
from pathlib import Path

import pytest
from ansible_collections.zero.downtime.tests.integration.certificates import Authority
from controller import ROOT

_BLOCK = re.compile(r"^```haproxy\n(?P<config>.*?)^```$", re.MULTILINE | re.DOTALL)
_DEFAULTS = re.compile(r"^defaults\n(?:[ ].*\n)+", re.MULTILINE)

# A file without a listener is refused; the pages leave the frontend to the reader.
_FRONTEND = "frontend web\n    bind 127.0.0.1:80\n"


class Block(t.NamedTuple):
    place: str
    config: str


def _documented() -> list[Block]:
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    return [block for page in pages for block in _blocks(page.relative_to(ROOT), page.read_text())]


def _blocks(page: Path, text: str) -> t.Iterator[Block]:
    for found in _BLOCK.finditer(text):
        line = text.count("\n", 0, found.start()) + 1
        yield Block(f"{page}:{line}", found["config"])


def _complete(config: str) -> str:
    """A block without C(defaults) is a part of the file that docs/haproxy.md begins with."""
    defaults = "" if _DEFAULTS.search(config) else _DEFAULTS.search((ROOT / "docs/haproxy.md").read_text())[0]
    return defaults + config + _FRONTEND


BLOCKS = _documented()


@pytest.fixture
def complaint(binary: str, authority: Authority, tmp_path: Path) -> t.Callable[[str], str]:
    """What C(haproxy -c) objects to in a config; empty if it accepts it. The certificates it names exist."""
    signed = authority.sign("runtime")
    (tmp_path / "runtime.pem").write_text(signed.cert.read_text() + signed.key.read_text())
    (tmp_path / "deployers.pem").write_text(authority.cert.read_text())

    def check(config: str) -> str:
        file = tmp_path / "haproxy.cfg"
        file.write_text(_complete(config).replace("/etc/haproxy/", f"{tmp_path}/"))
        done = subprocess.run([binary, "-c", "-f", file], capture_output=True, text=True, check=False)
        return "" if done.returncode == 0 else f"{done.stdout}{done.stderr}"

    return check


@pytest.mark.parametrize("block", BLOCKS, ids=[block.place for block in BLOCKS])
def test_haproxy_accepts_what_is_documented(complaint: t.Callable[[str], str], block: Block) -> None:
    assert not complaint(block.config)


@pytest.mark.parametrize(
    ("wrong", "because"),
    [
        ("backend hello\n    servers app1 192.0.2.11:8080\n", "unknown keyword 'servers'"),
        ("backend in\n    server app1 192.0.2.11:8080 no-check track hello/app1\n", "unable to find required proxy"),
        ("listen runtime\n    bind 192.0.2.1:9999 ssl crt /etc/haproxy/none.pem\n", "unable to stat SSL certificate"),
    ],
)
def test_a_mistake_in_a_block_is_found(complaint: t.Callable[[str], str], wrong: str, because: str) -> None:
    assert because in complaint(wrong)
