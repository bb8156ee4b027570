# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The engine's class against a tiny server that answers what a test tells it to."""

from __future__ import annotations

import json
import sys
import threading
import typing as t
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from ansible_collections.zero.downtime.plugins.module_utils._container.description.spec import Spec
from ansible_collections.zero.downtime.plugins.module_utils._container.engine.client import (
    Engine,
    EngineError,
    EngineUnreachable,
    LibraryMissing,
)
from ansible_collections.zero.downtime.plugins.module_utils._container.engine.options import DOCKER_OPTIONS

ID = "ab" * 32
Answer = t.Tuple[int, t.Any]


class FakeDaemon(ThreadingHTTPServer):
    """I(answers): C(METHOD /path) without version and query, to status and JSON; a bytes body goes out as it is."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers: dict[str, Answer] = {"GET /version": (200, {"ApiVersion": "1.41"})}
        self.asked: list[tuple[str, t.Any]] = []

    def api(self, version: str) -> None:
        self.answers["GET /version"] = (200, {"ApiVersion": version})

    @property
    def options(self) -> dict[str, t.Any]:
        defaults = {name: spec.get("default") for name, spec in DOCKER_OPTIONS.items()}
        return {**defaults, "docker_host": f"tcp://127.0.0.1:{self.server_port}", "tls": False, "api_timeout": 2}


class _Handler(BaseHTTPRequestHandler):
    server: FakeDaemon

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path, _question, query = self.path.partition("?")
        plain = "/" + path.split("/", 2)[2] if path.startswith("/v1.") else path
        self.server.asked.append((f"{self.command} {plain}{'?' + query if query else ''}", json.loads(body or b"null")))
        status, answer = self.server.answers.get(f"{self.command} {plain}", (404, {"message": f"no {plain}"}))
        if path.endswith("/images/create"):
            self._stream(status, answer)
            return
        data = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _stream(self, status: int, lines: list[t.Any]) -> None:
        """As the engine tells of a pull: one chunk a line."""
        self.protocol_version = "HTTP/1.1"
        self.send_response(status)
        self.send_header("Transfer-Encoding", "chunked")
        self.send_header("Connection", "close")
        self.end_headers()
        for data in [*(json.dumps(line).encode() + b"\r\n" for line in lines), b""]:
            self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")

    do_GET = do_POST = do_DELETE = _answer

    def log_message(self, *_args: t.Any) -> None:
        pass


@pytest.fixture
def daemon() -> t.Iterator[FakeDaemon]:
    server = FakeDaemon()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def engine(daemon: FakeDaemon) -> Engine:
    return Engine.connect(daemon.options)


def test_missing_library_names_the_package_and_the_interpreter(
    daemon: FakeDaemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in sys.modules if name == "docker" or name.startswith("docker.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "docker", None)
    with pytest.raises(LibraryMissing, match="python3-docker") as failure:
        Engine.connect(daemon.options)
    assert sys.executable in failure.value.message


def test_engine_that_is_not_there(daemon: FakeDaemon) -> None:
    with pytest.raises(EngineUnreachable, match=r"unix:///nowhere.*No such file"):
        Engine.connect({**daemon.options, "docker_host": "unix:///nowhere/docker.sock"})


def test_tls_is_the_default_over_the_network(daemon: FakeDaemon) -> None:
    with pytest.raises(EngineUnreachable, match=r"(?i)ssl"):
        Engine.connect({**daemon.options, "tls": None})
    assert daemon.asked == []


@pytest.mark.parametrize("host", ["ssh://192.0.2.1", "npipe:////./pipe/docker", "/var/run/docker.sock", ""])
def test_other_ways_to_an_engine_are_refused(daemon: FakeDaemon, host: str) -> None:
    with pytest.raises(EngineError, match="docker_host"):
        Engine.connect({**daemon.options, "docker_host": host})


def test_what_does_not_exist_is_none_to_look_at_and_an_error_to_change(engine: Engine) -> None:
    assert engine.inspect_container("web") is None
    assert engine.inspect_image("app:v1") is None
    with pytest.raises(EngineError, match="Cannot start container web: no /containers/web/start"):
        engine.start("web")


def test_beginning_of_an_id_is_not_a_name(daemon: FakeDaemon, engine: Engine) -> None:
    daemon.answers["GET /containers/abab/json"] = (200, {"Id": ID, "Name": "/other"})
    assert engine.inspect_container("abab") is None


def test_errors_have_the_engines_words_and_status(daemon: FakeDaemon, engine: Engine) -> None:
    daemon.answers[f"POST /containers/{ID}/start"] = (500, {"message": "port is already allocated"})
    with pytest.raises(EngineError) as failure:
        engine.start(ID)
    assert (failure.value.message, failure.value.status) == (
        f"Cannot start container {ID[:12]}: port is already allocated",
        500,
    )


def test_answer_that_breaks_off_is_an_error(daemon: FakeDaemon, engine: Engine) -> None:
    daemon.answers["GET /containers/web/json"] = (200, b'{"Id": ')
    with pytest.raises(EngineError, match="Cannot inspect container web"):
        engine.inspect_container("web")


def test_engine_that_went_away(daemon: FakeDaemon, engine: Engine) -> None:
    daemon.server_close()
    with pytest.raises(EngineUnreachable, match=r"Cannot start container web: .*(refused|reset)"):
        engine.start("web")


def test_pull_fails_by_a_line_in_the_middle_of_its_answer(daemon: FakeDaemon, engine: Engine) -> None:
    daemon.answers["POST /images/create"] = (200, [{"status": "Pulling"}, {"error": "toomanyrequests"}])
    with pytest.raises(EngineError, match="Cannot pull app:v2: toomanyrequests"):
        engine.pull("app:v2")
    assert daemon.asked[-1][0] == "POST /images/create?tag=v2&fromImage=app"


def test_pull_by_digest(daemon: FakeDaemon, engine: Engine) -> None:
    daemon.answers["POST /images/create"] = (200, [{"status": "Pulling"}])
    engine.pull("localhost:5000/app@sha256:12ab")
    assert daemon.asked[-1][0] == "POST /images/create?tag=sha256%3A12ab&fromImage=localhost%3A5000%2Fapp"


def test_digest_of_a_tag_in_the_registry(daemon: FakeDaemon, engine: Engine) -> None:
    daemon.answers["GET /distribution/app:v2/json"] = (200, {"Descriptor": {"digest": "sha256:12ab"}})
    assert engine.resolve("app:v2") == "sha256:12ab"


@pytest.mark.parametrize(
    ("api", "signal", "calls"),
    [
        ("1.41", None, ["POST /containers/web/stop?t=7"]),
        ("1.45", None, ["POST /containers/web/stop?t=7"]),
        ("1.45", "SIGQUIT", ["POST /containers/web/stop?t=7&signal=SIGQUIT"]),
        (
            "1.41",
            "SIGQUIT",
            ["POST /containers/web/kill?signal=SIGQUIT", "POST /containers/web/wait", "POST /containers/web/stop?t=0"],
        ),
    ],
)
def test_stop_signal_on_engines_old_and_new(daemon: FakeDaemon, api: str, signal: str | None, calls: list[str]) -> None:
    daemon.api(api)
    for name in ("stop", "kill"):
        daemon.answers[f"POST /containers/web/{name}"] = (204, b"")
    daemon.answers["POST /containers/web/wait"] = (200, {"StatusCode": 0})
    Engine.connect(daemon.options).stop("web", timeout=7, signal=signal)
    assert [call for call, _body in daemon.asked[1:]] == calls


def test_no_time_to_stop_on_an_old_engine_is_a_kill_at_once(daemon: FakeDaemon) -> None:
    """As newer ones do it, and urllib3 takes no timeout of 0."""
    for name in ("stop", "kill"):
        daemon.answers[f"POST /containers/web/{name}"] = (204, b"")
    Engine.connect(daemon.options).stop("web", timeout=0, signal="SIGQUIT")
    assert [call for call, _body in daemon.asked[1:]] == [
        "POST /containers/web/kill?signal=SIGQUIT",
        "POST /containers/web/kill?signal=SIGKILL",
        "POST /containers/web/stop?t=0",
    ]


def test_names_are_those_that_begin_so_and_are_no_links(daemon: FakeDaemon, engine: Engine) -> None:
    rows = [
        {"Id": "1", "Names": ["/web", "/proxy/web"]},
        {"Id": "2", "Names": ["/web-2"]},
        {"Id": "3", "Names": ["/myweb"]},
    ]
    daemon.answers["GET /containers/json"] = (200, rows)
    assert engine.container_names("web") == {"web": "1", "web-2": "2"}


def test_create_connects_each_network_with_its_whole_endpoint(daemon: FakeDaemon, engine: Engine) -> None:
    daemon.answers["POST /containers/create"] = (201, {"Id": ID})
    daemon.answers["POST /networks/front/connect"] = (200, b"")
    endpoint = {"Aliases": ["www"], "IPAMConfig": {"IPv4Address": "192.0.2.7"}}
    assert engine.create(Spec(body={"Image": "app:v2"}, networks=(("front", endpoint),)), "web") == ID
    assert daemon.asked[1:] == [
        ("POST /containers/create?name=web", {"Image": "app:v2"}),
        ("POST /networks/front/connect", {"Container": ID, "EndpointConfig": endpoint}),
    ]


@pytest.mark.parametrize("warnings", [["Memory limited without swap.", "Weight discarded."], [], None])
def test_what_the_engine_discards_of_a_container_is_known(
    daemon: FakeDaemon, engine: Engine, warnings: list[str] | None
) -> None:
    daemon.answers["POST /containers/create"] = (201, {"Id": ID, "Warnings": warnings})
    engine.create(Spec(body={"Image": "app:v2"}), "web")
    assert engine.warnings == (warnings or [])


@pytest.mark.parametrize(("status", "message"), [(404, "No such container"), (409, "removal is already in progress")])
def test_removing_what_is_going_already_is_no_failure(
    daemon: FakeDaemon, engine: Engine, status: int, message: str
) -> None:
    daemon.answers["DELETE /containers/web"] = (status, {"message": message})
    engine.remove("web")
    assert daemon.asked[-1][0] == "DELETE /containers/web?v=False&link=False&force=True"


def test_log_that_cannot_be_read_back_is_empty(daemon: FakeDaemon, engine: Engine) -> None:
    daemon.answers["GET /containers/web/json"] = (200, {"Id": ID, "Name": "/web", "Config": {"Tty": True}})
    daemon.answers["GET /containers/web/logs"] = (
        501,
        {"message": "configured logging driver does not support reading"},
    )
    assert engine.logs("web", 20) == ""


@pytest.mark.parametrize("status", [404, 409])
def test_image_in_use_stays(daemon: FakeDaemon, engine: Engine, status: int) -> None:
    daemon.answers["DELETE /images/app:v1"] = (status, {"message": "image is being used"})
    assert engine.remove_image("app:v1") is False
