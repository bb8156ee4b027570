# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.zero.downtime.plugins.plugin_utils._rollout import settings


def test_a_relative_path_is_from_where_the_run_was_started(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert settings.report_path("report.json") == str(tmp_path / "report.json")
    assert settings.report_path("/srv/report.json") == "/srv/report.json"
    assert settings.report_path(None) == ""


def test_a_file_that_is_there_or_can_be_made_is_right(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "old.json").touch()
    for path in ("old.json", "new.json", str(tmp_path / "new.json"), None):
        assert list(settings.report_problems(path)) == []


@pytest.mark.parametrize("path", ["/no/such/report.json", "no/report.json"])
def test_a_folder_that_is_not_there_is_named(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (said,) = settings.report_problems(path)
    folder = settings.report_path(path)[: -len("/report.json")]
    assert said == f"rollout_report is {path}, and the controller has no folder {folder} that you may write to"


def test_a_folder_that_nobody_may_write_to_is_named(no_longer_root):
    with no_longer_root():
        (said,) = settings.report_problems("/usr/report.json")
    assert "no folder /usr that you may write to" in said


def test_a_folder_is_no_report(tmp_path):
    (said,) = settings.report_problems(str(tmp_path))
    assert said == f"rollout_report is {tmp_path}, which is a folder; name a file in it"
