"""Keycloak with the settings and secrets of the compose file, behind its gate: who gets in, and under which name."""

import asyncio
import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
import yaml
from common.migrations import ensure_database
from sqlalchemy import make_url
from yulu_local import keycloak
from yulu_local.engines import Engine, Postgres
from yulu_local.kafka import java
from yulu_local.ports import free_ports

from tests.deploy import outside
from tests.deploy.declared import DEPLOY, script_of
from tests.deploy.test_compose_gate import ADMINISTRATOR, PORTAL, STRANGER, Gate
from tests.support.handshakes import takes_only_what_is_recommended
from tests.support.prometheus import program

TOKEN = "/realms/{}/protocol/openid-connect/token"


@dataclass
class Place:
    gate: Gate
    https: int
    """Where Keycloak itself listens."""
    secrets: Path
    image: Path
    """Where Keycloak is unpacked, as in /opt/keycloak."""
    before: dict[Path, int]
    """What `written` said of it before the start."""

    def secret(self, name: str) -> str:
        return (self.secrets / name).read_text("utf-8").strip()

    def token(self, realm: str, of: str, **form: str) -> httpx.Response:
        return self.gate.ask(self.gate.identity, TOKEN.format(realm), of=of, form=form)


def _settings(secrets: Path, database: str, gate: Gate, https: int, management: int) -> dict[str, str]:
    declared = yaml.safe_load((DEPLOY / "compose" / "engines.yaml").read_text("utf-8"))["services"]["keycloak"]
    own = {name: value.replace("/run/secrets", str(secrets)) for name, value in declared["environment"].items()}
    url, name = make_url(database), outside.HOSTS[1]
    return own | {
        "PATH": os.environ["PATH"], "JAVA_HOME": str(java().parent.parent), "PORTAL_URL": f"https://{outside.HOSTS[0]}",
        "KC_DB_URL": f"jdbc:postgresql://127.0.0.1:{url.port}/keycloak_gate", "KC_DB_USERNAME": url.username or "",
        "KC_HOSTNAME": f"https://{name}:{gate.identity}",
        "KC_PROXY_TRUSTED_ADDRESSES": "127.0.0.1", "KC_HTTP_HOST": "127.0.0.1", "KC_HTTPS_PORT": str(https),
        "KC_HTTP_MANAGEMENT_PORT": str(management),
    }  # fmt: skip


def written(image: Path) -> dict[Path, int]:
    """Of each file and folder of the image when it was last written to, in nanoseconds."""
    return {path: path.lstat().st_mtime_ns for path in image.rglob("*")}


@pytest.fixture(scope="module")
def place(postgres: Postgres, secrets: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    nginx = program("nginx", package="nginx", folder="usr/sbin")
    if nginx is None:
        pytest.skip("neither nginx nor a way to Debian's packages")
    folder, home = (tmp_path_factory.mktemp(name) for name in ("gate", "home"))
    with ThreadPoolExecutor(1) as thread:  # the session's event loop may be running in this one
        thread.submit(lambda: asyncio.run(ensure_database(f"{postgres.url}/keycloak_gate"))).result()
    image = keycloak.server()
    before = written(image)
    script = script_of(
        "keycloak/start.sh", home,
        ("/tmp/keycloak", str(home / "memory")),  # noqa: S108 - what is replaced
        ("/opt/keycloak/data/import", str(DEPLOY / "identity")),
        ("/opt/keycloak/data/password-blacklists", str(DEPLOY / "identity" / "password-blacklists")),
        ("/opt/keycloak", str(image)),
        ("/run/secrets", str(secrets / "keycloak")),
        ("$POSTGRES_KEYCLOAK_PASSWORD", f"'{make_url(postgres.url).password or ''}'"),
    )  # fmt: skip
    https, management = free_ports(2)
    gate = Gate(folder, secrets, nginx, https)
    server = Engine(
        prepare=lambda: None, log=home / "keycloak.log", seconds=900, command=["bash", str(script)],
        ready=lambda: gate.ask(gate.identity, "/realms/yulu").status_code == 200,
        environment=_settings(secrets / "keycloak", postgres.url, gate, https, management),
    )  # fmt: skip
    try:
        gate.start()
        server.start()
        yield Place(gate, https, secrets, image, before)
    finally:
        server.stop()
        gate.stop()


def test_the_realm_is_there_under_the_name_that_browsers_use_and_our_processes_get_their_tokens(place):
    found = place.gate.ask(place.gate.identity, "/realms/yulu/.well-known/openid-configuration").json()
    assert found["issuer"] == f"https://{outside.HOSTS[1]}:{place.gate.identity}/realms/yulu"
    secret = place.secret("notifier/CLIENT_SECRET")
    asked = {"grant_type": "client_credentials", "client_id": "notifier"}
    assert place.token("yulu", STRANGER, **asked, client_secret=secret).status_code == 200
    assert place.token("yulu", STRANGER, **asked, client_secret="another").status_code == 401


def test_the_first_administrator_enters_from_an_administrators_address_alone(place):
    login = {
        "grant_type": "password", "client_id": "admin-cli", "username": "first-administrator",
        "password": place.secret("made/KC_BOOTSTRAP_ADMIN_PASSWORD"),
    }  # fmt: skip
    assert place.token("master", STRANGER, **login).status_code == 403
    assert place.token("master", PORTAL, **login).status_code == 403
    bearer = f"Bearer {place.token('master', ADMINISTRATOR, **login).json()['access_token']}"
    for who, realm, status in (
        (ADMINISTRATOR, "yulu", 200), (ADMINISTRATOR, "master", 200), (PORTAL, "yulu", 200), (PORTAL, "master", 403),
        (STRANGER, "yulu", 403),
    ):  # fmt: skip
        path = f"/admin/realms/{realm}/users"
        assert place.gate.ask(place.gate.identity, path, of=who, Authorization=bearer).status_code == status
    assert place.gate.ask(place.gate.identity, "/admin/master/console/", of=ADMINISTRATOR).status_code == 200


def test_inside_it_takes_tls_1_2_and_1_3_by_recommended_suites_alone(place):
    assert takes_only_what_is_recommended(place.https)


def test_a_password_that_is_known_from_breaches_is_refused(place):
    """The list of the image's own folder, by the realm that it imported."""
    login = {
        "grant_type": "password", "client_id": "admin-cli", "username": "first-administrator",
        "password": place.secret("made/KC_BOOTSTRAP_ADMIN_PASSWORD"),
    }  # fmt: skip
    bearer = f"Bearer {place.token('master', ADMINISTRATOR, **login).json()['access_token']}"
    for password, status in (("1qaz2wsx3edc", 400), ("henansifating2026", 400), ("橘猫不吃胡萝卜也不吃冬瓜", 201)):
        who = {"username": f"tries-{status}-{len(password)}", "credentials": [{"type": "password", "value": password}]}
        made = place.gate.ask(
            place.gate.identity, "/admin/realms/yulu/users", of=ADMINISTRATOR, content=json.dumps(who).encode(),
            **{"Authorization": bearer, "Content-Type": "application/json"},
        )  # fmt: skip
        assert made.status_code == status, made.text


def test_it_has_built_itself_in_memory_and_written_nothing_of_its_image(place):
    """Whose root is read only. It was unpacked with other settings built in, and has those of compose all the same."""
    assert written(place.image) == place.before
