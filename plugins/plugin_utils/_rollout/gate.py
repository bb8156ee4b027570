# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the new servers may stay, by what HAProxy counted of them and of the old ones while both were watched.

Private to this collection: it may change without notice.
"""

from __future__ import annotations

import dataclasses
import math
import typing as t

from ansible_collections.zero.downtime.plugins.module_utils._errors import ZeroDowntimeError
from ansible_collections.zero.downtime.plugins.plugin_utils._rollout import response_time
from ansible_collections.zero.downtime.plugins.plugin_utils._rollout.counters import (
    Counters,
    Process,
    Snapshot,
    answers,
    by_process,
    finished_requests,
    growth,
    restarted,
)

Limits = t.Mapping[str, t.Any]
Finding = t.Tuple[str, str]
"""An answer, and a reason for it."""
_WORST_FIRST = ("roll_back", "not_enough")

# What each limit takes, in words and as a range.
_LIMITS: dict[str, tuple[str, float, float]] = {
    "max_5xx_ratio": ("a share of the requests from 0 to 1, such as 0.01", 0, 1),
    "max_error_ratio": ("a share of the requests from 0 to 1, such as 0.01", 0, 1),
    "max_response_time_ratio": ("how many times the old servers' response time, 1 or more", 1, math.inf),
    "min_requests": ("a number of requests for each new server, 1 or more", 1, math.inf),
}
_WHOLE = {"min_requests"}

OPTIONS = {name: {"type": "int" if name in _WHOLE else "float"} for name in _LIMITS}
"""For an argument spec."""


class BadGate(ZeroDowntimeError):
    """C(rollout_gate) holds something that is no limit."""


@dataclasses.dataclass(frozen=True)
class Verdict:
    """I(answer): C(go), C(roll_back) or C(not_enough). I(reasons): sentences for people."""

    answer: str
    reasons: list[str]


@dataclasses.dataclass(frozen=True)
class Judgement(Verdict):
    """Of all new servers together: one that is to be rolled back is not hidden by the others, nor kept waiting by them.

    I(servers): the verdict on each. I(numbers): for each new server, and for C(old) (all old ones together),
    C(requests), C(answered_5xx), C(errors), C(failed_checks) in the window, and C(response_time), the least and the
    most it can have been in ms, or null.
    """

    servers: dict[str, Verdict]
    numbers: dict[str, dict[str, t.Any]]

    def as_dict(self) -> dict[str, t.Any]:
        return dataclasses.asdict(self)


def check(limits: Limits) -> None:
    """Refuse what is no limit, all of it at once."""
    problems = [
        f"it has no {name!r}; there are {', '.join(_LIMITS)}" for name in sorted(map(str, set(limits) - set(_LIMITS)))
    ]
    for name, (meaning, least, most) in _LIMITS.items():
        value = limits.get(name)
        if value is not None and not (_is_number(value, whole=name in _WHOLE) and least <= value <= most):
            problems.append(f"{name} is {value!r}; it is {meaning}")
    if problems:
        raise BadGate("rollout_gate: " + "; ".join(problems))


def judge(
    limits: Limits,
    before: t.Sequence[Snapshot],
    after: t.Sequence[Snapshot],
    *,
    new: t.Collection[str],
    old: t.Collection[str],
) -> Judgement:
    """Hold each server of I(new) to I(limits) between I(before) and I(after), the snapshots at all load balancers.

    A server over a limit is rolled back. Where the I(old) servers had enough requests too, it must also be worse than
    them by more than the limit: what ails both (a database) is no reason to roll back, and none to go on.
    """
    check(limits)
    windows = [_window(process, life, before, after) for process, life in by_process([*before, *after]).items()]
    reports = {name: _report(windows, {name}) for name in sorted(new)}
    them = _report(windows, set(old))
    compared = them if them.requests >= _enough(limits) else None
    unread = _unread(windows)
    verdicts = {name: _verdict(limits, name, report, compared, unread) for name, report in reports.items()}
    answer = next((worst for worst in _WORST_FIRST if any(each.answer == worst for each in verdicts.values())), "go")
    reasons = [reason for each in verdicts.values() if each.answer == answer for reason in each.reasons]
    numbers = {name: each.as_dict() for name, each in {**reports, "old": them}.items()}
    return Judgement(answer, [*dict.fromkeys(reasons)], verdicts, numbers)


def _verdict(limits: Limits, name: str, report: _Report, old: _Report | None, unread: str) -> Verdict:
    """I(old) is None where there is none to compare with. I(unread) may be why the requests are too few."""
    findings = _too_few(name, report, _enough(limits)) or [*_over_the_limits(limits, name, report, old)]
    for answer in _WORST_FIRST:
        reasons = [reason for what, reason in findings if what == answer]
        if reasons:
            return Verdict(answer, [*reasons, unread] if unread and answer == "not_enough" else reasons)
    return Verdict("go", [_praise(name, report)])


def _enough(limits: Limits) -> int:
    return limits.get("min_requests") or 1


@dataclasses.dataclass(frozen=True)
class _Report:
    """Of one server, or several together, on all load balancers."""

    requests: int = 0
    answered_5xx: int = 0
    errors: int = 0
    failed_checks: int = 0
    took: response_time.Span | None = None

    def as_dict(self) -> dict[str, t.Any]:
        fields = dataclasses.asdict(self)
        del fields["took"]
        return {**fields, "response_time": self.took and [round(self.took.low, 1), round(self.took.high, 1)]}


def _too_few(name: str, report: _Report, enough: int) -> list[Finding]:
    if report.requests >= enough:
        return []
    return [("not_enough", f"{name} had {report.requests} of the {enough} requests that are needed to tell")]


def _over_the_limits(limits: Limits, name: str, report: _Report, old: _Report | None) -> t.Iterator[Finding]:
    for key, field, did in (
        ("max_5xx_ratio", "answered_5xx", "answered 5xx to"),
        ("max_error_ratio", "errors", "gave no whole answer to"),
    ):
        limit, bad = limits.get(key), getattr(report, field)
        if limit is None or bad <= limit * report.requests:
            continue
        said = f"{name} {did} {bad} of {_share(bad, report.requests)}, at most {limit:.4g} of them allowed"
        if old is None:
            yield "roll_back", said
            continue
        said += f"; the old servers {getattr(old, field)} of {_share(getattr(old, field), old.requests)}"
        excess = bad / report.requests - getattr(old, field) / old.requests
        yield ("roll_back", said) if excess > limit else ("not_enough", f"{said}: what ails both tells nothing of it")
    limit = limits.get("max_response_time_ratio")
    if limit is None or old is None or report.took is None or old.took is None:
        return
    # Only what the rounding to whole milliseconds can't explain.
    if report.took.low > limit * old.took.high:
        yield (
            "roll_back",
            f"{name} took at least {report.took.low:.0f} ms to answer, the old servers at most {old.took.high:.0f} ms; "
            f"at most {limit:.4g} times as long is allowed",
        )


def _praise(name: str, report: _Report) -> str:
    return (
        f"{name} answered 5xx to {report.answered_5xx} and gave no whole answer to {report.errors} "
        f"of {report.requests} requests"
    )


def _share(part: int, whole: int) -> str:
    return f"{whole} requests ({part / whole:.1%})"


class _Window(t.NamedTuple):
    """Of one process: what it had counted before, and after; None where it was not there."""

    process: Process
    before: Snapshot | None
    after: Snapshot | None


def _window(
    process: Process, life: list[Snapshot], before: t.Sequence[Snapshot], after: t.Sequence[Snapshot]
) -> _Window:
    earlier, later = ([snapshot for snapshot in life if snapshot in snapshots] for snapshots in (before, after))
    return _Window(process, earlier[-1] if earlier else None, later[-1] if later else None)


def _report(windows: t.Sequence[_Window], names: t.Collection[str]) -> _Report:
    """Sum up the window; a process that is new in it began at 0, what a process that is gone counted is not known."""
    requests = fives = errors = checks = 0
    averages: list[tuple[response_time.Span, int]] = []
    for _process, since, snapshot in windows:
        if snapshot is None:
            continue
        since = None if since is None or restarted(since, snapshot) else since
        for name, now in (snapshot.servers or {}).items():
            if name not in names:
                continue
            then = since.servers.get(name) if since and since.servers else None
            counted = growth(then, now)
            requests += max(0, finished_requests(then, now) or 0)
            fives += counted["answered_5xx"]
            errors += _errors(then, now, snapshot.speaks_http)
            checks += counted["failed_checks"]
            if answered := answers(counted):
                earlier = (then["response_time"], answers(then)) if then else (0, 0)
                averages.append((response_time.within(*earlier, now["response_time"], answers(now)), answered))
    return _Report(requests, fives, errors, checks, response_time.weighted(averages) if averages else None)


def _errors(then: Counters | None, now: Counters, speaks_http: bool) -> int:
    """Requests to which a server gave no whole answer, at least; no counter tells, so it is the most that one proves.

    A request that came to an end without a status is one, but for clients that left. HAProxy counts up to two response
    errors for one request (2.6.12 and 2.8.25).
    """
    counted = growth(then, now)
    silent = (finished_requests(then, now) or 0) - answers(counted) - counted["client_aborts"] if speaks_http else 0
    return max(
        0,
        silent,
        counted["server_aborts"],
        counted["connect_errors"],
        (counted["response_errors"] + 1) // 2,
    )


def _unread(windows: t.Sequence[_Window]) -> str:
    gone = " and ".join(str(window.process) for window in windows if window.after is None)
    return gone and f"{gone}, was reloaded or restarted meanwhile, and what it had counted is not known"


def _is_number(value: t.Any, *, whole: bool) -> bool:
    """Neither true nor nan, which compare like numbers."""
    return isinstance(value, int if whole else (int, float)) and not isinstance(value, bool) and not math.isnan(value)
