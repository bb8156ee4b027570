# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: it may change without notice.
"""The container engine, spoken to through the Docker SDK for Python. No other file imports C(docker)."""

from __future__ import annotations

import contextlib
import re
import sys
import typing as t
from urllib.parse import quote

from ansible.module_utils.basic import missing_required_lib
from ansible.module_utils.common.text.converters import to_text
from ansible_collections.zero.downtime.plugins.module_utils._container.description import api_versions
from ansible_collections.zero.downtime.plugins.module_utils._errors import ZeroDowntimeError

if t.TYPE_CHECKING:
    from ansible_collections.zero.downtime.plugins.module_utils._container.description.spec import Spec
    from docker.api.client import APIClient


class LibraryMissing(ZeroDowntimeError):
    """The managed host's Python lacks what the module needs."""


class EngineError(ZeroDowntimeError):
    """The engine refused or failed. I(status) is the HTTP status of its answer, None when there was none."""

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class EngineUnreachable(EngineError):
    """No answer at all: not running, restarting, or not at I(docker_host)."""


def _do_without_setuptools() -> None:
    """Halves the import of C(docker) 5.0.3, which asks distutils for one class: of C(container_swap)'s CPU, 40 %.

    Where setuptools is installed (_distutils_hack), that loads all of it. From Python 3.12 on there is no other
    distutils.
    """
    if sys.version_info < (3, 12):
        sys.meta_path[:] = [each for each in sys.meta_path if type(each).__module__ != "_distutils_hack"]


