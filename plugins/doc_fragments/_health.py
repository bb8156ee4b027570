# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: it may change without notice.
"""What "healthy" means: C(extends_documentation_fragment: zero.downtime._health).

C(zero.downtime._health.nested) has the same options as suboptions of C(health).
"""

from __future__ import annotations

from textwrap import indent


def _nested(documentation: str) -> str:
    """The options of I(documentation) as suboptions of C(health), with the references between them."""
    options = documentation.partition("\nrequirements:")[0].partition("options:\n")[2]
    return "options:\n  health:\n    suboptions:\n" + indent(options.replace("O(", "O(health."), "    ")


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  url:
    description:
      - Ask this URL, from the managed host, on a new connection each time. Proxies from the environment are not used
        and redirects are not followed.
      - O(tcp), O(container) and O(haproxy) can be asked beside it; all of them must pass in one round.
    type: str
  method:
    description: How to ask O(url).
    type: str
    choices: [GET, HEAD, OPTIONS]
    default: GET
  headers:
    description:
      - Headers to send to O(url). The values of those that authenticate, by their names, are never shown.
    type: dict
    default: {}
  status_code:
    description: The codes that are right, such as V(200), or V(2xx) for a whole class.
    type: list
    elements: str
    default: ['200']
  expect_header:
    description:
      - Headers that the answer must have, with these values, such as the version that is awaited. Another value is not
        a failure until O(timeout) is over.
    type: dict
    default: {}
  body_contains:
    description: Text that must be in the first MiB of the answer.
    type: str
  json:
    description:
      - Values that the answer, a JSON document, must have. The names are dotted paths, such as V(build.version) or
        V(nodes.0.name). V(2) and V("2") are the same.
    type: dict
    default: {}
  validate_certs:
    description: Whether the certificate of an C(https) URL must be valid for its host.
    type: bool
    default: true
  ca_path:
    description: A file of certificates to trust instead of those that C(requests) trusts.
    type: path
  client_cert:
    description: A certificate (PEM) to show to O(url), with its key unless O(client_key) is given.
    type: path
  client_key:
    description: The key of O(client_cert).
    type: path
  tcp:
    description:
      - Connect to this C(host:port), from the managed host. Brackets go around an IPv6 address.
      - A connection that is closed within 0.2 seconds does not count, as Docker accepts for a container that does not
        listen.
    type: str
  container:
    description:
      - The name of a container that must run and, if it has a C(HEALTHCHECK), be healthy.
      - When it exits, restarts, is removed, is C(unhealthy) or runs out of memory meanwhile, the wait fails at once
        with exit code, reason and its last lines.
    type: str
  haproxy:
    description:
      - A server that HAProxy, on the managed host, must hold for alive by a check that has passed since the server last
        left maintenance or went down. Whether it is drained does not matter.
      - HAProxy does not know that for a server without a check, or one with C(fall 1) that was never seen down.
      - V(backend/server) as a text states both, and leaves the rest at its defaults.
    type: raw
    suboptions:
      backend:
        description: The backend, by its name in C(haproxy.cfg).
        type: str
        required: true
      server:
        description: The server, by its name in C(haproxy.cfg).
        type: str
        required: true
      socket:
        description: The Runtime API of each HAProxy to ask - the path of a unix socket, or C(host:port).
        type: list
        elements: str
        default: [/run/haproxy/admin.sock]
      tls:
        description: Whether to speak TLS, as M(zero.downtime.haproxy_server_info) does, with each C(host:port).
        type: bool
        default: false
      tls_verify:
        description: Whether the certificate must be valid for the host in O(haproxy.socket); yes where it is not set.
        type: bool
      tls_ca_cert:
        description: File of the authorities to trust, in PEM format. By default those that the managed host trusts.
        type: path
      tls_client_cert:
        description: File of the certificate to show, in PEM format.
        type: path
      tls_client_key:
        description: File of the key that belongs to O(haproxy.tls_client_cert), where that file does not hold it.
        type: path
      tls_hostname:
        description: The name in the certificate, where it differs from the host in O(haproxy.socket).
        type: str
  successes:
    description: How many rounds in a row must pass.
    type: int
    default: 1
  stable_for:
    description: Seconds for which every round must pass. One that fails starts them again.
    type: float
    default: 0
  interval:
    description: Seconds between two rounds. In the first second of the wait the pauses are shorter.
    type: float
    default: 0.5
  request_timeout:
    description: Seconds that one attempt may take, from a name's resolution to the answer's last byte.
    type: float
    default: 5
  timeout:
    description:
      - Seconds until the wait fails.
      - By default what the C(HEALTHCHECK) of O(container) may take (start period and all retries) and 5 seconds on top,
        else 60 seconds; what O(stable_for) and O(successes) take is added to both.
    type: float
requirements:
  - requests 2.28 or newer, for O(url)
"""

    NESTED: str = _nested(DOCUMENTATION)
