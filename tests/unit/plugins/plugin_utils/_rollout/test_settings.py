# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import re
from pathlib import Path

import pytest
from ansible.module_utils.common.yaml import yaml_load
from ansible_collections.zero.downtime.plugins.plugin_utils._rollout import settings

ROOT = Path(__file__).resolve().parents[5]
GOOD = {
    "rollout_service": "hello",
    "rollout_image": "registry.example.com:5000/team/hello:v2",
    "rollout_container": {"env": {"A": "b"}},
    "rollout_load_balancers": ["lb1"],
    "rollout_backend": "hello",
    "rollout_server": "app1",
    "rollout_min_healthy": 0.8,
    "rollout_health": {"path": "/ping"},
    "rollout_drain_timeout": 60,
}


SLOTS = {"rollout_strategy": "start_first", "rollout_slots": [8081, 8082], "rollout_port": 80}
OWN_TASKS = {"rollout_image": None, "rollout_update_tasks": "/update.yml"}


def problems(**changes):
    return settings.problems({**GOOD, **changes}, inventory={"app1", "lb1"})


def test_good_settings_have_no_problem():
    assert problems() == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"rollout_service": "a b"}, "rollout_service is 'a b'"),
        ({"rollout_service": "../x"}, "rollout_service"),
        ({"rollout_service": "a"}, "two or more letters"),
        ({"rollout_backend": "b; set server b/s state maint"}, "rollout_backend"),
        ({"rollout_server": "a\nb"}, "rollout_server"),
        ({"rollout_server": ""}, "rollout_server"),
        ({"rollout_image": None}, "rollout_image is not set"),
        ({"rollout_image": "hello v2"}, "rollout_image: 'hello v2' is not a valid image reference"),
        ({"rollout_image": "$(reboot)"}, "is not a valid image reference"),
        ({"rollout_image": "registry.example.com/Hello:v2"}, "is not a valid image reference"),
        ({"rollout_container": {"image": "x"}}, "that is rollout_image"),
        ({"rollout_container": {"name": "x"}}, "that is rollout_service"),
        ({"rollout_drain_timeout": -1}, "rollout_drain_timeout is -1"),
        ({"rollout_lock_ttl": 0}, "rollout_lock_ttl is 0"),
        ({"rollout_min_healthy": 1.5}, "rollout_min_healthy '1.5' is more than all servers"),
        ({"rollout_min_healthy": "120%"}, "rollout_min_healthy"),
        ({"rollout_min_healthy": -1}, "rollout_min_healthy"),
        ({"rollout_min_healthy": "most"}, "rollout_min_healthy 'most' is neither"),
        ({"rollout_min_healthy": "80 %"}, "rollout_min_healthy '80 %' is neither"),
        ({"rollout_min_healthy": "1_0"}, "rollout_min_healthy"),
        ({"rollout_min_healthy": float("inf")}, "rollout_min_healthy"),
        ({"rollout_batches": [0]}, "rollout_batches holds 0"),
        ({"rollout_batches": []}, "empty list"),
        ({"rollout_strategy": "start_first"}, "two host ports"),
        ({**SLOTS, "rollout_slots": [8081, 8081]}, "two different host ports"),
        ({**SLOTS, "rollout_container": {"published_ports": ["80"]}}, "holds published_ports beside rollout_slots"),
        ({**SLOTS, "rollout_container": {"ports": ["80"]}}, "holds ports beside rollout_slots"),
        ({**SLOTS, "rollout_port": None}, "needs rollout_port"),
        ({**SLOTS, "rollout_strategy": "stop_first"}, "state rollout_strategy: start_first"),
        (
            {"rollout_slots": [8081, 8082], "rollout_port": 80, "rollout_update_tasks": "/update.yml"},
            "rollout_slots is [8081, 8082] beside rollout_update_tasks",
        ),
        (
            {
                "rollout_slots": [8081, 8082],
                "rollout_strategy": "start_first",
                "rollout_health": {},
                **OWN_TASKS,
            },
            "leave rollout_slots and rollout_strategy out",
        ),
        ({"rollout_load_balancers": ["lb9"]}, "not a host of the inventory"),
        ({"rollout_load_balancers": ["lb1", "lb1"]}, "names a host twice"),
        (
            {
                "rollout_load_balancers": ["lb1"],
                "rollout_haproxy_socket": ["/a", "/b"],
                "rollout_haproxy_state_file": "/c",
            },
            "is of one process",
        ),
        ({"rollout_ready_timeout": -1}, "rollout_ready_timeout is -1"),
        ({"rollout_ramp": -5}, "rollout_ramp is -5"),
        ({"rollout_lock": True, "rollout_lock_ttl": 600, "rollout_bake": 600}, "must be shorter than"),
        ({"rollout_keep": -1}, "rollout_keep is -1"),
        ({"rollout_max_lost": -1}, "rollout_max_lost is -1"),
        ({"rollout_gate_windows": 0}, "rollout_gate_windows is 0"),
        ({"rollout_keep": 0, "rollout_hooks": {"after_host": "/hook.yml"}}, "rollout_keep is 0"),
        ({"rollout_keep": 0, "rollout_on_failure": "rollback"}, "rollout_keep is 0"),
        ({**OWN_TASKS, "rollout_back": True, "rollout_health": {}}, "only they can roll back"),
        ({"rollout_max_failures": -1}, "rollout_max_failures is -1"),
        ({"rollout_gate": {"max_5xx_ratio": 2}, "rollout_bake": 5}, "max_5xx_ratio is 2"),
        ({"rollout_gate": {"max_5xx_ratio": 0.01, "min_requests": None}}, "rollout_gate needs rollout_bake"),
        ({"rollout_health": {"path": "ping"}}, "starts with '/'"),
        ({"rollout_health": {"pth": "/ping"}}, "pth"),
        ({"rollout_health": {"path": "/ping", "stable_for": 10, "timeout": 5}}, "stable_for"),
        ({"rollout_health": {"path": "/ping", "successes": 0}}, "successes"),
        ({**OWN_TASKS, "rollout_health": {"path": "/ping"}}, "state rollout_port, or url in the place of path"),
        ({**OWN_TASKS, "rollout_health": {"timeout": 30}}, "nothing to wait for"),
        ({**OWN_TASKS, "rollout_health": {"container": "hello"}}, "container is 'hello' beside rollout_update_tasks"),
    ],
)
def test_each_wrong_value_is_named_with_what_it_should_be(changes, words):
    found = problems(**changes)
    assert len(found) == 1
    assert words in found[0]


