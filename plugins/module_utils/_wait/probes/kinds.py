# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: it may change without notice.
"""The one list of the kinds of probes. All that depends on the kind is derived from it."""

from __future__ import annotations

import typing as t

from ansible_collections.zero.downtime.plugins.module_utils._wait.probes import container, haproxy, tcp, url
from ansible_collections.zero.downtime.plugins.module_utils._wait.probes.kind import ContainerView, Options, Probe

# In the order in which they are asked: once the container is gone, asking the others is of no use.
KINDS = (container.KIND, tcp.KIND, haproxy.KIND, url.KIND)

PROBE_OPTIONS: dict[str, t.Any] = {name: dict(spec) for kind in KINDS for name, spec in kind.spec.items()}


def asked_for(options: Options) -> list[str]:
    """The options in I(options) that ask for a probe."""
    return [kind.option for kind in KINDS if options.get(kind.option)]


def waits_for_an_answer(options: Options) -> bool:
    """Whether more is asked for than that something runs, which is also true of what is about to crash."""
    return any(kind.answers for kind in KINDS if options.get(kind.option))


def of_any_version(options: Options) -> dict[str, t.Any]:
    """I(options) without what tells one version from another: for the way back, to a version with other marks."""
    marks = {mark for kind in KINDS for mark in kind.version_marks}
    return {name: value for name, value in options.items() if name not in marks}


def normalised(options: Options) -> dict[str, t.Any]:
    """I(options) with each probe's own option in its long form. Raises BadHealthOptions."""
    found = {kind.option: kind.normalised(options[kind.option]) for kind in KINDS if kind.option in options}
    return {**options, **found}


def contradictions(options: Options) -> t.Iterator[str]:
    """What is wrong with I(options), which have their defaults."""
    if not asked_for(options):
        yield f"there is nothing to wait for: state at least one of {', '.join(kind.option for kind in KINDS)}"
    for kind in KINDS:
        yield from kind.contradictions(options)


def probes(options: Options, containers: ContainerView | None) -> list[Probe]:
    """Those that I(options), which have their defaults, ask for. Raises what this host lacks for them."""
    return [kind.probe(options, containers) for kind in KINDS if options[kind.option]]
