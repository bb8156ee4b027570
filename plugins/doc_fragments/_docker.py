# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: it may change without notice.
"""The container engine of a host: C(extends_documentation_fragment: zero.downtime._docker).

C(zero.downtime._docker.registry) is for modules that pull. The options are those of
module_utils/_container/engine/options.py.
"""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  docker_host:
    description:
      - The container engine, as a V(unix://) path or a V(tcp://host:port). What is tested is Docker Engine.
      - Podman's Docker API, such as V(unix:///run/podman/podman.sock), is not tested. Before Podman 5.1 it cannot
        change the restart policy of a container, which a swap needs.
      - The environment variable E(DOCKER_HOST) is used where this is not set.
    type: str
    default: unix:///var/run/docker.sock
  tls:
    description:
      - Whether to speak TLS.
      - By default yes over V(tcp://) and V(https://). State V(false) for an engine that listens in the open, which
        makes everyone who can reach it root on its host.
    type: bool
  tls_verify:
    description: Whether the engine's certificate must be valid for its host.
    type: bool
    default: true
  tls_ca_cert:
    description: File of the certificate authority to trust, in PEM format.
    type: path
  tls_client_cert:
    description: File of the client's certificate, in PEM format.
    type: path
  tls_client_key:
    description: File of the key that belongs to O(tls_client_cert).
    type: path
  tls_hostname:
    description: The name in the engine's certificate, where it differs from the one in O(docker_host).
    type: str
  api_timeout:
    description: Seconds to wait for an answer of the engine. A stop may take its own timeout on top.
    type: int
    default: 60
requirements:
  - docker 5.0.3 or newer (the Docker SDK for Python; python3-docker in Debian and Ubuntu)
  - requests 2.28 or newer
"""

    REGISTRY = r"""
options:
  registry_username:
    description:
      - User name for the registry of the image.
      - By default what C(docker login) has left in C(~/.docker/config.json), or in the folder in E(DOCKER_CONFIG).
    type: str
  registry_password:
    description: The password, or token, of O(registry_username).
    type: str
"""
