"""Keycloak 26 on the packaged Java: unpacked and built once, its realms from `deploy/identity`, a database beside ours.

`python -m yulu_local.keycloak` becomes the server. What it needs to know is in the environment: KEYCLOAK_PORT,
KEYCLOAK_URL, PORTAL_URL, DATABASE_URL, DATA_DIR, ENVIRONMENT.
"""

import asyncio
import fcntl
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import httpx
from common.migrations import ensure_database
from sqlalchemy import make_url

from yulu_local import jars, passwords, realm
from yulu_local.issuer import Secrets
from yulu_local.kafka import java
from yulu_local.problems import Misfortune

DATABASE = "keycloak"
HEAP_MB = 400
_WITHOUT = (  # smaller, and fewer doors
    "kerberos", "ciba", "device-flow", "impersonation", "par", "passkeys", "web-authn", "twitter-broker",
    "instagram-broker", "docker",
)  # fmt: skip
_BUILD = ("build", "--db=postgres", "--cache=local", f"--features-disabled={','.join(_WITHOUT)}")
_THREADS = "io.quarkus.bootstrap.forkjoin.QuarkusForkJoinWorkerThreadFactory"
_JVM = (
    "-Xms64m",
    f"-Xmx{HEAP_MB}m",
    "-XX:MaxMetaspaceSize=256m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",  # a tenth of its work is serving, the rest is starting
    "-XX:+ExitOnOutOfMemoryError",
    "-Dfile.encoding=UTF-8",
    "-Duser.language=en",
    "-Djava.util.logging.manager=org.jboss.logmanager.LogManager",
    "-Dpicocli.disable.closures=true",
    f"-Djava.util.concurrent.ForkJoinPool.common.threadFactory={_THREADS}",
    *(f"--add-opens=java.base/java.{part}=ALL-UNNAMED" for part in ("util", "util.concurrent", "security", "lang")),
    "--enable-native-access=ALL-UNNAMED",
)
"""As `kc.sh` has them, with less memory."""


def issuer(url: str) -> str:
    return f"{url}/realms/{realm.REALM}"


def answers(url: str) -> bool:
    """Whether it serves our realm."""
    try:
        return httpx.get(f"{issuer(url)}/.well-known/openid-configuration", trust_env=False).is_success
    except httpx.HTTPError:
        return False


def secrets_of(data_dir: Path) -> Secrets:
    return Secrets(data_dir / "issuer")