@pytest.mark.parametrize("key", ["rollout_service", "rollout_image", "rollout_backend", "rollout_server"])
@pytest.mark.parametrize(
    "hostile",
    ["a;b", "a\nb", "a\n", "a\0b", "a b", "a|b", "a>b", "$(reboot)", "`reboot`", "'a'", '"a"', "../a", "{{ 1 }}"],
)
def test_a_name_is_a_name_and_nothing_else(key, hostile):
    (found,) = problems(**{key: hostile})
    assert key in found


def test_slots_without_a_state_file_are_doubtful():
    assert settings.doubts({**GOOD, "rollout_slots": [1, 2]})
    assert not settings.doubts({**GOOD, "rollout_slots": [1, 2], "rollout_haproxy_state_file": "/var/lib/x"})
    assert not settings.doubts(GOOD)


@pytest.mark.parametrize("way", ["rollback", "continue"])
def test_a_playbook_of_ones_own_stops_after_a_failure_whatever_it_asks(way):
    asked = {**GOOD, "rollout_on_failure": way}
    (said,) = settings.doubts(asked, at_once=True)
    assert said.startswith(f"rollout_on_failure is {way}, which only the collection's playbooks do")
    assert not settings.doubts(asked)
    assert not settings.doubts({**GOOD, "rollout_on_failure": "pause"}, at_once=True)
    assert len(settings.doubts({**asked, **OWN_TASKS}, at_once=True)) == 1


def test_a_short_lock_is_doubtful():
    assert settings.doubts({**GOOD, "rollout_lock": True, "rollout_lock_ttl": 5})
    assert not settings.doubts({**GOOD, "rollout_lock": True, "rollout_lock_ttl": 600})
    assert settings.doubts({**GOOD, "rollout_lock": True, "rollout_lock_ttl": 600, "rollout_drain_timeout": 900})
    assert not settings.doubts({**GOOD, "rollout_lock": False, "rollout_lock_ttl": 5})


def test_the_lock_lasts_as_long_as_a_turn_by_default():
    assert settings.lock_ttl(GOOD) == 600
    assert settings.lock_ttl({**GOOD, "rollout_drain_timeout": 900}) > 900
    assert settings.lock_ttl({**GOOD, "rollout_lock_ttl": 5}) == 5
    assert not settings.doubts({**GOOD, "rollout_lock": True, "rollout_drain_timeout": 900})


