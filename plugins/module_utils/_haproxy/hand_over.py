# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: it may change without notice.
"""What M(zero.downtime.rollout_hand_over) does: restore one server, and drain the next one in the same visit."""

from __future__ import annotations

import typing as t

from ansible_collections.zero.downtime.plugins.module_utils._clock import Clock
from ansible_collections.zero.downtime.plugins.module_utils._errors import ZeroDowntimeError
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.names import BadValue
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.options import HAPROXY_OPTIONS, STATE_OPTIONS
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.state_change import StateChange

# Our options for each of the two servers, and what M(zero.downtime.haproxy_server_state) calls them.
_RESTORE = {"restore": "server", "restore_timeout": "timeout", "ramp": "ramp"}
_DRAIN = {"drain": "server", "drain_timeout": "timeout", "on_timeout": "on_timeout", "min_healthy": "min_healthy"}


class HandOver:
    def __init__(self, params: t.Mapping[str, t.Any], clock: Clock, *, rehearsal: bool) -> None:
        self._params = params
        self._clock = clock
        self._started = clock.monotonic()
        self._rehearsal = rehearsal
        self._restore = StateChange(_options(params, _RESTORE, "ready"), clock, rehearsal=rehearsal)
        self._drain = StateChange(_options(params, _DRAIN, "maint"), clock, rehearsal=rehearsal)
        self._drain_begun = False
        self._why_not_out = ""

    def run(self) -> None:
        """Raises what keeps the one server from being restored. The other one is drained only once that one is up.

        A server that can't leave is a warning: the restored one is back all the same.
        """
        self._started = self._clock.monotonic()
        self._check()
        self._restore.run()
        # In a rehearsal the restored server is not up yet, and min_healthy would refuse the drain.
        if self._rehearsal:
            return
        self._drain_begun = True
        try:
            self._drain.run()
        except ZeroDowntimeError as error:
            self._why_not_out = error.message

    def _check(self) -> None:
        """Raises BadValue for what can't be right about either server. HAProxy is not asked."""
        for change, ours in ((self._restore, _RESTORE), (self._drain, _DRAIN)):
            try:
                change.desired()
            except BadValue as error:
                raise _in_our_words(error, ours) from error
        if self._params["restore"] == self._params["drain"]:
            raise BadValue(f"restore and drain are both {self._params['drain']}: name two servers", option="drain")

    @property
    def warnings(self) -> list[str]:
        found = [*self._restore.warnings]
        if self._why_not_out:
            restored, drained = self._params["restore"], self._params["drain"]
            found.append(f"{restored} is restored; draining {drained} failed: {self._why_not_out}")
        return found + [warning for warning in self._drain.warnings if warning not in found]

    def result(self) -> dict[str, t.Any]:
        restored = self._restore.result()
        drained = self._drain.result() if self._drain_begun else {}
        return {
            "changed": restored["changed"] or drained.get("changed", False),
            "actions": restored["actions"] + drained.get("actions", []),
            "elapsed": round(self._clock.monotonic() - self._started, 2),
            "restored": restored,
            "drained": drained and {**drained, "out": not self._why_not_out, "why": self._why_not_out},
        }

    def diff(self) -> dict[str, t.Any]:
        """By server."""
        restored, drained = self._restore.diff(), self._drain.diff() if self._drain_begun else {}
        return {
            side: {
                self._params["restore"]: restored[side],
                **({self._params["drain"]: drained[side]} if drained else {}),
            }
            for side in ("before", "after")
        }


def _options(params: t.Mapping[str, t.Any], ours: dict[str, str], state: str) -> dict[str, t.Any]:
    """The options of M(zero.downtime.haproxy_server_state) for one of the two servers."""
    defaults = {name: option.get("default") for name, option in STATE_OPTIONS.items()}
    shared = {name: params[name] for name in ("backend", "persist", *HAPROXY_OPTIONS)}
    return {**defaults, **shared, **{theirs: params[own] for own, theirs in ours.items()}, "state": state}


def _in_our_words(error: BadValue, ours: dict[str, str]) -> BadValue:
    """The same refusal, under the option's name in this module."""
    theirs = error.details["option"]
    own = next((own for own, name in ours.items() if name == theirs), theirs)
    return error if own == theirs else BadValue(f"{own}: {error.message}", option=own)
