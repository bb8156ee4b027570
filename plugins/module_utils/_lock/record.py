# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: it may change without notice.
"""Who holds a lock, since when, and whether its rollout is still alive. No I/O."""

from __future__ import annotations

import dataclasses
import datetime
import typing as t

FORMAT = 1


@dataclasses.dataclass(frozen=True)
class Moment:
    """A point in time on one host. I(monotonic): s since it booted; I(wall): s since 1970, for people only."""

    boot_id: str
    monotonic: float
    wall: float


@dataclasses.dataclass(frozen=True)
class Record:
    """A lock that is held. I(token) is known to its holder alone, I(owner) is shown to others; I(ttl): s."""

    service: str
    owner: str
    token: str
    ttl: float
    since: float
    refreshed: Moment

    def age(self, now: Moment) -> float:
        """Seconds since it was refreshed; after a boot of the host, since the boot.

        The wall clock is not used: one that jumps must neither free a lock nor keep it. At a boot the monotonic clock
        starts again, so all that is certain is that the lock was not refreshed since then.
        """
        same_boot = self.refreshed.boot_id == now.boot_id and self.refreshed.monotonic <= now.monotonic
        return now.monotonic - self.refreshed.monotonic if same_boot else now.monotonic

    def stale(self, now: Moment) -> bool:
        return self.age(now) > self.ttl

    def as_json(self) -> dict[str, t.Any]:
        return {"format": FORMAT, **dataclasses.asdict(self)}

    @classmethod
    def from_json(cls, data: t.Any) -> Record:
        """Raises ValueError for what is not a record."""
        try:
            values = {field.name: data[field.name] for field in dataclasses.fields(cls)}
            return cls(**{**values, "refreshed": Moment(**values["refreshed"])})
        except (KeyError, TypeError) as error:
            raise ValueError(f"not a lock: {error!r}") from error

    def describe(self, now: Moment) -> dict[str, t.Any]:
        """For people and playbooks: without the token, so that no reader can act as the holder."""
        return {
            "service": self.service,
            "owner": self.owner,
            "since": _utc(self.since),
            "refreshed": _utc(self.refreshed.wall),
            "age": round(self.age(now), 1),
            "ttl": self.ttl,
            "stale": self.stale(now),
        }


def _utc(wall: float) -> str:
    return datetime.datetime.fromtimestamp(wall, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
