"""`python deploy/compose/prepare.py`: secrets and inside certificates of one server, once; again, what is missing.

Nothing that exists is replaced: a key of data at rest that is lost is the data lost. Keep a copy of `secrets/made`
apart from the backups of the databases. Run it as root, so that files belong to whom the containers run as; the image
`tools` holds what it imports (docs/handbook/install.md).
"""

import argparse
import os
import secrets
import shutil
import ssl
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import certifi
import yaml
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from yulu_local.certificates import Certificates

HERE = Path(__file__).parent
DECLARED: dict[str, Any] = yaml.safe_load((HERE.parent / "secrets.yaml").read_text("utf-8"))
OURS, POSTGRES, KAFKA, KEYCLOAK, GATE, NOBODY = 10001, 999, 1000, 1000, 101, 65534
"""User ids in the images."""
DATABASE_URL = "_DATABASE_URL"


def password_of_role(database: str) -> str:
    return f"POSTGRES_{database.upper()}_PASSWORD"


def password_of_user(process: str) -> str:
    return f"KAFKA_{process.upper().replace('-', '_')}_PASSWORD"


def databases(names: Iterable[str]) -> set[str]:
    return {name.removesuffix(DATABASE_URL).lower() for name in names if name.endswith(DATABASE_URL)}


ROLES = {"keycloak", *databases(name for names in DECLARED["processes"].values() for name in names)}
USERS = [process for process, names in DECLARED["processes"].items() if "KAFKA_PASSWORD" in names]
ENGINES = {
    "postgres": (POSTGRES, ("POSTGRES_PASSWORD", *sorted(map(password_of_role, ROLES)))),
    "kafka": (KAFKA, ("KAFKA_NODES_PASSWORD", *map(password_of_user, USERS))),
    "keycloak": (KEYCLOAK, (password_of_role("keycloak"), "KC_BOOTSTRAP_ADMIN_PASSWORD")),
    "gate": (GATE, ()),
    "prometheus": (NOBODY, ("METRICS_TOKEN",)),
    "prometheus-closed": (NOBODY, ("METRICS_CLOSED_TOKEN",)),
}
INSIDE = ("postgres", "keycloak", "kafka-1", "kafka-2", "kafka-3", "erasure-ledger", *DECLARED["processes"])
PROVINCIAL = ("ISSUER", "AUTHORIZATION_URL", "TOKEN_URL", "JWKS_URL", "LOGOUT_URL", "CLIENT_ID", "CLIENT_SECRET")
DATABASE = "postgresql://{0}:{1}@postgres:5432/{0}?sslmode=verify-full&sslrootcert=/run/secrets/ca.pem"


def client_variable(client: str) -> str:
    return f"{client.upper().replace('-', '_')}_CLIENT_SECRET"


class Kept:
    """One file a secret, mode 0600; made once."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)

    def value(self, name: str) -> str:
        path = self._directory / name
        if not path.exists():
            write(path, self._made(name))
        return path.read_text("utf-8").strip()

    def _made(self, name: str) -> str:
        rule = DECLARED["made"].get(name, "password")
        if rule.startswith("hex "):
            return secrets.token_hex(int(rule.removeprefix("hex ")))
        if name == "RIGHTS_OFFICE_PUBLIC_KEY":
            private = X25519PrivateKey.from_private_bytes(bytes.fromhex(self.value("RIGHTS_OFFICE_KEY")))
            return private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()
        return secrets.token_urlsafe(32)


def write(path: Path, text: str, owner: int | None = None) -> None:
    """Whole or not at all."""
    temporary = path.with_name(f".{path.name}.new")
    temporary.unlink(missing_ok=True)
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    if owner is not None and os.geteuid() == 0:
        os.chown(temporary, owner, owner)
    temporary.replace(path)


def folder(place: Path, owner: int, files: dict[str, str]) -> None:
    """What one container is given: these files and no others."""
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    for stale in {path.name for path in place.iterdir()} - set(files):
        (place / stale).unlink()
    for file, text in files.items():
        write(place / file, text, owner)
    if os.geteuid() == 0:
        shutil.chown(place, owner, owner)


def outside_certificate(place: Path) -> dict[str, str]:
    """What browsers meet, from the department's own authority or a public one: its chain, without the authority."""
    missing = [name for name in ("outside.crt", "outside.key") if not (place / name).is_file()]
    if missing:
        sys.exit(
            f"请将浏览器信任的证书与私钥放入 {place}（outside.crt、outside.key）。\n"
            f"Put {' and '.join(missing)} into {place}: the certificate that browsers trust, and its key (PEM)."
        )
    return {name: (place / name).read_text("ascii") for name in ("outside.crt", "outside.key")}


def trusted_outside(place: Path) -> str:
    """The public authorities, and the department's own where it has given one: who signs Keycloak's certificate, and
    those of gateways and receivers."""
    own = place / "outside-ca.pem"
    return (own.read_text("ascii").rstrip() + "\n" if own.is_file() else "") + certifi.contents()