def server(progress: Callable[[str], None] = print) -> Path:
    """Where it is unpacked and built for our options; the first call takes about a minute."""
    (archive,) = jars.locked(jars.KEYCLOAK)
    made_of = hashlib.sha256(" ".join((archive.sha256, *_BUILD, str(java()))).encode()).hexdigest()[:16]
    place = jars.cache_dir().parent / "keycloak" / f"{archive.version}-{made_of}"
    place.parent.mkdir(parents=True, exist_ok=True)
    with (place.parent / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not place.exists():
            (packed,) = jars.fetch(jars=[archive], progress=progress, of="Keycloak")
            # Complete or absent, never half.
            with tempfile.TemporaryDirectory(dir=place.parent) as draft:
                with zipfile.ZipFile(packed) as opened:
                    opened.extractall(draft)
                (unpacked,) = Path(draft).iterdir()
                progress("构建 Keycloak（仅首次）… / Building Keycloak (once)…")
                _run(_command(unpacked, Path(draft), *_BUILD), os.environ)
                unpacked.rename(place)
    return place


def _command(home: Path, temporary: Path, *arguments: str) -> list[str]:
    own = [f"-Djava.io.tmpdir={temporary}", f"-Dkc.home.dir={home}", f"-Djboss.server.config.dir={home / 'conf'}"]
    main = ["-cp", str(home / "lib" / "quarkus-run.jar"), "io.quarkus.bootstrap.runner.QuarkusEntryPoint"]
    return [str(java()), *_JVM, *own, *main, *arguments]


def _run(command: list[str], environment: Mapping[str, str]) -> None:
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode != 0:
        last = (done.stdout + done.stderr).strip().splitlines()[-1:]
        raise Misfortune(f"Keycloak 未能就绪：{last}。", f"Keycloak could not be made ready: {last}.")


def furnish(home: Path, built: Path) -> None:
    """A home of its own around the shared server."""
    for name in ("conf", "data/import", "tmp"):
        (home / name).mkdir(parents=True, exist_ok=True)
    shared = {home / name: built / name for name in ("lib", "providers", "themes")}
    for link, to in (shared | {home / "data" / passwords.LISTS.name: passwords.LISTS}).items():
        if link.is_symlink() and link.readlink() != to:
            link.unlink()
        if not link.is_symlink():
            link.symlink_to(to)


def environment_of(settings: Mapping[str, str], port: int) -> dict[str, str]:
    """What Keycloak itself reads, the secrets of its clients among it. `settings` as in this module's docstring."""
    url, data_dir = settings["KEYCLOAK_URL"], Path(settings["DATA_DIR"])
    database = make_url(settings["DATABASE_URL"])
    there = f"{url}/realms/{realm.PROVINCIAL}"
    protocol = f"{there}/protocol/openid-connect"
    options = "&".join(f"{name}={value}" for name, value in database.query.items())
    place = f"{database.host}:{database.port or 5432}/{DATABASE}"
    secrets, development = secrets_of(data_dir), settings["ENVIRONMENT"] != "production"
    told = {
        "KC_DB_URL": f"jdbc:postgresql://{place}" + (f"?{options}" if options else ""),
        "KC_DB_USERNAME": database.username or "",
        "KC_DB_PASSWORD": database.password or "",
        "KC_DB_POOL_MAX_SIZE": "10",
        "KC_HTTP_ENABLED": "true",
        "KC_HTTP_HOST": "127.0.0.1",
        "KC_HTTP_PORT": str(port),
        "KC_HOSTNAME": url,
        "KC_LOG_LEVEL": "warn",
        "KEYCLOAK_URL": url,
        "PORTAL_URL": settings["PORTAL_URL"],
    }
    clients = realm.clients_with_secrets(development=development)
    told |= {realm.secret_variable(client): secrets.client_secret(client) for client in clients}
    if development:
        told |= {
            "DEMO_PASSWORD": secrets.client_secret("demo-password"),
            "PROVINCIAL_ISSUER": there,
            "PROVINCIAL_CLIENT_ID": "yulu",
            "PROVINCIAL_AUTHORIZATION_URL": f"{protocol}/auth",
            "PROVINCIAL_TOKEN_URL": f"{protocol}/token",
            "PROVINCIAL_JWKS_URL": f"{protocol}/certs",
            "PROVINCIAL_LOGOUT_URL": f"{protocol}/logout",
        }
    return told


def write_realms(home: Path, *, development: bool, provincial: bool) -> bool:
    """For the import at the next start. True where they are others than before, and development may overwrite them."""
    made = {realm.REALM: realm.yulu(development=development, provincial=provincial)}
    if development:
        made[realm.PROVINCIAL] = realm.provincial()
    known = home / "realms.sha256"
    digest = hashlib.sha256(json.dumps(made, sort_keys=True).encode()).hexdigest()
    before = known.read_text(encoding="ascii") if known.exists() else digest
    for name, representation in made.items():
        file = home / "data" / "import" / f"{name}-realm.json"
        file.write_text(json.dumps(representation, ensure_ascii=False), encoding="utf-8")
    known.write_text(digest, encoding="ascii")
    return development and before != digest


def main() -> None:
    settings = {"ENVIRONMENT": "development", "DATA_DIR": ".local", "PORTAL_URL": "http://127.0.0.1:8100"}
    settings |= {name: value for name, value in os.environ.items() if value}
    home = (Path(settings["DATA_DIR"]) / "keycloak").resolve()
    development = settings["ENVIRONMENT"] != "production"
    try:
        built = server()
        furnish(home, built)
        database = make_url(settings["DATABASE_URL"]).set(database=DATABASE)
        asyncio.run(ensure_database(database.render_as_string(hide_password=False)))
        told = environment_of(settings, int(settings["KEYCLOAK_PORT"]))
        environment = {name: settings[name] for name in ("PATH", "HOME", "LANG", "TZ") if name in settings} | told
        provincial = development or "PROVINCIAL_ISSUER" in settings
        environment |= {name: value for name, value in settings.items() if name.startswith("PROVINCIAL_")}
        if write_realms(home, development=development, provincial=provincial):
            changed = ("import", "--optimized", "--override=true", f"--dir={home / 'data' / 'import'}")
            _run(_command(home, home / "tmp", *changed), environment)
    except Misfortune as misfortune:
        sys.exit(str(misfortune))
    command = _command(home, home / "tmp", "start", "--optimized", "--import-realm")
    os.execve(command[0], command, environment)  # noqa: S606 - no shell is the point


if __name__ == "__main__":
    main()