class Engine:
    """One engine. Containers and images are its own C(inspect) dicts; times are seconds.

    Each method raises L(EngineError) with what was tried and the engine's words. What does not exist is None when it
    is looked up, and an error when it is to be changed. I(warnings): what it
    warned of when it made the last container, such as a setting that it discards.
    """

    def __init__(self, client: APIClient, credentials: t.Mapping[str, str] | None = None) -> None:
        from docker.errors import DockerException
        from requests.exceptions import ConnectionError as NotConnected
        from requests.exceptions import RequestException, Timeout
        from urllib3.exceptions import HTTPError

        self.warnings: list[str] = []
        self._client = client
        self._credentials = dict(credentials) if credentials else None
        self._silence = (NotConnected, Timeout)
        # urllib3's own errors escape from streamed answers (docker-py reads those below requests).
        self._failures = (DockerException, RequestException, HTTPError, OSError)

    @classmethod
    def connect(cls, options: t.Mapping[str, t.Any]) -> Engine:
        """From the values of DOCKER_OPTIONS and, where a task has them, REGISTRY_OPTIONS."""
        _do_without_setuptools()
        try:
            from docker.api.client import APIClient
            from docker.errors import DockerException
            from requests.exceptions import RequestException
        except ImportError as error:
            missing = "requests" if getattr(error, "name", None) == "requests" else "docker"
            raise LibraryMissing(
                f"{missing_required_lib(missing)} Debian and Ubuntu call it python3-{missing}, pip calls it {missing}; "
                f"the interpreter is {sys.executable}. Importing it failed with: {error}"
            ) from error
        host = options["docker_host"]
        tls = _encrypted(options)
        try:
            # Without a version docker-py asks the engine for its own, so that each engine gets the API it knows.
            client = APIClient(base_url=host, tls=tls and _tls(options), timeout=options["api_timeout"])
        except (DockerException, RequestException, OSError, ValueError) as error:
            raise EngineUnreachable(
                f"Cannot reach the container engine at {host}: {_innermost(error)}. "
                f"Is it running, may this user open it, and {'are the tls options' if tls else 'is docker_host'} right?"
            ) from error
        credentials = None
        if options.get("registry_username"):
            credentials = {"username": options["registry_username"], "password": options["registry_password"]}
        return cls(client, credentials)

    @property
    def api_version(self) -> str:
        """As C("1.41")."""
        return to_text(self._client.api_version)

    # Looking

    def inspect_container(self, name: str) -> dict[str, t.Any] | None:
        """By name or id. Engines also take a unique beginning of an id for it; a name never matches that way here."""
        found = self._look(f"inspect container {name}", lambda: self._client.inspect_container(name))
        if found is None or name in (found["Id"], found["Name"].lstrip("/")):
            return found
        return None

    def inspect_image(self, ref: str) -> dict[str, t.Any] | None:
        return self._look(f"inspect image {ref}", lambda: self._client.inspect_image(ref))

    def container_names(self, prefix: str) -> dict[str, str]:
        """Name to id of each container, running or not, whose name begins with I(prefix)."""
        with self._trying(f"list the containers {prefix}*"):
            rows = self._client.containers(all=True, filters={"name": f"^/?{re.escape(prefix)}"})
        names = ((to_text(name).lstrip("/"), row["Id"]) for row in rows for name in row["Names"])
        # A legacy link shows up as one more name of its target: other/alias.
        return {name: ident for name, ident in names if name.startswith(prefix) and "/" not in name}

    def logs(self, name: str, lines: int) -> str:
        """The last I(lines) of both streams; empty where the log driver keeps nothing that can be read back."""
        try:
            with self._trying(f"read the log of container {name}"):
                text = self._client.logs(name, stdout=True, stderr=True, tail=lines)
        except EngineUnreachable:
            raise
        except EngineError:
            return ""
        return to_text(text, errors="surrogate_or_replace")

    # Images

    def resolve(self, ref: str) -> str:
        """The digest the registry has under I(ref) right now. Nothing is pulled."""
        with self._trying(f"ask the registry for the digest of {ref}"):
            return to_text(
                self._client.inspect_distribution(ref, auth_config=self._credentials)["Descriptor"]["digest"]
            )

    def pull(self, ref: str) -> None:
        what = f"pull {ref}"
        with self._trying(what):
            for event in self._client.pull(ref, stream=True, decode=True, auth_config=self._credentials):
                # The engine has answered 200 by then: a failure is one more line of the stream.
                if "error" in event:
                    raise EngineError(f"Cannot {what}: {event['error']}")

    def remove_image(self, image_id: str) -> bool:
        """Whether it went; an image that something still uses, or that has several names, stays."""
        try:
            with self._trying(f"remove image {image_id}"):
                self._client.remove_image(image_id)
        except EngineError as error:
            if error.status in (404, 409):
                return False
            raise
        return True

    # Containers

    def create(self, spec: Spec, name: str) -> str:
        """The id of a container that is not started yet."""
        with self._trying(f"create container {name}"):
            made = self._client.create_container_from_config(spec.body, name)
        ident = to_text(made["Id"])
        self.warnings = [to_text(warning) for warning in made.get("Warnings") or []]
        for network, endpoint in spec.networks:
            self.connect_network(ident, network, endpoint)
        return ident

    def connect_network(self, ident: str, network: str, endpoint: t.Mapping[str, t.Any]) -> None:
        # docker-py's own call takes a selection of the endpoint's settings; the API takes them all.
        self._post(
            f"connect container {ident[:12]} to network {network}",
            f"/networks/{quote(network, safe='')}/connect",
            json={"Container": ident, "EndpointConfig": dict(endpoint)},
        )

    def start(self, ident: str) -> None:
        """Also one that is paused, which the engine's own start refuses: it goes on."""
        what = f"start container {ident[:12]}"
        try:
            with self._trying(what):
                self._client.start(ident)
        except EngineUnreachable:
            raise
        except EngineError:
            state = (self.inspect_container(ident) or {}).get("State") or {}
            if not state.get("Paused"):
                raise
            with self._trying(what):
                self._client.unpause(ident)

    def stop(self, ident: str, *, timeout: int, signal: str | None = None) -> None:
        """Signal (the container's own unless given), wait up to I(timeout), then SIGKILL. Returns when it is down.

        A negative I(timeout) never kills, as with C(docker stop).
        """
        what = f"stop container {ident[:12]}"
        patience = None if timeout < 0 else self._client.timeout + timeout
        path = f"/containers/{ident}/stop"
        if signal is None:
            self._post(what, path, params={"t": timeout}, timeout=patience)
        elif api_versions.has(self.api_version, api_versions.SIGNAL_ON_STOP):
            self._post(what, path, params={"t": timeout, "signal": signal}, timeout=patience)
        else:
            self.kill(ident, signal)
            if timeout == 0 or not self._exited(ident, None if timeout < 0 else timeout):
                self.kill(ident, "SIGKILL")
            self._post(what, path, params={"t": 0})

    def kill(self, ident: str, signal: str) -> None:
        """Send I(signal). One that is down already is not a failure."""
        try:
            with self._trying(f"send {signal} to container {ident[:12]}"):
                self._client.kill(ident, signal)
        except EngineError as error:
            if error.status != 409:
                raise

    def rename(self, ident: str, name: str) -> None:
        with self._trying(f"rename container {ident[:12]} to {name}"):
            self._client.rename(ident, name)

    def update_restart_policy(self, ident: str, policy: t.Mapping[str, t.Any]) -> None:
        """I(policy) as in C(HostConfig.RestartPolicy)."""
        with self._trying(f"set the restart policy of container {ident[:12]} to {policy.get('Name') or 'no'}"):
            self._client.update_container(ident, restart_policy={**policy, "Name": policy.get("Name") or "no"})

    def remove(self, ident: str) -> None:
        """Kill it if need be. Its anonymous volumes stay: the container that takes over may hold the same ones."""
        try:
            with self._trying(f"remove container {ident[:12]}"):
                self._client.remove_container(ident, v=False, force=True)
        except EngineError as error:
            # 404: gone already. 409: an --rm container that the engine is removing by itself.
            if error.status != 404 and not (error.status == 409 and "already in progress" in error.message):
                raise

    def _exited(self, ident: str, timeout: int | None) -> bool:
        try:
            self._client.wait(ident, timeout=timeout)
        except self._silence:
            return False
        except self._failures:
            return True
        return True

    def _look(self, what: str, call: t.Callable[[], dict[str, t.Any]]) -> dict[str, t.Any] | None:
        try:
            with self._trying(what):
                return call()
        except EngineError as error:
            if error.status == 404:
                return None
            raise

    def _post(self, what: str, path: str, **request: t.Any) -> None:
        request.setdefault("timeout", self._client.timeout)
        with self._trying(what):
            self._client.post(f"{self._client.base_url}/v{self.api_version}{path}", **request).raise_for_status()

    @contextlib.contextmanager
    def _trying(self, what: str) -> t.Iterator[None]:
        try:
            yield
        except self._silence as error:
            raise EngineUnreachable(f"Cannot {what}: the engine does not answer: {_innermost(error)}") from error
        except self._failures as error:
            response = getattr(error, "response", None)
            status = None if response is None else response.status_code
            raise EngineError(f"Cannot {what}: {_words(error)}", status) from error