def check_chain(place: Path, trusted: str, hosts: Iterable[str]) -> None:
    """Exits with a sentence unless our own processes would accept this certificate at each of these names.

    Asked of those who will judge: the two ends of Python's TLS, in memory.
    """
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        server.load_cert_chain(place / "outside.crt", place / "outside.key")
    except ssl.SSLError as error:
        sys.exit(
            f"{place} 中的 outside.crt 与 outside.key 不成一对，或不是 PEM：{error.reason}。\n"
            f"outside.crt and outside.key in {place} are no pair, or no PEM: {error.reason}."
        )
    client = ssl.create_default_context(cadata=trusted)
    for host in hosts:
        to_client, to_server = ssl.MemoryBIO(), ssl.MemoryBIO()
        waiting = [
            client.wrap_bio(to_client, to_server, server_hostname=host),
            server.wrap_bio(to_server, to_client, server_side=True),
        ]
        while waiting:
            end = waiting.pop(0)
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                waiting.append(end)
            except ssl.SSLCertVerificationError as error:
                sys.exit(
                    f"各进程不会信任 {host} 的证书（{error.verify_message}）：outside.crt 须含中间证书，"
                    f"签发它的根证书放入 {place / 'outside-ca.pem'}。\n"
                    f"Our processes would not trust {host} ({error.verify_message}): outside.crt needs the "
                    f"intermediate certificates, {place / 'outside-ca.pem'} the authority that signs them."
                )


def hosts_in(settings: Path) -> list[str]:
    """Of compose's `.env`: portal, Keycloak, interfaces. Exits with a sentence where it does not say."""
    lines = settings.read_text("utf-8").splitlines() if settings.is_file() else []
    told = dict(line.split("=", 1) for line in lines if "=" in line and not line.lstrip().startswith("#"))
    portal = urlsplit(told.get("PORTAL_URL", "").strip()).hostname or ""
    hosts = [portal, *(told.get(name, "").strip() for name in ("IDENTITY_HOST", "API_HOST"))]
    # Inside, Keycloak's name leads to the gate, where the portal is not.
    if not all(hosts) or hosts[1] == portal:
        sys.exit(
            f"请先在 {settings} 中写明 PORTAL_URL、IDENTITY_HOST、API_HOST；IDENTITY_HOST 不可与门户同名。\n"
            f"Say first in {settings} PORTAL_URL, IDENTITY_HOST and API_HOST; IDENTITY_HOST is not the portal's."
        )
    return hosts


def provincial(place: Path) -> dict[str, str]:
    """省统一身份认证, as it was agreed with its operator; without it nobody logs in that way."""
    names = [f"PROVINCIAL_{name}" for name in PROVINCIAL]
    return {name: (place / name).read_text("utf-8") if (place / name).is_file() else "https://unset" for name in names}


def secrets_of(process: str, kept: Kept, given: Path) -> dict[str, str]:
    """What `secrets.yaml` lists for it, and what others told an administrator."""
    files = {}
    for name in (*DECLARED["every"], *DECLARED["processes"][process]):
        if name == "KAFKA_PASSWORD":
            files[name] = kept.value(password_of_user(process))
        elif name.endswith(DATABASE_URL):
            [database] = databases([name])
            files[name] = DATABASE.format(database, kept.value(password_of_role(database)))
        else:
            files[name] = kept.value(client_variable(process) if name == "CLIENT_SECRET" else name)
    told = [given / name for name in DECLARED["given"].get(process, ())]
    return files | {path.name: path.read_text("utf-8").strip() for path in told if path.is_file()}


def prepare(given: Path, into: Path, hosts: Iterable[str]) -> None:
    """hosts: the names at which browsers meet the outside certificate."""
    outside, authorities = outside_certificate(given), trusted_outside(given)
    check_chain(given, authorities, hosts)
    kept = Kept(into / "made")
    certificates = Certificates(into / "authority")
    certificates.ensure(tuple(sorted({*INSIDE, "localhost"})), now=datetime.now(UTC))
    authority = certificates.authority.read_text("ascii")
    inside = {"ca.pem": authority, "server.pem": certificates.key_store.read_text("ascii")}
    # Our processes also call Keycloak, gateways and receivers, whose certificates outside authorities have signed.
    trusted = {"trusted.pem": authority + authorities}
    for process in DECLARED["processes"]:
        files = inside | trusted | secrets_of(process, kept, given)
        folder(into / process, OURS, files | (outside if process == "portal" else {}))
    clients = {client_variable(client): kept.value(client_variable(client)) for client in DECLARED["clients"]}
    # Whoever answers nobody inside has no key of the inside.
    only_trusted = {"ca.pem": authority} | trusted
    more = {
        "postgres": inside, "kafka": inside, "keycloak": inside | trusted | clients | provincial(given),
        "gate": only_trusted | outside, "prometheus": only_trusted, "prometheus-closed": only_trusted,
    }  # fmt: skip
    for engine, (owner, passwords) in ENGINES.items():
        folder(into / engine, owner, more[engine] | {name: kept.value(name) for name in passwords})


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument(
        "--given", type=Path, default=HERE / "given", help="outside.crt, .key, outside-ca.pem, PROVINCIAL_*"
    )
    given = arguments.parse_args().given
    if os.geteuid() != 0:
        sys.exit(
            "请以 root 运行：文件要归各容器的用户所有。\nRun it as root: files have to belong to the containers' users."
        )
    prepare(given, HERE / "secrets", hosts_in(HERE / ".env"))
    sys.stdout.write("已就绪 ready\n")
