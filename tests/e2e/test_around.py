# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a rollout does around its turns: it bakes, judges, runs hooks, puts back, keeps the books, has a lock."""

from __future__ import annotations

import json
import signal
import subprocess

import pytest
from controller import environment
from lab.load import start
from lab.namespaces import wait_until
from site_under_test import LOCK, V1, fails_to_start_on

GATE = {"rollout_bake": 3, "rollout_gate": {"max_5xx_ratio": 0.01, "min_requests": 20}}
OF_500 = {"path": "/ping", "expect_header": {"X-Version": "v2"}}
"""What only the new version passes; the way back is open nevertheless."""


def report_of(tmp_path):
    return json.loads((tmp_path / "report.json").read_text())


def module_runs_in(fleet):
    """With pipelining a module is a Python that reads its program from its input: no word on its command line."""
    return any(
        host.run(["pgrep", "-f", "-x", host.python], check=False).returncode == 0
        for host in (*fleet.hosts, *fleet.balancers)
    )


def test_the_gate_undoes_a_version_that_answers_500_and_the_ledger_knows_every_request(site, tmp_path):
    with site.traffic(slow="/hello?sleep=0.1") as traffic:
        run = site.deploy(
            "hello:answers-500", rollout_report=str(tmp_path / "report.json"), rollout_health=OF_500, **GATE
        )
    assert run.rc != 0
    assert "app1 answered 5xx to" in run.output
    assert run.output.count("gate_window | Bake]") == 1
    assert site.versions() == V1
    assert site.serving() == {"app1", "app2", "app3"}
    failed = sum(report.non_2xx for report in traffic.reports)
    assert failed > 0
    assert report_of(tmp_path)["ledger"]["app_5xx"] == failed
    assert report_of(tmp_path)["ledger"]["lost"] == 0
    assert sum(sum(report.errors.values()) for report in traffic.reports) == 0


@pytest.mark.thorough
def test_with_too_little_traffic_the_gate_says_so_and_pauses(site):
    run = site.deploy("hello:v2", rollout_gate_windows=2, **{**GATE, "rollout_bake": 1})
    assert run.rc != 0
    assert "0 of the 20 requests that are needed to tell" in run.output
    assert run.output.count("gate_window | Bake]") == 2
    assert site.versions() == {"app1": "v2", "app2": "v1", "app3": "v1"}
    assert site.serving() == {"app1", "app2", "app3"}


@pytest.mark.thorough
def test_a_version_that_holds_passes_the_gate(site):
    with site.traffic() as traffic:
        run = site.deploy("hello:v2", rollout_max_lost=0, **GATE)
    assert run.rc == 0, run.output
    assert run.output.count("gate_window | Bake]") == 3
    traffic.assert_nothing_lost()


def test_the_ledger_counts_what_the_clients_counted(site, tmp_path):
    """Load that begins and ends within the rollout: to the request."""
    (tmp_path / "load.yml").write_text(
        "- name: Wait while the load runs\n  ansible.builtin.pause:\n    seconds: 6\n  run_once: true\n"
    )
    balancer = site.fleet.balancers[0]
    command = site.controller.command(
        "zero.downtime.deploy",
        rollout_image=site.image("hello:v2"),
        rollout_hooks={"before_rollout": str(tmp_path / "load.yml"), "after_host": str(tmp_path / "load.yml")},
        rollout_report="report.json",
    )
    with subprocess.Popen(command, env=environment(), cwd=tmp_path, stdout=subprocess.PIPE, text=True) as run:
        for line in run.stdout:
            if "Wait while the load runs" in line:
                break
        load = start(balancer.url("/hello"), connections=8, seconds=4)
        counted = load.wait()
        said, _none = run.communicate(timeout=240)
    assert run.returncode == 0, said
    ledger = report_of(tmp_path)["ledger"]
    # wrk leaves when its time is over, with up to one request in flight on each connection.
    assert counted.requests <= ledger["answered"] + ledger["unanswered"] + ledger["other"] <= counted.requests + 8
    assert ledger["lost"] == 0
    assert ledger["complete"], ledger["gaps"]


TELL = """
- name: Tell from the report why it failed
  ansible.builtin.debug:
    msg: "<<app1: {{ (lookup('ansible.builtin.file', rollout_report) | from_json).hosts.app1.why }}>>"
"""


def test_hooks_run_where_they_should_and_a_failing_one_stops_like_a_host(site, hooks, tmp_path):
    all_hooks = hooks("before_rollout", "before_host", "after_host", "after_rollout", "on_failure")
    run = site.deploy("hello:v2", rollout_hooks=all_hooks)
    assert run.rc == 0, run.output
    for once in ("before_rollout", "after_rollout"):
        assert run.output.count(f"<<{once} ") == 1
    for host in ("app1", "app2", "app3"):
        assert run.output.index(f"<<before_host {host}>>") < run.output.index(f"<<after_host {host}>>")
    assert "<<on_failure" not in run.output

    (tmp_path / "before_host.yml").write_text("- name: No\n  ansible.builtin.fail:\n    msg: not today\n")
    (tmp_path / "on_failure.yml").write_text(TELL)
    run = site.deploy("hello:v1", rollout_hooks=all_hooks, rollout_report=str(tmp_path / "report.json"))
    assert run.rc != 0
    assert run.output.count("<<app1: not today>>") == 1
    assert set(site.versions().values()) == {"v2"}


