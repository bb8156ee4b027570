# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: it may change without notice.
"""What a swap is about to do: all that a later run needs to finish or to undo it. No I/O."""

from __future__ import annotations

import typing as t
from dataclasses import asdict, dataclass, field

NO_RESTART = {"Name": "no", "MaximumRetryCount": 0}


@dataclass(frozen=True)
class ContainerRef:
    """A container, as much of it as a plan needs. No environment and no labels: these may hold secrets.

    I(policy) is C(HostConfig.RestartPolicy).
    """

    id: str
    name: str
    image: str = ""
    image_id: str = ""
    running: bool = False
    policy: t.Mapping[str, t.Any] = field(default_factory=lambda: dict(NO_RESTART))
    auto_remove: bool = False

    @classmethod
    def of(cls, inspect: t.Mapping[str, t.Any]) -> ContainerRef:
        host = inspect["HostConfig"]
        return cls(
            id=inspect["Id"],
            name=inspect["Name"].lstrip("/"),
            image=inspect["Config"]["Image"],
            image_id=inspect["Image"],
            running=bool(inspect["State"]["Running"]),
            policy=dict(host.get("RestartPolicy") or NO_RESTART),
            auto_remove=bool(host.get("AutoRemove")),
        )

    def restored(self, inspect: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
        """I(inspect) of this container once it is as it was: the counterpart of of()."""
        state = {**inspect["State"], "Running": self.running, "Status": "running" if self.running else "exited"}
        host = {**inspect["HostConfig"], "RestartPolicy": self.policy}
        return {**inspect, "Name": f"/{self.name}", "State": state, "HostConfig": host}

    @property
    def restarts(self) -> bool:
        """Whether the engine would start it by itself."""
        return (self.policy.get("Name") or "no") != "no"


@dataclass(frozen=True)
class SetAside:
    """A container that makes way, and the name it is kept under.

    I(revive), the body and networks to create it from again, is there only for one started with C(--rm): it is gone
    once it stops. This is the one place where a journal holds environment values.
    """

    container: ContainerRef
    name: str
    revive: t.Mapping[str, t.Any] | None = None


@dataclass(frozen=True)
class Intent:
    """One change of one service, in the order in which it happens.

    I(new) gets the container's name I(name): it is created under a name of its own (I(created), its id empty until
    then) or was there already. I(before) make way for it and come back if it does not get healthy. Once it is,
    I(done) is set: from there on the change is finished, not undone, which is I(after) making way and I(remove).
    """

    what: str
    service: str
    name: str = ""
    new: ContainerRef | None = None
    created: bool = False
    policy: t.Mapping[str, t.Any] = field(default_factory=lambda: dict(NO_RESTART))
    before: tuple[SetAside, ...] = ()
    after: tuple[SetAside, ...] = ()
    remove: tuple[ContainerRef, ...] = ()
    replaces: ContainerRef | None = None
    image: str = ""
    digest: str = ""
    owner: str = ""
    began: float = 0.0
    done: bool = False
    step: str = ""

    def as_json(self) -> dict[str, t.Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: t.Mapping[str, t.Any]) -> Intent:
        """Raises KeyError or TypeError where I(data) is not what as_json() gave."""
        return cls(
            **{
                **data,
                "new": data["new"] and ContainerRef(**data["new"]),
                "replaces": data["replaces"] and ContainerRef(**data["replaces"]),
                "before": tuple(_away(each) for each in data["before"]),
                "after": tuple(_away(each) for each in data["after"]),
                "remove": tuple(ContainerRef(**each) for each in data["remove"]),
            }
        )


def _away(data: t.Mapping[str, t.Any]) -> SetAside:
    return SetAside(**{**data, "container": ContainerRef(**data["container"])})
