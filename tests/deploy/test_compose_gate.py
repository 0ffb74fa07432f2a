"""What stands before Keycloak and the interfaces on one server, run by nginx: what is let through, and to whom."""

import json
import os
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
from yulu_local.engines import Engine
from yulu_local.ports import free_ports

from tests.deploy import outside
from tests.deploy.declared import DEPLOY, script_of
from tests.support.handshakes import takes_only_what_is_recommended
from tests.support.prometheus import program

PORTAL, ADMINISTRATOR, STRANGER = "127.0.0.2", "127.0.0.3", "127.0.0.4"
INTERFACES = {"registry-api": 8101, "discipline-api": 8102, "progress-api": 8104, "exchange-api": 8107}


class _Told(BaseHTTPRequestHandler):
    """Answers with what it was asked."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps({"path": self.path, "headers": dict(self.headers)}).encode())

    def log_message(self, *_: object) -> None:
        """Nothing."""


class Gate(Engine):
    def __init__(self, folder: Path, secrets: Path, nginx: Path, behind: int) -> None:
        self.identity, *interfaces = free_ports(1 + len(INTERFACES))
        self.interfaces = dict(zip(INTERFACES, interfaces, strict=True))
        own, known = f"https://127.0.0.1:{behind}", INTERFACES.items()
        script = script_of(
            "gate/start.sh", folder, ("/run/secrets", str(secrets / "gate")), ("/tmp/", f"{folder}/"),  # noqa: S108
            ("listen 8443", f"listen 127.0.0.1:{self.identity}"), ("https://keycloak:8443", own),
            ("listen $1", "listen 127.0.0.1:$1"), ("https://$2:$1", own),
            *((f"interface {port} {name}", f"interface {self.interfaces[name]} {name}") for name, port in known),
        )  # fmt: skip
        told = {
            "IDENTITY_HOST": outside.HOSTS[1],
            "PORTAL_INSIDE": PORTAL,
            "ADMINISTRATORS": f"10.0.0.0/8 {ADMINISTRATOR}/32",
        }
        super().__init__(
            prepare=lambda: None, command=["bash", str(script)], ready=self._listens, log=folder / "gate.log",
            seconds=60,
            environment=os.environ | told | {"PATH": f"{nginx.parent}:{os.environ['PATH']}"},
        )  # fmt: skip
        self._trust = ssl.create_default_context(cafile=secrets / "notifier" / "trusted.pem")

    def _listens(self) -> bool:
        try:
            self.ask(self.identity, "/")
        except httpx.ConnectError:
            return False
        return True

    def ask(
        self,
        port: int,
        path: str,
        *,
        of: str = STRANGER,
        host: str = outside.HOSTS[1],
        form: dict[str, str] | None = None,
        content: bytes | None = None,
        **headers: str,
    ) -> httpx.Response:
        """By its name, as one who comes from this address; the path as it is written. form, content: sent by POST."""
        transport = httpx.HTTPTransport(local_address=of, verify=self._trust)
        with httpx.Client(transport=transport, timeout=60) as client:
            method = "GET" if form is None and content is None else "POST"
            own = {"Host": host} | headers
            request = client.build_request(method, f"https://127.0.0.1:{port}", headers=own, data=form, content=content)
            request.url = request.url.copy_with(raw_path=path.encode())
            request.extensions["sni_hostname"] = host
            return client.send(request)


@contextmanager
def standing(folder: Path, secrets: Path, *certificate: str) -> Iterator[Gate]:
    """certificate: what those behind it answer with, files of the secrets."""
    nginx = program("nginx", package="nginx", folder="usr/sbin")
    if nginx is None:
        pytest.skip("neither nginx nor a way to Debian's packages")
    behind = ThreadingHTTPServer(("127.0.0.1", 0), _Told)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*(secrets / name for name in certificate))
    behind.socket = context.wrap_socket(behind.socket, server_side=True, do_handshake_on_connect=False)
    serving = threading.Thread(target=partial(behind.serve_forever, poll_interval=0.05), daemon=True)
    serving.start()
    gate = Gate(folder, secrets, nginx, behind.server_address[1])
    try:
        gate.start()
        yield gate
    finally:
        gate.stop()
        behind.shutdown()
        behind.server_close()


@pytest.fixture(scope="module")
def gate(secrets: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gate]:
    with standing(tmp_path_factory.mktemp("gate"), secrets, "keycloak/server.pem") as gate:
        yield gate


OPEN = ("/realms/yulu", "/realms/yulu/protocol/openid-connect/auth?state=a%2Fb;c", "/resources/x/login.css")
PORTALS = ("/admin/realms/yulu/users?q=a%20b",)
ADMINISTRATORS = (
    "/admin/",
    "/admin/master/console/",
    "/admin/realms/master/users",
    "/realms/master/protocol/openid-connect/token",
)
NOBODYS = (
    "/", "/metrics", "/health", "/realms/yulux", "/realms/other/account", "/realms", "/js/keycloak.js",
    "/realms/yulu/%2e%2e/master/protocol/openid-connect/token", "/realms/yulu/..;/master/account",
    "/realms/yulu/..%2fmaster/account", "//realms/master/account", "/realms//master/account", "/resources/..%2Fadmin/",
)  # fmt: skip


def test_of_keycloak_our_realm_is_open_and_nothing_else(gate):
    for path in OPEN:
        answer = gate.ask(gate.identity, path)
        assert (answer.status_code, answer.json()["path"]) == (200, path)
    for path in (*PORTALS, *ADMINISTRATORS, "/realms/yulu/../master/account"):
        assert gate.ask(gate.identity, path).status_code == 403, path
    for path in NOBODYS:
        for who in (STRANGER, PORTAL, ADMINISTRATOR):
            assert gate.ask(gate.identity, path, of=who).status_code == 404, path


def test_the_portal_administers_our_realm_and_administrators_all(gate):
    for path in PORTALS:
        assert gate.ask(gate.identity, path, of=PORTAL).status_code == 200
    for path in ADMINISTRATORS:
        assert gate.ask(gate.identity, path, of=PORTAL).status_code == 403
        assert gate.ask(gate.identity, path, of=ADMINISTRATOR).status_code == 200
    for claim in ("X-Forwarded-For", "X-Real-IP", "Forwarded"):
        value = f"for={ADMINISTRATOR}" if claim == "Forwarded" else ADMINISTRATOR
        assert gate.ask(gate.identity, "/admin/", **{claim: value}).status_code == 403


def test_another_name_leads_nowhere(gate):
    assert gate.ask(gate.identity, OPEN[0], host=outside.HOSTS[0]).status_code == 404


def test_it_takes_tls_1_2_and_1_3_by_recommended_suites_alone(gate):
    assert takes_only_what_is_recommended(gate.identity, host=outside.HOSTS[1])
    for port in gate.interfaces.values():
        assert takes_only_what_is_recommended(port)


def test_addresses_are_what_the_gate_saw(gate):
    claims = {"X-Forwarded-For": "192.0.2.1", "X-Forwarded-Proto": "http", "Forwarded": "for=192.0.2.1"}
    for port, path in ((gate.identity, OPEN[0]), (gate.interfaces["exchange-api"], "/v1/events")):
        headers = gate.ask(port, path, **claims).json()["headers"]
        assert headers["X-Forwarded-For"] == STRANGER
        assert headers["X-Forwarded-Proto"] == "https"
        assert "Forwarded" not in headers
        assert headers["Host"] == outside.HOSTS[1]


@pytest.mark.parametrize("interface", INTERFACES)
def test_interfaces_answer_and_tell_nobody_how_they_are(interface, gate):
    port = gate.interfaces[interface]
    assert gate.ask(port, "/v1/lawyers?name=a").json()["path"] == "/v1/lawyers?name=a"
    for path in ("/metrics", "/health/ready", "/health/live"):
        assert gate.ask(port, path).status_code == 404


def test_nothing_of_a_request_is_written_down():
    script = (DEPLOY / "compose" / "gate" / "start.sh").read_text("utf-8")
    for line in ("access_log off;", "error_log stderr crit;", "proxy_request_buffering off;", "proxy_buffering off;"):
        assert line in script


def test_whoever_is_behind_must_prove_who_he_is(secrets, tmp_path):
    """Another authority's certificate, be it one that browsers trust, is not the inside's."""
    with standing(tmp_path, secrets, "gate/outside.crt", "gate/outside.key") as gate:
        for port, path in ((gate.identity, OPEN[0]), (gate.interfaces["registry-api"], "/v1/lawyers")):
            assert gate.ask(port, path).status_code == 502
    given = {path.name for path in (secrets / "gate").iterdir()}
    assert given == {"ca.pem", "trusted.pem", "outside.crt", "outside.key"}