def _encrypted(options: t.Mapping[str, t.Any]) -> bool:
    """Over the network, TLS unless the task states otherwise: an open TCP socket of an engine makes everyone root."""
    host = options["docker_host"]
    scheme = host.partition("://")[0]
    if scheme not in ("unix", "tcp", "http", "https"):
        raise EngineError(f"docker_host is {host!r}: it must begin with unix://, tcp://, http:// or https://")
    if options["tls"] is not None:
        return bool(options["tls"]) and scheme != "unix"
    return scheme in ("tcp", "https")


def _tls(options: t.Mapping[str, t.Any]) -> t.Any:
    from docker.tls import TLSConfig
    from requests.adapters import HTTPAdapter

    hostname = options["tls_hostname"]

    class ExpectingHTTPAdapter(HTTPAdapter):
        def init_poolmanager(self, *args: t.Any, **kwargs: t.Any) -> None:
            super().init_poolmanager(*args, **kwargs, assert_hostname=hostname, server_hostname=hostname)

    class Config(TLSConfig):
        """docker-py 7 has no option any more for the name in the engine's certificate; urllib3 has."""

        def configure_client(self, client: t.Any) -> None:
            super().configure_client(client)
            # Else REQUESTS_CA_BUNDLE of the host counts more than our options: github.com/psf/requests/issues/3829
            client.trust_env = False
            if hostname:
                client.mount("https://", ExpectingHTTPAdapter())

    pair = (options["tls_client_cert"], options["tls_client_key"]) if options["tls_client_cert"] else None
    return Config(client_cert=pair, ca_cert=options["tls_ca_cert"], verify=options["tls_verify"])


def _words(error: BaseException) -> str:
    """What the engine itself replied, without the URL and class names around it."""
    explanation = getattr(error, "explanation", None)
    if explanation:
        return to_text(explanation).strip()
    response = getattr(error, "response", None)
    if response is not None:
        with contextlib.suppress(ValueError, KeyError, TypeError):
            return to_text(response.json()["message"]).strip()
        return to_text(response.text).strip() or f"HTTP status {response.status_code}"
    return _innermost(error)


def _innermost(error: BaseException) -> str:
    """requests and urllib3 wrap the system's error three times over; only the last is worth reading."""
    while error.__cause__ is not None or error.__context__ is not None:
        error = t.cast(BaseException, error.__cause__ or error.__context__)
    return to_text(error) or type(error).__name__
