# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of secrets and the argument specs of all modules say the same."""

from __future__ import annotations

import contextlib
import importlib
import pkgutil
import typing as t

import pytest
from ansible.module_utils import basic
from ansible_collections.zero.downtime.plugins import modules
from ansible_collections.zero.downtime.plugins.module_utils._redact.module import RedactingModule
from ansible_collections.zero.downtime.plugins.module_utils._redact.secret_options import SECRET_OPTIONS, Kind

NAMES = sorted(each.name for each in pkgutil.iter_modules(modules.__path__))
Spec = t.Dict[str, t.Dict[str, t.Any]]


class Asked(Exception):
    pass


def _spec_of(name: str, monkeypatch: pytest.MonkeyPatch) -> tuple[type, Spec]:
    """The class and the argument spec of a module; no options where it is only the documentation of an action."""
    found: list[tuple[type, Spec]] = [(object, {})]

    def caught(self: basic.AnsibleModule, argument_spec: Spec, **_more: t.Any) -> None:
        found.append((type(self), argument_spec))
        raise Asked

    monkeypatch.setattr(basic.AnsibleModule, "__init__", caught)
    module = importlib.import_module(f"{modules.__name__}.{name}")
    with contextlib.suppress(Asked):
        getattr(module, "main", lambda: None)()
    return found[-1]


def _options(spec: Spec) -> t.Iterator[tuple[str, dict[str, t.Any]]]:
    for name, option in spec.items():
        yield name, option
        yield from _options(option.get("options") or {})


@pytest.mark.parametrize("name", NAMES)
def test_an_option_that_is_not_logged_is_in_the_table_and_the_other_way_round(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for option, spec in _options(_spec_of(name, monkeypatch)[1]):
        kind = SECRET_OPTIONS.get(option)
        # Ansible takes user and password out of a URL by itself.
        taken_apart = kind is Kind.URL or (kind is Kind.OPTIONS and "options" in spec)
        assert bool(spec.get("no_log")) is (kind is not None and not taken_apart), option
        assert {SECRET_OPTIONS.get(alias) for alias in spec.get("aliases", ())} <= {kind}, option


@pytest.mark.parametrize("name", NAMES)
def test_a_module_with_secrets_is_one_that_redacts(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    kind, spec = _spec_of(name, monkeypatch)
    assert issubclass(kind, RedactingModule) or not {option for option, _spec in _options(spec)} & set(SECRET_OPTIONS)


def test_every_option_of_the_table_is_one_of_a_module(monkeypatch: pytest.MonkeyPatch) -> None:
    specs = [pair for name in NAMES for pair in _options(_spec_of(name, monkeypatch)[1])]
    known = {name for option, spec in specs for name in (option, *spec.get("aliases", ()))}
    assert set(SECRET_OPTIONS) <= known
