# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: it may change without notice.
"""TLS to a HAProxy over the network: which certificate it must have, and which one we show.

HAProxy itself speaks no TLS there: it accepts C(ssl) on a C(stats socket) and keeps speaking plain text (measured with
2.6.12 and 2.8.25, read in the source of 2.6 to 3.5). A C(listen) section in front of the socket does: docs/haproxy.md.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import typing as t

from ansible_collections.zero.downtime.plugins.module_utils._errors import ZeroDowntimeError
from ansible_collections.zero.downtime.plugins.module_utils._haproxy import names

_DETAILS = ("tls_verify", "tls_ca_cert", "tls_client_cert", "tls_client_key", "tls_hostname")

# The name or the address is not in the certificate: X509_V_ERR_(HOSTNAME|IP_ADDRESS)_MISMATCH.
_OTHER_NAME = (62, 64)
# X509_V_ERR_CERT_(NOT_YET_VALID|HAS_EXPIRED).
_OTHER_TIME = (9, 10)

NO_TLS = "does it speak TLS? HAProxy ignores 'ssl' on a 'stats socket'; a 'listen' section in front of it does not"


class BadTls(ZeroDowntimeError):
    """Options that contradict one another, or name a file that can't be used."""


class Tls:
    """Made before anything is touched, for any number of connections."""

    def __init__(self, context: ssl.SSLContext, hostname: str | None) -> None:
        self._context = context
        self._hostname = hostname

    def over(self, connection: socket.socket, host: str) -> ssl.SSLSocket:
        """Shake hands, within the timeout of I(connection), which is closed when that fails.

        An end without TLS's own closing message is an error, so that an answer can't be cut short on the way.
        """
        # Explicitly: where the peer has hung up already, wrap_socket skips the handshake and continues in plain text.
        wrapped = self._context.wrap_socket(
            connection,
            server_hostname=self._hostname or host,
            do_handshake_on_connect=False,
            suppress_ragged_eofs=False,
        )
        try:
            wrapped.do_handshake()
        except OSError:
            wrapped.close()
            raise
        return wrapped


def check_tls(options: t.Mapping[str, t.Any]) -> None:
    """Refuse contradictions among these options and the sockets. Opens no file. Raises BadTls, BadValue."""
    stated = [name for name in _DETAILS if options.get(name) is not None]
    if not options.get("tls"):
        if stated:
            raise BadTls(f"{', '.join(stated)} without tls: the connection would not be encrypted. Add tls: true")
        return
    addresses = [*options["socket"], options.get("master_socket") or "/"]
    if all(address.startswith("/") for address in addresses):
        raise BadTls(f"tls is for host:port, and {', '.join(options['socket'])} stays on the host. Leave tls out")
    if options.get("tls_client_key") and not options.get("tls_client_cert"):
        raise BadTls("tls_client_key needs tls_client_cert")
    if options.get("tls_hostname") is not None:
        names.host("tls_hostname", options["tls_hostname"])


def tls_of(options: t.Mapping[str, t.Any]) -> Tls | None:
    """What these options, once checked, ask for; None for a plain connection. Opens the files they name."""
    check_tls(options)
    if not options.get("tls"):
        return None
    authority, mine, key = (options.get(name) for name in ("tls_ca_cert", "tls_client_cert", "tls_client_key"))
    with _usable(f"tls_ca_cert {authority}"):
        context = ssl.create_default_context(cafile=authority)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if options.get("tls_verify") is False:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if mine:
        with _usable(f"tls_client_cert {mine}" + (f" with tls_client_key {key}" if key else "")):
            # With no password given, OpenSSL asks the terminal for that of an encrypted key.
            context.load_cert_chain(mine, key, password="")
    return Tls(context, options.get("tls_hostname"))


def verdict(error: OSError) -> str | None:
    """What is wrong on either side, and what to do; None when HAProxy may just be restarting."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is refused: {error.verify_message.rstrip('.')}; {_advice(error.verify_code)}"
    if not isinstance(error, ssl.SSLError) or isinstance(error, (ssl.SSLEOFError, ssl.SSLZeroReturnError)):
        return None
    if "ALERT" in (error.reason or ""):
        return f"it refused the connection: {words(error)}; set tls_client_cert to a certificate that it accepts"
    if error.reason == "UNSUPPORTED_PROTOCOL":
        return "it speaks only older TLS; let it speak 1.2 or 1.3 (ssl-min-ver, ssl-max-ver)"
    return f"it answered with something else ({words(error)}); {NO_TLS}"


def words(error: OSError) -> str:
    """The reason without OpenSSL's brackets and line numbers."""
    reason = getattr(error, "reason", None)
    return reason.lower().replace("_", " ") if reason else error.strerror or str(error)


def _advice(code: int) -> str:
    if code in _OTHER_NAME:
        return "if this is the right HAProxy, set tls_hostname to the name in its certificate"
    if code in _OTHER_TIME:
        return "renew it, or set the clock"
    return "set tls_ca_cert to the certificate of the authority that signed it"


@contextlib.contextmanager
def _usable(what: str) -> t.Iterator[None]:
    try:
        yield
    except OSError as error:
        raise BadTls(f"{what} can't be used: {words(error)}") from error
