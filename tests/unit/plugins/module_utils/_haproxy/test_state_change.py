# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t

import pytest
import yaml
from ansible_collections.zero.downtime.plugins.module_utils._errors import ZeroDowntimeError
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.options import HAPROXY_OPTIONS, STATE_OPTIONS
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.state_change import StateChange
from ansible_collections.zero.downtime.plugins.modules import haproxy_server_state
from ansible_collections.zero.downtime.tests.unit.plugins.module_utils.clocks import FakeClock

KEYS = {"changed", "actions", "elapsed", "before", "after", "sessions_cut", "persisted"}
DOCUMENTED: dict[str, t.Any] = yaml.safe_load(haproxy_server_state.RETURN)


def change(**options: t.Any) -> StateChange:
    defaults = {name: option.get("default") for name, option in {**HAPROXY_OPTIONS, **STATE_OPTIONS}.items()}
    asked = {"backend": "app", "server": "a", "state": "maint", "socket": ["/nowhere/1.sock"]}
    return StateChange({**defaults, **asked, **options}, FakeClock(), rehearsal=False)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"server": "a; x"}, "is not a valid name in HAProxy"),
        ({"backend": "a b"}, "is not a valid name in HAProxy"),
        ({"weight": "10; x"}, "neither 0 to 256 nor"),
        ({"port": 70000}, "not between 1 and 65535"),
        ({"port": 0}, "not between 1 and 65535"),
        ({"address": "localhost"}, "is not a valid IP address"),
        ({"min_healthy": "most"}, "neither a number of servers nor a share"),
        ({"timeout": -1.0}, "must not be negative"),
        ({"ramp": -1.0, "state": "ready"}, "must not be negative"),
        ({"ramp": 3.0}, "with state 'ready' only"),
        ({"state": "drain", "address": "192.0.2.1"}, "with states 'maint' and 'ready'"),
        ({"socket": []}, "name at least one"),
        ({"socket": ["/a", "/a"]}, "none twice"),
        ({"socket": ["/a", "/b"], "persist": "/c"}, "persist goes with one socket"),
        ({"socket": ["admin.sock"]}, "absolute path or host:port"),
        ({"master_socket": "master.sock"}, "absolute path or host:port"),
        ({"tls": True}, "stays on the host"),
        ({"socket": ["192.0.2.1:1"], "tls_verify": False}, "tls_verify without tls"),
        ({"socket": ["192.0.2.1:1"], "tls": True, "tls_ca_cert": "/nowhere/ca.pem"}, "/nowhere/ca.pem can't be used"),
    ],
)
def test_wrong_values_are_refused_before_any_socket_is_opened(options: dict[str, t.Any], message: str) -> None:
    refused = change(**options)
    with pytest.raises(ZeroDowntimeError, match=message) as failure:
        refused.run()
    assert set(refused.result()) == KEYS
    assert refused.result()["changed"] is False
    assert refused.result()["elapsed"] == 0
    assert set(failure.value.details) <= {name for name in DOCUMENTED if name not in KEYS}


def test_the_keys_of_every_result_are_those_that_are_documented() -> None:
    assert {"changed"} | {name for name, key in DOCUMENTED.items() if key["returned"] == "always"} == KEYS
