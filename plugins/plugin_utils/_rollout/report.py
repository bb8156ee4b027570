# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where on the controller the report goes, and whether it can be written there: at the end it would be too late.

Private to this collection: it may change without notice.
"""

from __future__ import annotations

import os
import typing as t


def whole(path: str | None) -> str:
    """I(path) from where the run was started; empty for none.

    Ansible's own modules take one from the folder of the playbook, which for C(zero.downtime.deploy) is the installed
    collection's.
    """
    return os.path.abspath(path) if path else ""


def problems(path: str | None) -> t.Iterator[str]:
    if not path:
        return
    folder = os.path.dirname(whole(path))
    if os.path.isdir(path):
        yield f"rollout_report is {path}, which is a folder; name a file in it"
    elif not (os.path.isdir(folder) and os.access(folder, os.W_OK | os.X_OK)):
        yield f"rollout_report is {path}, and on the controller is no folder {folder} that you may write to"
