# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: it may change without notice.
"""How a task states what healthy means, and what can never pass or never end.

Documented in plugins/doc_fragments/_health.py.
"""

from __future__ import annotations

import math
import typing as t

from ansible_collections.zero.downtime.plugins.module_utils._wait.probes import kinds
from ansible_collections.zero.downtime.plugins.module_utils._wait.probes.kind import BadHealthOptions

HEALTH_OPTIONS: dict[str, t.Any] = {
    **kinds.PROBE_OPTIONS,
    "successes": {"type": "int", "default": 1},
    "stable_for": {"type": "float", "default": 0},
    "interval": {"type": "float", "default": 0.5},
    "request_timeout": {"type": "float", "default": 5},
    "timeout": {"type": "float"},
}


def with_defaults(options: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """I(options) as an argument spec completes them: what is missing or C(None) gets its default.

    Raises BadHealthOptions for a C(haproxy) that is neither its suboptions nor C(backend/server).
    """
    stated = kinds.normalised({name: value for name, value in options.items() if value is not None})
    return {**{name: spec.get("default") for name, spec in HEALTH_OPTIONS.items()}, **stated}


def check_options(options: t.Mapping[str, t.Any]) -> None:
    """Refuse what could never pass or never end, before anything is touched. Raises BadHealthOptions."""
    options = with_defaults(options)
    for wrong in (*kinds.contradictions(options), *_bad_numbers(options)):
        raise BadHealthOptions(wrong)


def _bad_numbers(options: t.Mapping[str, t.Any]) -> t.Iterator[str]:
    for name in ("interval", "request_timeout", "timeout"):
        value = options[name]
        if value is not None and not (math.isfinite(value) and value > 0):
            yield f"{name} must be more than 0 seconds, not {value}"
    stable_for, timeout = options["stable_for"], options["timeout"]
    if not (math.isfinite(stable_for) and stable_for >= 0):
        yield f"stable_for must be 0 seconds or more, not {stable_for}"
    if timeout is not None and stable_for >= timeout:
        yield f"stable_for ({stable_for} s) must be shorter than timeout ({timeout} s), or the wait can only fail"
    if options["successes"] < 1:
        yield f"successes must be 1 or more, not {options['successes']}"
    if timeout is not None and (options["successes"] - 1) * options["interval"] >= timeout:
        yield f"{options['successes']} successes, {options['interval']} s apart, do not fit into timeout ({timeout} s)"