def test_a_hook_that_one_host_has_runs_before_any_of_its_batch_is_drained(site, hooks):
    """Ansible takes the included files of a loop in the order in which any host comes to them."""
    only = f"{{{{ {hooks('before_host')} if inventory_hostname == 'app2' else {{}} }}}}"
    run = site.deploy("hello:v2", rollout_hooks=only, rollout_min_healthy=0.3, rollout_batches=["100%"])
    assert run.rc == 0, run.output
    assert 0 < run.output.index("<<before_host app2>>") < run.output.index("drain | Drain ")


@pytest.mark.parametrize(
    ("mode", "versions"),
    [
        ({"rollout_on_failure": "rollback"}, {"app1": "v1", "app2": "v1", "app3": "v1"}),
        pytest.param(
            {"rollout_on_failure": "pause"},
            {"app1": "v2", "app2": "v1", "app3": "v1"},
            marks=pytest.mark.thorough,
        ),
        pytest.param(
            {"rollout_on_failure": "continue", "rollout_max_failures": 1},
            {"app1": "v2", "app2": "v1", "app3": "v2"},
            marks=pytest.mark.thorough,
        ),
    ],
)
def test_what_becomes_of_the_others_when_the_second_host_fails(site, mode, versions):
    with site.traffic() as traffic:
        run = site.deploy("hello:v2", **fails_to_start_on("app2"), **mode)
    assert run.rc != 0
    traffic.assert_nothing_lost()
    assert site.versions() == versions
    assert site.serving() == {"app1", "app2", "app3"}


FETCH = f"""
- name: Keep the lock as it is
  ansible.builtin.fetch:
    src: {LOCK}
    dest: "{{{{ kept }}}}"
    flat: true
  delegate_to: lb1
"""


def test_the_lock_is_refreshed_by_whoever_goes_first(site, tmp_path):
    """The first host of all has taken it; here it has no turn. Settings as the command line gives them, all texts."""
    (tmp_path / "fetch.yml").write_text(FETCH)
    assert site.deploy("hello:v2", "--limit", "app1").rc == 0
    texts = ("lock=true", "back=false", "restart=false", "on_failure=continue", "max_failures=1", "lock_ttl=5")
    run = site.deploy(
        "hello:v2",
        *(word for text in texts for word in ("-e", f"rollout_{text}")),
        rollout_hooks={"before_host": str(tmp_path / "fetch.yml")},
        kept=str(tmp_path / "{{ inventory_hostname }}.json"),
    )
    assert run.rc == 0, run.output
    locks = [json.loads((tmp_path / f"{host}.json").read_text()) for host in ("app2", "app3")]
    assert locks[0]["since"] < locks[0]["refreshed"]["wall"] < locks[1]["refreshed"]["wall"]
    assert set(site.versions().values()) == {"v2"}


def test_in_check_mode_nothing_bakes_or_is_judged(site):
    run = site.deploy("hello:v2", "--check", **{**GATE, "rollout_bake": 120})
    assert run.rc == 0, run.output
    assert run.seconds < 120
    assert site.versions() == V1


def test_sessions_that_are_cut_are_in_the_ledger(site, tmp_path):
    # So long that none ends between the drain and the cut, however late on a busy machine.
    with site.traffic(slow="/hello?sleep=20") as traffic:
        run = site.deploy(
            "hello:v2",
            rollout_hosts="app1",
            rollout_drain_timeout=1,
            rollout_drain_on_timeout="cut",
            rollout_report=str(tmp_path / "report.json"),
        )
    assert run.rc == 0, run.output
    ledger = report_of(tmp_path)["ledger"]
    assert 0 < ledger["sessions_cut"] <= ledger["lost"]
    assert sum(report.lost for report in traffic.reports) >= ledger["sessions_cut"]


def test_a_second_rollout_is_told_whom_it_would_wait_for_and_a_killed_one_holds_nobody_up(site):
    command = site.controller.command("zero.downtime.deploy", rollout_image=site.image("hello:v2"))
    with subprocess.Popen(
        command, env=environment(), stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as first:
        for line in first.stdout:
            if "drain | Drain " in line:
                break
        second = site.deploy("hello:v3", rollout_lock_timeout=1)
        assert second.rc != 0
        assert "has been rolling out hello since" in second.output
        first.send_signal(signal.SIGKILL)
        first.wait()
    wait_until(lambda: not module_runs_in(site.fleet), "the end of the module of the killed run", seconds=60)
    third = site.deploy("hello:v3")
    assert third.rc == 0, third.output
    assert "whose process is gone" in third.output
    assert set(site.versions().values()) == {"v3"}
    assert site.serving() == {"app1", "app2", "app3"}
