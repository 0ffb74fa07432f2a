"""What a server agrees to in a TLS handshake, of all that OpenSSL here can still offer."""

import socket
import ssl
import warnings

_STRONG = ("TLS_AES_", "TLS_CHACHA20_")
_FORWARD_SECRET = ("ECDHE-ECDSA-", "ECDHE-RSA-")
OLD = (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1)


def recommended(suite: str) -> bool:
    """By OpenSSL's name: authenticated encryption with a fresh key exchange, and nothing else."""
    authenticated = "-GCM-" in suite or "-CHACHA20-POLY1305" in suite
    return suite.startswith(_STRONG) or (suite.startswith(_FORWARD_SECRET) and authenticated)


def agreed(port: int, version: ssl.TLSVersion, suites: list[str] | None = None, *, host: str = "") -> str | None:
    """The suite that a server of the loopback address takes for this version alone, of all or of these; None: none.

    Raises OSError where nobody listens.
    """
    context = _offering(version, suites)
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        try:
            with context.wrap_socket(connection, server_hostname=host or "localhost") as secured:
                told = secured.cipher()
        except (ssl.SSLError, ConnectionResetError):
            return None
    assert told is not None
    return told[0]


def weak() -> list[str]:
    """Every suite of TLS 1.2 and before that OpenSSL here knows and nobody should take."""
    known = {each["name"] for each in _offering(ssl.TLSVersion.TLSv1_2, None).get_ciphers()}
    return sorted(name for name in known if not recommended(name))


def takes_only_what_is_recommended(port: int, *, host: str = "") -> bool:
    """It speaks TLS 1.2 and 1.3 by recommended suites, and nothing older or weaker."""
    new = [agreed(port, version, host=host) for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3)]
    old = [agreed(port, version, host=host) for version in OLD]
    weakly = agreed(port, ssl.TLSVersion.TLSv1_2, weak(), host=host)
    return all(suite is not None and recommended(suite) for suite in new) and old == [None, None] and weakly is None


def lax(certificate: str) -> ssl.SSLContext:
    """A server's context that takes whatever is offered."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    context.set_ciphers("ALL:COMPLEMENTOFALL:@SECLEVEL=0")
    _between(context, ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_3)
    return context


def _offering(version: ssl.TLSVersion, suites: list[str] | None) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers(":".join((*(suites or ("ALL", "COMPLEMENTOFALL")), "@SECLEVEL=0")))
    _between(context, version, version)
    return context


def _between(context: ssl.SSLContext, least: ssl.TLSVersion, most: ssl.TLSVersion) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # old ones are offered on purpose
        context.minimum_version, context.maximum_version = least, most
