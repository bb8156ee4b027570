# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of a run: fault x step, and what came of it. No I/O."""

from __future__ import annotations

import typing as t

from .trial import Result

COLUMNS = ("fault", "step", "lost", "HAProxy", "versions", "first run", "the same again", "s", "")


def markdown(results: t.Iterable[Result]) -> str:
    rows = [COLUMNS, ("---",) * len(COLUMNS), *map(_row, results)]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def _row(result: Result) -> tuple[str, ...]:
    late = f" (seen: {result.struck_at})" if result.struck_at not in ("", result.step) else ""
    missed = " (hit nothing)" if result.missed else ""
    verdict = "; ".join(result.problems) or (f"ok: {result.reason}" if result.reason else "ok")
    return (
        result.fault,
        result.step + late + missed,
        str(result.lost),
        str(result.signs),
        result.versions,
        result.first,
        result.again,
        f"{result.seconds:.0f}",
        verdict,
    )
