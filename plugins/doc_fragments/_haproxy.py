# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: it may change without notice.
"""How to reach HAProxy: C(extends_documentation_fragment: zero.downtime._haproxy)."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  socket:
    description:
      - The Runtime API of each HAProxy process, on the managed host - the path of a unix socket, or C(host:port).
      - C(host:port) has no authentication of its own. Let it listen on loopback only, or see O(tls).
    type: list
    elements: str
    default: [/run/haproxy/admin.sock]
  master_socket:
    description:
      - The socket of the HAProxy master process (C(haproxy -S)), by which the old workers that a reload leaves behind
        can be asked.
      - Without it there is no way to know how many requests these still have in flight.
    type: str
  tls:
    description:
      - Whether to speak TLS, 1.2 at least, with each O(socket) and O(master_socket) that is C(host:port).
      - HAProxy silently ignores C(ssl) on a C(stats socket) and keeps speaking plain text. What speaks TLS is a
        C(listen) section in front of the socket, as in the collection's C(docs/haproxy.md).
      - The other options of TLS are refused without this one.
    type: bool
    default: false
  tls_verify:
    description:
      - Whether the certificate must be valid for the host in O(socket). By default it must.
      - With V(false) anyone in between can read and change what is sent.
    type: bool
  tls_ca_cert:
    description:
      - File on the managed host with the certificates of the authorities to trust, in PEM format.
      - By default those that the managed host trusts.
    type: path
  tls_client_cert:
    description: File on the managed host with the certificate to show, in PEM format.
    type: path
  tls_client_key:
    description: File with the key of O(tls_client_cert), if that file does not contain it.
    type: path
  tls_hostname:
    description: The name in the certificate, if it differs from the host in O(socket).
    type: str
requirements:
  - HAProxy 2.4 or newer
notes:
  - Only Python's standard library is needed on the managed host.
  - Run it on the load balancer as a user who may open the socket, usually with C(become).
seealso:
  - name: HAProxy's Management Guide, section 9.3
    description: The commands of the Runtime API.
    link: https://docs.haproxy.org/2.8/management.html#9.3
"""
