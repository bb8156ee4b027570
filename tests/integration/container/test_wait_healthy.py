# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""wait_healthy on containers of a real engine, each of which goes wrong in its own way."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
import typing as t

import pytest
from ansible_collections.zero.downtime.plugins.module_utils._clock import Clock
from ansible_collections.zero.downtime.plugins.module_utils._container.engine.client import Engine
from ansible_collections.zero.downtime.plugins.module_utils._wait.health import (
    NeverHealthy,
    NotHealthyInTime,
    Outcome,
    wait_until_healthy,
)

if t.TYPE_CHECKING:
    import docker

SECOND = 1_000_000_000
Start = t.Callable[..., str]


@pytest.fixture
def view(clean_engine: docker.APIClient) -> Engine:
    return Engine(clean_engine)


@pytest.fixture
def start(clean_engine: docker.APIClient, image: t.Callable[..., str]) -> Start:
    """Start a container named app that runs I(script)."""
    image("wait:1", CMD=["sleep", "600"], EXPOSE=80)

    def start(script: str, *, check: dict[str, t.Any] | None = None, **host: t.Any) -> str:
        container = clean_engine.create_container(
            "wait:1",
            ["sh", "-c", script],
            name="app",
            healthcheck=check,
            host_config=clean_engine.create_host_config(init=True, **host),
        )
        clean_engine.start(container)
        return "app"

    return start


def look(view: Engine, **options: t.Any) -> Outcome:
    return wait_until_healthy({"container": "app", "interval": 0.1, **options}, containers=view, clock=Clock())


def failure(view: Engine, **options: t.Any) -> NeverHealthy:
    with pytest.raises(NeverHealthy) as failed:
        look(view, timeout=60, **options)
    assert failed.value.details["elapsed"] < 30
    return failed.value


def test_a_running_container_without_a_healthcheck_passes(view: Engine, start: Start) -> None:
    start("sleep 600")
    outcome = look(view, successes=3)
    assert outcome.attempts == 3
    assert outcome.as_dict()["container"]["name"] == "app"


def test_a_healthcheck_is_awaited(view: Engine, start: Start) -> None:
    start("sleep 2; touch /tmp/up; sleep 600", check=healthcheck("test -e /tmp/up", retries=30))
    outcome = look(view)
    assert outcome.as_dict()["container"]["health"] == "healthy"
    assert outcome.elapsed > 1.5


def test_unhealthy_fails_with_the_last_words_of_the_check(view: Engine, start: Start) -> None:
    start("echo started; sleep 600", check=healthcheck("echo no database; false", retries=2))
    error = failure(view)
    assert "failed its HEALTHCHECK: no database" in error.message
    assert error.details["container"]["health_log"] == "no database"
    assert error.details["last_log"] == ["started"]


def test_a_crash_at_boot_fails_with_exit_code_and_last_lines(view: Engine, start: Start) -> None:
    start("sleep 1; echo 'no settings' >&2; exit 3")
    error = failure(view, stable_for=20)
    assert "container app exited with code 3" in error.message
    assert error.message.endswith("\nlog: no settings")


def test_a_crash_loop_is_noticed_between_two_healthy_looks(view: Engine, start: Start) -> None:
    start("sleep 1; exit 4", restart_policy={"Name": "always"})
    error = failure(view, stable_for=30)
    assert "code 4" in error.message or "restarted during the wait" in error.message


def test_out_of_memory_is_called_that(view: Engine, start: Start) -> None:
    start("sleep 1; exec cat /dev/zero | tail -c 500m", mem_limit="16m", memswap_limit="16m")
    assert "out of memory" in failure(view, stable_for=30).message


@pytest.mark.parametrize(
    ("meddle", "said"),
    [
        (lambda engine: engine.remove_container("app", force=True), ("removed", "removing", "exited")),
        (lambda engine: engine.restart("app", timeout=0), ("restarted during the wait", "exited")),
        (lambda engine: engine.kill("app"), ("exited with code 137",)),
    ],
    ids=["removed", "restarted", "killed"],
)
def test_what_others_do_to_it_meanwhile_ends_the_wait(
    view: Engine,
    start: Start,
    clean_engine: docker.APIClient,
    meddle: t.Callable[[docker.APIClient], None],
    said: tuple[str, ...],
) -> None:
    start("sleep 600")
    meddler = threading.Timer(1, meddle, [clean_engine])
    meddler.start()
    error = failure(view, stable_for=30)
    meddler.join()
    assert any(words in error.message for words in said)


def test_a_container_that_is_started_during_the_wait_is_no_restarted_one(
    view: Engine, start: Start, clean_engine: docker.APIClient, image: t.Callable[..., str]
) -> None:
    clean_engine.create_container(image("wait:1", CMD=["sleep", "600"]), name="app")
    threading.Timer(1, clean_engine.start, ["app"]).start()
    assert look(view, timeout=30, stable_for=1).elapsed > 1.5


def test_the_deadline_is_derived_from_the_healthcheck(view: Engine, start: Start) -> None:
    start("sleep 600", check={**healthcheck("false", retries=2), "start_period": 100 * SECOND})
    began = time.monotonic()
    with pytest.raises(NotHealthyInTime, match="not healthy within 3 s"):
        look(view, timeout=3)
    assert time.monotonic() - began < 10
    with pytest.raises(NotHealthyInTime, match="not healthy within 108 s"):
        wait_until_healthy({"container": "app"}, containers=view, clock=Hurried())


ASK_THE_PORT = """
from ansible_collections.zero.downtime.plugins.module_utils._clock import Clock
from ansible_collections.zero.downtime.plugins.module_utils._wait.health import wait_until_healthy
wait_until_healthy({"tcp": "127.0.0.1:18080", "timeout": 3}, clock=Clock())
"""


@pytest.mark.parametrize(("script", "said"), [("sleep 600", "closed the connection at once"), ("httpd -f -p 80", "")])
def test_a_published_port_is_healthy_when_the_container_listens(
    private_engine: t.Any, start: Start, script: str, said: str
) -> None:
    """docker-proxy, on the host, accepts for a container that does not."""
    start(script, port_bindings={80: ("127.0.0.1", 18080)})
    asked = subprocess.run(
        [*private_engine.inside, sys.executable, "-c", ASK_THE_PORT], stderr=subprocess.PIPE, text=True, check=False
    )
    assert (asked.returncode == 0, said in asked.stderr) == (not said, True), asked.stderr


def healthcheck(command: str, retries: int) -> dict[str, t.Any]:
    return {"test": ["CMD-SHELL", command], "interval": SECOND // 2, "timeout": SECOND, "retries": retries}


class Hurried(Clock):
    """A clock whose sleeps take no time."""

    ahead = 0.0

    def monotonic(self) -> float:
        return super().monotonic() + self.ahead

    def sleep(self, seconds: float) -> None:
        self.ahead += seconds
