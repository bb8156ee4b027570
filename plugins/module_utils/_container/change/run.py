# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: it may change without notice.
"""What observing, changing and undoing share in one run: whom to ask, and what came of it so far."""

from __future__ import annotations

import contextlib
import typing as t

from ansible_collections.zero.downtime.plugins.module_utils._clock import Clock
from ansible_collections.zero.downtime.plugins.module_utils._container.change import evidence, result
from ansible_collections.zero.downtime.plugins.module_utils._container.change.intent import ContainerRef, Intent
from ansible_collections.zero.downtime.plugins.module_utils._container.change.journal import Store
from ansible_collections.zero.downtime.plugins.module_utils._container.change.request import Request
from ansible_collections.zero.downtime.plugins.module_utils._container.change.steps import Steps
from ansible_collections.zero.downtime.plugins.module_utils._container.description.spec import Spec
from ansible_collections.zero.downtime.plugins.module_utils._container.engine.client import Engine
from ansible_collections.zero.downtime.plugins.module_utils._errors import ZeroDowntimeError
from ansible_collections.zero.downtime.plugins.module_utils._redact.values import of_container


class Run:
    """One run for one service on one engine.

    I(private) are values that no message may quote. I(undone): whether an interrupted swap was undone first, or is
    going to be. I(unproven) is the swap whose new container stays, as there is nothing to go back to.
    """

    def __init__(self, request: Request, engine: Engine, store: Store, clock: Clock) -> None:
        self.request = request
        self.engine = engine
        self.store = store
        self.clock = clock
        self.result = result.Result()
        self.private: set[str] = set(request.secrets)
        self.undone = False
        self.unproven: Intent | None = None

    def steps(self, spec: Spec | None = None) -> Steps:
        return Steps(self.engine, self.clock, self.request, spec)

    def known(self, ident: str) -> ContainerRef | None:
        found = self.engine.inspect_container(ident)
        return ContainerRef.of(found) if found else None

    def new_one(self, intent: Intent) -> ContainerRef | None:
        """Killed between creating it and writing its id down: then its own name is how to know it."""
        return self.known(intent.new.id or intent.new.name) if intent.new else None

    def evidence(self, intent: Intent) -> dict[str, t.Any]:
        """What the new container left behind. An engine that does not answer must not keep the old one away."""
        container, log = None, ""
        with contextlib.suppress(ZeroDowntimeError):
            new = self.new_one(intent)
            if new is not None:
                container = self.engine.inspect_container(new.id)
                self.private |= of_container(container, self.engine.inspect_image(new.image_id))
                log = self.engine.logs(new.id, evidence.LOG_LINES)
        return evidence.of(container, log)

    def did(self, action: str) -> None:
        self.result.changed = True
        self.result.actions.append(action)

    def remember(self, intent: Intent, outcome: str) -> None:
        self.store.record(result.entry(intent, self.new_one(intent), outcome, self.clock.wall()))