def test_the_longest_turn_leaves_each_balancer_and_comes_back():
    """With one of them, the drain of the next host is in it as well."""
    asked = {**GOOD, "rollout_drain_timeout": 60, "rollout_ready_timeout": 120, "rollout_ramp": 5}
    assert settings.longest_turn(asked) == 185 + 60 + 10 + 60
    assert settings.longest_turn({**asked, "rollout_load_balancers": ["lb1", "lb2"]}) == 2 * 185 + 10 + 60


def test_all_wrong_values_are_named_at_once():
    assert len(problems(rollout_batches=[0], rollout_drain_timeout=-1, rollout_min_healthy=7.5)) == 3


@pytest.mark.parametrize("value", [0, 1, 3, 0.0, 0.8, 1.0, "0.5", "80%", "100%", "2"])
def test_a_share_or_a_number_of_servers(value):
    assert problems(rollout_min_healthy=value) == []


def test_tasks_of_ones_own_need_no_image():
    assert problems(**OWN_TASKS, rollout_health={}) == []


@pytest.mark.parametrize("health", [{"path": "/ping"}, {"tcp": "127.0.0.1:80"}, {"url": "http://127.0.0.1/ping"}])
def test_what_tasks_of_ones_own_did_is_asked_for_its_health(health):
    assert problems(**OWN_TASKS, rollout_port=8080, rollout_health=health) == []


def test_a_container_is_something_to_wait_for_without_another_probe():
    assert problems(rollout_health={"timeout": 30, "stable_for": 5}) == []


@pytest.mark.parametrize("nothing", [None, ""])
@pytest.mark.parametrize("key", ["rollout_update_tasks", "rollout_max_lost", "rollout_lock"])
def test_what_is_empty_is_neither_set_nor_left_out(key, nothing):
    stated = {"rollout_image": "hello:v2", "rollout_bake": 0, "rollout_slots": [], key: nothing}
    assert settings.empty(stated) == [f"{key} is empty; state a value, or leave it out"]


@pytest.mark.parametrize("nothing", [None, ""])
def test_a_hook_that_is_empty_is_told_by_its_name(nothing):
    (said,) = settings.empty({"rollout_hooks": {"before_host": "/hook.yml", "after_host": nothing}})
    assert said.startswith("rollout_hooks.after_host is empty")


@pytest.mark.parametrize("nothing", [None, ""])
def test_the_version_to_go_back_to_may_be_a_question_without_an_answer(nothing):
    assert settings.empty({"rollout_version": nothing}) == []


def test_what_the_role_takes_apart_is_no_text():
    stated = {"rollout_slots": "8081,8082", "rollout_gate": {}, "rollout_haproxy_socket": "/run/a.sock"}
    (said,) = settings.texts(stated)
    assert said.startswith("rollout_slots is the text '8081,8082'; as an extra variable")


@pytest.mark.parametrize("text", ["path=/ping", "{'path': '/ping'}", "path: /ping", '["path"]', '"path"', "{"])
def test_health_is_no_text_but_that_of_a_json_object(text):
    (said,) = settings.texts({"rollout_health": text})
    assert said.startswith(f"rollout_health is the text {text!r}; as an extra variable it is given in JSON: -e '{{")


@pytest.mark.parametrize("health", [{"path": "/ping"}, '{"path": "/ping", "timeout": 5}', " {}\n"])
def test_health_is_a_dictionary_or_a_json_object(health):
    assert settings.texts({"rollout_health": health}) == []


def test_a_variable_that_the_role_does_not_have_is_told_with_the_nearest_that_it_has():
    found = settings.unknown(
        ["rollout_imgae", "rollout_image", "rollout_window_of_the_night"], ["rollout_image", "rollout_service"]
    )
    assert found == [
        "rollout_imgae is not a variable of this role; did you mean rollout_image?",
        "rollout_window_of_the_night is not a variable of this role",
    ]


def test_no_variable_that_role_and_playbooks_use_is_unknown():
    """Some are not options: what maintenance.yml asks for, what status.yml registers."""
    options = yaml_load((ROOT / "roles/rollout/meta/argument_specs.yml").read_text())["argument_specs"]["main"][
        "options"
    ]
    files = [*(ROOT / "roles/rollout/tasks").rglob("*.yml"), *(ROOT / "playbooks").iterdir()]
    texts = [re.sub(r"zero\.downtime\.\w+", "", file.read_text()) for file in files]
    used = {name for text in texts for name in re.findall(r"\brollout_\w+", text)}
    assert used - set(options) == {"rollout_status", "rollout_maintenance"}
    assert settings.unknown(used, options) == []
