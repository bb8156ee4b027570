# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: it may change without notice.
"""What a task asks of container_swap, checked for sense. The only I/O is reading the files it names."""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.zero.downtime.plugins.module_utils._container.description import networks, probe_url, registry
from ansible_collections.zero.downtime.plugins.module_utils._container.description.settings import CONTAINER_SETTINGS
from ansible_collections.zero.downtime.plugins.module_utils._errors import ZeroDowntimeError
from ansible_collections.zero.downtime.plugins.module_utils._redact.values import private
from ansible_collections.zero.downtime.plugins.module_utils._wait.health import check_host
from ansible_collections.zero.downtime.plugins.module_utils._wait.options import check_options

# The engine's own rule for names. It also keeps the name of a folder in state_dir harmless.
NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]+")


class BadRequest(ZeroDowntimeError):
    """The options of the task contradict each other or could never work."""


@dataclass(frozen=True)
class Request:
    """The module's options of the same names; I(stated) are those that describe the container itself.

    I(secrets) are the values in all of them that may be secrets.
    """

    name: str
    image: str | None = None
    state: str = "present"
    version: str | None = None
    pull: str = "missing"
    force: bool = False
    strategy: str = "stop_first"
    slots: tuple[int, ...] = ()
    container_port: int | None = None
    retire: bool = True
    carry_over: bool = True
    stop_timeout: int | None = None
    stop_signal: str | None = None
    health: t.Mapping[str, t.Any] | None = None
    keep: int = 1
    prepare: bool = False
    lock_timeout: float = 300
    owner: str = ""
    check_mode: bool = False
    secrets: frozenset[str] = frozenset()
    stated: t.Mapping[str, t.Any] | None = None

    @classmethod
    def of(cls, params: t.Mapping[str, t.Any], *, check_mode: bool) -> Request:
        """From a module's parameters. Raises BadRequest, BadReference, BadHealthOptions or BadTls."""
        params = _with_settings(params)
        own = {name: params[name] for name in cls.__dataclass_fields__ if params.get(name) is not None}
        stated = {name: params[name] for name in CONTAINER_SETTINGS if params.get(name) is not None}
        request = cls(
            **{
                **own,
                "slots": tuple(own.get("slots") or ()),
                "stated": stated,
                "check_mode": check_mode,
                "secrets": frozenset(private(params)),
            }
        )
        for wrong in _contradictions(request):
            raise BadRequest(wrong)
        if request.image is not None:
            registry.parse(request.image)
        if request.health is not None:
            _check_health(request)
        return request

    def check_health_files(self) -> None:
        """What the probes need of this host. Raises BadHealthOptions, LibraryMissing or BadTls."""
        if self.state in ("present", "previous"):
            check_host(_with_url(self))

    def check_host_config(self, host: t.Mapping[str, t.Any]) -> None:
        """I(host) as it is to be, with what was carried over. Raises BadRequest or NoPort."""
        for wrong in _found_too_late(self, host):
            raise BadRequest(wrong)
        if (self.health or {}).get("path") is not None:
            probe_url.check(host, self.container_port)


def _with_settings(params: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """I(settings) are options of the module as one dictionary; what is stated beside it counts more."""
    settings = params.get("settings") or {}
    for name, option in CONTAINER_SETTINGS.items():
        twice = [each for each in (name, *option.get("aliases", ())) if each in settings]
        if len(twice) > 1:
            raise BadRequest(f"settings: {' and '.join(twice)} are names of one option: state it by one of them")
    checked = ArgumentSpecValidator(CONTAINER_SETTINGS).validate(settings)
    if checked.error_messages:
        raise BadRequest(f"settings: {'; '.join(checked.error_messages)}")
    stated = {name: value for name, value in params.items() if value is not None}
    return {**params, **checked.validated_parameters, **stated}


def _check_health(request: Request) -> None:
    health = request.health or {}
    path = health.get("path")
    if path is not None and (not path.startswith("/") or health.get("url")):
        raise BadRequest(f"health.path is {path!r}: it starts with '/' and stands in the place of health.url")
    check_options({**_with_url(request), "container": request.name})


def _with_url(request: Request) -> dict[str, t.Any]:
    """I(path) becomes a URL once the container runs and its port is known; any host will do to check the rest."""
    health = dict(request.health or {})
    path = health.pop("path", None)
    return health if path is None else {**health, "url": f"http://127.0.0.1{path}"}


def _contradictions(request: Request) -> t.Iterator[str]:
    if not NAME.fullmatch(request.name):
        yield f"name is {request.name!r}: two or more letters, digits, '_', '.' and '-', the first a letter or a digit"
    if request.keep < 0:
        yield f"keep is {request.keep}: it must be 0 or more"
    if request.version and request.state != "previous":
        yield "version names an earlier version to go back to: it needs state=previous"
    if request.prepare and request.state not in ("present", "previous"):
        yield "prepare looks ahead to a swap, so it needs state=present or state=previous"
    if request.lock_timeout < 0:
        yield f"lock_timeout is {request.lock_timeout}: it must be 0 or more seconds"
    if request.stop_timeout is not None and request.stop_timeout < -1:
        yield f"stop_timeout is {request.stop_timeout}: it must be 0 or more seconds, or -1 to wait for ever"
    yield from _bad_slots(request)
    yield from _found_too_late(request, _stated_host_config(request.stated or {}))


def _bad_slots(request: Request) -> t.Iterator[str]:
    if request.strategy == "stop_first":
        if request.slots:
            yield "slots are for strategy=start_first: with stop_first old and new use the same host port"
        return
    if len(set(request.slots)) != 2 or not all(0 < port < 65536 for port in request.slots):
        yield f"strategy=start_first needs slots, two different host ports, not {list(request.slots)}"


def _stated_host_config(stated: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    return {
        "AutoRemove": stated.get("auto_remove"),
        "NetworkMode": stated.get("network_mode"),
        "RestartPolicy": {"Name": stated.get("restart_policy"), "MaximumRetryCount": stated.get("restart_retries")},
    }


def _found_too_late(request: Request, host: t.Mapping[str, t.Any]) -> t.Iterator[str]:
    """What the engine refuses once the old container has stopped (a policy), or takes though it cannot work (slots)."""
    mode, policy = host.get("NetworkMode") or "", host.get("RestartPolicy") or {}
    name, retries = policy.get("Name") or "", policy.get("MaximumRetryCount") or 0
    if request.slots and request.state == "present" and networks.is_special(mode):
        yield f"network_mode is {mode!r}: it publishes no port, so that old and new could not be told apart in slots"
    if retries < 0 or (retries and name not in ("", "on-failure")):
        yield f"restart_retries is {retries}: it must be 0 or more, and 0 unless restart_policy is on-failure"
    if host.get("AutoRemove") and name not in ("", "no"):
        yield f"auto_remove and restart_policy {name} exclude each other"
