# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: it may change without notice.
"""What can't be rolled as it was found: refused while nothing has been touched."""

from __future__ import annotations

import itertools
import typing as t

from ansible_collections.zero.downtime.plugins.module_utils._errors import ZeroDowntimeError
from ansible_collections.zero.downtime.plugins.module_utils._words import count
from ansible_collections.zero.downtime.plugins.plugin_utils._rollout.observed import Host, Process


class Refused(ZeroDowntimeError):
    """The rollout can't be done as asked; nothing has been touched."""


def refuse_what_does_not_fit(
    found: t.Mapping[str, t.Mapping[str, t.Any]], hosts: t.Sequence[Host], balancers: t.Sequence[Process]
) -> None:
    """I(found): what I(hosts) were made of."""
    _refuse_two_sites(found)
    _refuse_slots_for_some(hosts)
    _refuse_two_of_a_server(hosts)
    _refuse_unknown_servers(hosts, balancers)
    _refuse_former_servers_at_some(hosts, balancers)


def refuse_too_many_at_once(todo: t.Sequence[Host], balancers: t.Sequence[Process], min_healthy: t.Any) -> None:
    """All of I(todo) go in step: one that the guard holds back would wait for the very mates that wait for it."""
    for process in balancers:
        leaving = _leaving(todo, process)
        if len(leaving) > 1 and not process.enough_without(leaving, min_healthy):
            raise Refused(
                f"{process.name} can't spare {', '.join(sorted(leaving))} together with rollout_min_healthy "
                f"{min_healthy!r}. State serial: {max(1, process.spare(min_healthy, ()))} on the play"
            )


def refuse_nothing_to_spare(todo: t.Sequence[Host], balancers: t.Sequence[Process], min_healthy: t.Any) -> None:
    """The guard would refuse the drain as well, but only after the lock, the pull and a wait."""
    for process in balancers:
        stuck = sorted(_leaving(todo, process) & process.stuck(min_healthy))
        if stuck:
            backups = f" and {count('backup', len(process.backups))}" if process.backups else ""
            raise Refused(
                f"{process.name} has {count('server', len(process.servers))}{backups} in this backend and "
                f"rollout_min_healthy {min_healthy!r} wants {process.needed(min_healthy)} of them serving, so "
                f"{', '.join(stuck)} can't be drained. Lower rollout_min_healthy; 0 accepts an interruption"
            )


def _leaving(todo: t.Sequence[Host], process: Process) -> frozenset[str]:
    """The servers that the turns of I(todo) take out of rotation: those that serve."""
    return process.serving.intersection(line for host in todo if not host.side_by_side for line in host.lines)


def _refuse_two_sites(said: t.Mapping[str, t.Mapping[str, t.Any]]) -> None:
    """The lock and the ledger belong to the load balancers that the first host names."""
    for key in ("load_balancers", "backend"):
        found: dict[str, list[str]] = {}
        for name, each in said.items():
            found.setdefault(str(each.get(key)), []).append(name)
        if len(found) > 1:
            stated = "; ".join(f"{value} of {', '.join(names[:3])}" for value, names in found.items())
            raise Refused(
                f"rollout_{key} differs between hosts: {stated}. Roll them out one after the other, by rollout_hosts "
                "or --limit"
            )


def _refuse_slots_for_some(hosts: t.Sequence[Host]) -> None:
    """How many hosts may be out, and which lines stand for one host, is reckoned in one way for all."""
    with_slots = [host.name for host in hosts if host.slots]
    without = [host.name for host in hosts if not host.slots]
    if with_slots and without:
        raise Refused(
            f"rollout_slots is set for {', '.join(with_slots)} and not for {', '.join(without)}. Set it for all, which "
            "moves each host into its slots in its turn; or roll out only those that have it, by --limit"
        )


def _refuse_two_of_a_server(found: t.Sequence[Host]) -> None:
    owners: dict[str, list[str]] = {}
    for host in found:
        for line in host.lines:
            owners.setdefault(line, []).append(host.name)
    for server, names in owners.items():
        if len(names) > 1:
            raise Refused(
                f"{' and '.join(names)} have the same server {server!r} in HAProxy; set rollout_server for each host"
            )


def _refuse_unknown_servers(found: t.Sequence[Host], balancers: t.Sequence[Process]) -> None:
    for process in balancers:
        unknown = [
            f"{line!r} ({host.name})"
            for host in found
            for line in host.lines
            if line != host.former and line not in process.known
        ]
        if unknown:
            raise Refused(
                f"{process.name} has no server {', '.join(unknown)} in this backend; it has "
                f"{', '.join(sorted(process.known)) or 'none'}. Add it to haproxy.cfg, or set rollout_server"
            )


def _refuse_former_servers_at_some(found: t.Sequence[Host], balancers: t.Sequence[Process]) -> None:
    """A turn drains its host's former server everywhere. One that is out of use is to go rather than come back."""
    gone = {process: [host for host in found if host.former not in {"", *process.known}] for process in balancers}
    pairs = list(itertools.permutations(balancers, 2))
    for process, other in pairs:
        serving = [f"{host.former!r} ({host.name})" for host in gone[process] if host.former in other.serving]
        if serving:
            raise Refused(
                f"{process.name} has no server {', '.join(serving)}, of the layout without slots. Put it back until a "
                f"deploy has moved the host into its slots: {other.name} still sends requests to it"
            )
    for process, other in pairs:
        left = [f"{host.former!r} ({host.name})" for host in gone[process] if host.former in other.known]
        if left:
            raise Refused(
                f"{other.name} still has {', '.join(left)}, of the layout without slots, and {process.name} has not. "
                "Remove it from haproxy.cfg there too"
            )
