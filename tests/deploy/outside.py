"""What a department would be given by its authority: root, intermediate, and a certificate for two names."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

HOSTS = ("plan.example", "identity.plan.example")


@dataclass(frozen=True)
class _Signer:
    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate


def _signed(name: str, by: _Signer | None, *, hosts: tuple[str, ...] = ()) -> _Signer:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(by.certificate.subject if by else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=30))
        .add_extension(x509.BasicConstraints(ca=not hosts, path_length=None), critical=True)
    )
    if hosts:
        builder = builder.add_extension(x509.SubjectAlternativeName([*map(x509.DNSName, hosts)]), critical=False)
    return _Signer(key, builder.sign(by.key if by else key, hashes.SHA256()))


def give(place: Path, *, hosts: tuple[str, ...] = HOSTS) -> None:
    """Writes outside.crt (leaf and intermediate, as authorities hand it out), outside.key and outside-ca.pem."""
    root = _signed("Root of a department", None)
    middle = _signed("Intermediate of a department", root)
    leaf = _signed(hosts[0], middle, hosts=hosts)
    chain = [each.certificate.public_bytes(Encoding.PEM) for each in (leaf, middle)]
    (place / "outside.crt").write_bytes(b"".join(chain))
    (place / "outside-ca.pem").write_bytes(root.certificate.public_bytes(Encoding.PEM))
    key = leaf.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (place / "outside.key").write_bytes(key)
