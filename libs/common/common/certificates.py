"""Certificates that are renewed under running processes: cert-manager, Strimzi and `prepare.py` replace files.

A context looks at its files before a handshake, in the thread that makes it, and takes up what has changed. Connections
that are open stay as they are.
"""

import os
import ssl
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, Self

import structlog
from cryptography import x509

from common.telemetry.metrics import Told, gauge

LOOK_SECONDS = 10.0
"""So long at most a changed file is not seen."""
SUITES = "ECDHE+AESGCM:ECDHE+CHACHA20"
"""Of TLS 1.2, what we answer with, as OpenSSL names it: a fresh key exchange and authenticated encryption (RFC 9325,
4.2). Of TLS 1.3 there are no others."""
_log = structlog.get_logger()
_left = gauge(
    "yulu_certificate_seconds_left",
    "Until what is in use ends: the certificate that is served, the authority by which Kafka is known.",
    ("of",),
    told=Told.ALWAYS,
)


class Renewing(ssl.SSLContext):
    """A context whose files are read anew when they have changed; what cannot be read leaves it as it was.

    It speaks TLS 1.2 or 1.3.
    """

    _files: tuple[Path, ...] = ()
    _load: Callable[[ssl.SSLContext], None]
    _seen: tuple[tuple[int, int, int], ...] = ()
    _looked = float("-inf")
    _told: Callable[[], None] | None = None

    @classmethod
    def serving(cls, certificate: str, key: str) -> Self:
        """What a server answers with. certificate: PEM, its own first. Raises OSError, ssl.SSLError."""

        def load(context: ssl.SSLContext) -> None:
            context.set_ciphers(SUITES)
            context.load_cert_chain(certificate, key)

        # The chain follows the own certificate, and may end whenever it likes: who asks knows it anew.
        return cls._made(ssl.PROTOCOL_TLS_SERVER, (certificate, key), load, of="served", which=lambda ends: ends[0])

    @classmethod
    def trusting(cls, authorities: str | None, *, of: str | None = None) -> Self:
        """Of a client. What is added to the file is believed from now on; what is taken out, until a restart.

        authorities: PEM; None: whom the machine trusts, for as long as the process lives. of: its name among the
        metrics, where the file holds few. Raises OSError, ssl.SSLError.
        """

        def load(context: ssl.SSLContext) -> None:
            if authorities is None:
                context.load_default_certs()
            else:
                context.load_verify_locations(cafile=authorities)

        files = () if authorities is None else (authorities,)
        return cls._made(ssl.PROTOCOL_TLS_CLIENT, files, load, of=of if files else None, which=max)

    @classmethod
    def _made(
        cls,
        protocol: "ssl._SSLMethod",
        files: tuple[str, ...],
        load: Callable[[ssl.SSLContext], None],
        *,
        of: str | None,
        which: Callable[[list[datetime]], datetime],
    ) -> Self:
        context = cls(protocol)
        context.minimum_version = ssl.TLSVersion.TLSv1_2  # whatever the machine's OpenSSL has been told
        context._files, context._load = tuple(map(Path, files)), load
        if of is not None:
            context._told = lambda: _tell(of, which(_ends(context._files[0])))
        context._take_up()
        return context

    def wrap_bio(self, *arguments: Any, **named: Any) -> ssl.SSLObject:
        self._look()
        return super().wrap_bio(*arguments, **named)

    def wrap_socket(self, *arguments: Any, **named: Any) -> ssl.SSLSocket:
        self._look()
        return super().wrap_socket(*arguments, **named)

    def _look(self) -> None:
        now = time.monotonic()
        if now - self._looked < LOOK_SECONDS:
            return
        self._looked = now
        try:
            if self._state() != self._seen:
                self._take_up()
                _log.info("certificate-taken-up", file=str(self._files[0]))
        except (OSError, ValueError) as error:
            _log.error("certificate-unreadable", file=str(self._files[0]), reason=str(error), alarm=True)

    def _take_up(self) -> None:
        """Tried on another context first: a key that does not fit would leave this one with nothing to serve."""
        seen = self._state()
        self._load(ssl.SSLContext(self.protocol))
        self._load(self)
        if self._told is not None:
            self._told()
        self._seen = seen

    def _state(self) -> tuple[tuple[int, int, int], ...]:
        return tuple((told.st_mtime_ns, told.st_ino, told.st_size) for told in map(os.stat, self._files))


def _ends(path: Path) -> list[datetime]:
    """Of each certificate of a file, in its order."""
    return [each.not_valid_after_utc for each in x509.load_pem_x509_certificates(path.read_bytes())]


def _tell(of: str, end: datetime) -> None:
    _left.labels(of).set_function(lambda: end.timestamp() - time.time())
