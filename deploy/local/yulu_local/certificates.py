"""The certificates of Kafka's outside listener: an authority of our own and what it signs, made at first start.

The authority's certificate is what clients are given. The key store is PEM, as Kafka reads it: key, certificate, chain.
"""

import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

AUTHORITY_LASTS = timedelta(days=3650)
SERVER_LASTS = timedelta(days=397)
"""The longest that clients which follow the browsers' rule accept."""
RENEWED_BEFORE = timedelta(days=60)
"""A start this near to a certificate's end makes a new one."""
_CLOCKS_DIFFER = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Certificates:
    directory: Path

    @property
    def authority(self) -> Path:
        """Clients need it to know the broker: nothing secret."""
        return self.directory / "ca.pem"

    @property
    def key_store(self) -> Path:
        return self.directory / "server.pem"

    @property
    def _authority_key(self) -> Path:
        return self.directory / "ca-key.pem"

    def ensure(self, hosts: tuple[str, ...], *, now: datetime) -> None:
        """Idempotent. Makes what is missing, unreadable, near its end or made for other hosts; keeps the rest.

        hosts: names and addresses that clients connect to. A new authority, once in ten years, is a new `ca.pem`, which
        clients must be given.
        """
        self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        authority = self._kept_authority(now)
        if authority is None:
            authority = _new_authority(now)
            key, certificate = authority
            self._write(self._authority_key, _pem_of_key(key))
            self._write(self.authority, certificate.public_bytes(Encoding.PEM))
        if not self._server_fits(authority[1], hosts, now):
            self._write(self.key_store, _new_server(authority, hosts, now))

    def _kept_authority(self, now: datetime) -> "_Authority | None":
        try:
            key = load_pem_private_key(self._authority_key.read_bytes(), None)
            certificate = x509.load_pem_x509_certificate(self.authority.read_bytes())
        except (FileNotFoundError, ValueError):
            return None
        # What it signs next must end before it does.
        lasts = certificate.not_valid_after_utc - now > SERVER_LASTS
        if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != certificate.public_key() or not lasts:
            return None
        return key, certificate

    def _server_fits(self, authority: x509.Certificate, hosts: tuple[str, ...], now: datetime) -> bool:
        try:
            pem = self.key_store.read_bytes()
            certificate = x509.load_pem_x509_certificate(pem)
            key = load_pem_private_key(pem, None)
            certificate.verify_directly_issued_by(authority)
        except (FileNotFoundError, ValueError, InvalidSignature):
            return False
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        return (
            key.public_key() == certificate.public_key()
            and certificate.not_valid_after_utc - now > RENEWED_BEFORE
            and certificate.not_valid_before_utc <= now
            and set(names) == set(_names(hosts))
        )

    def _write(self, path: Path, content: bytes) -> None:
        """Whole or not at all, and never readable by others, not even for a moment."""
        temporary = path.with_suffix(".new")
        temporary.unlink(missing_ok=True)
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
        temporary.replace(path)


_Authority = tuple[ec.EllipticCurvePrivateKey, x509.Certificate]


def _pem_of_key(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _names(hosts: tuple[str, ...]) -> list[x509.GeneralName]:
    names: list[x509.GeneralName] = []
    for host in hosts:
        try:
            names.append(x509.IPAddress(ip_address(host)))
        except ValueError:
            names.append(x509.DNSName(host))
    return names


def _named(common_name: str) -> x509.Name:
    return x509.Name([
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, "豫律 Yulü"), x509.NameAttribute(NameOID.COMMON_NAME, common_name)
    ])  # fmt: skip


def _usage(*, signs: bool) -> x509.KeyUsage:
    """An authority signs certificates and nothing else; a server proves its key and nothing else."""
    return x509.KeyUsage(
        digital_signature=not signs, key_cert_sign=signs, crl_sign=signs, content_commitment=False,
        key_encipherment=False, data_encipherment=False, key_agreement=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip


def _new_authority(now: datetime) -> _Authority:
    key = ec.generate_private_key(ec.SECP256R1())
    # Two authorities must not be taken for one another: chains are searched by name.
    name = _named(f"Kafka CA {x509.random_serial_number():x}"[:40])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _CLOCKS_DIFFER)
        .not_valid_after(now + AUTHORITY_LASTS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return key, certificate


def _new_server(authority: _Authority, hosts: tuple[str, ...], now: datetime) -> bytes:
    issuer_key, issuer = authority
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = (
        x509.CertificateBuilder()
        .subject_name(_named("Kafka"))
        .issuer_name(issuer.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _CLOCKS_DIFFER)
        .not_valid_after(now + SERVER_LASTS)
        .add_extension(x509.SubjectAlternativeName(_names(hosts)), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
        .sign(issuer_key, hashes.SHA256())
    )
    pem = Encoding.PEM
    return _pem_of_key(key) + certificate.public_bytes(pem) + issuer.public_bytes(pem)
