"""Settings: from the environment, one sentence where they are wrong."""

from typing import ClassVar

import pytest
from common.http import create_app
from common.http.server import configuration
from common.kafka import Cluster
from common.metrics_server import serve_metrics
from common.settings import InvalidSettings, Settings


class RegistrySettings(Settings):
    service: ClassVar[str] = "registry"


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


def test_each_service_has_its_own_database_on_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://u@127.0.0.1:5432/?sslmode=require")
    settings = RegistrySettings.load()
    assert settings.dsn == "postgresql://u@127.0.0.1:5432/registry?sslmode=require"
    assert settings.dsn_of("rights") == "postgresql://u@127.0.0.1:5432/rights?sslmode=require"


def test_a_service_database_url_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://u@a")
    monkeypatch.setenv("REGISTRY_DATABASE_URL", "postgresql://u@b/own")
    assert RegistrySettings.load().dsn == "postgresql://u@b/own"


def test_a_missing_database_names_both_variables() -> None:
    with pytest.raises(InvalidSettings, match=r"DATABASE_URL.*REGISTRY_DATABASE_URL"):
        _ = RegistrySettings.load().dsn


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("REGISTRY_PORT", "http"),
        ("REGISTRY_PORT", "70000"),
        ("OIDC_ISSUER", "issuer"),
        ("DATABASE_URL", "mysql://u:pw@h"),
    ],
)
def test_a_wrong_value_is_one_sentence_naming_the_variable_and_not_the_value(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(InvalidSettings) as caught:
        RegistrySettings.load()
    sentence = str(caught.value)
    assert name in sentence
    assert value not in sentence
    assert "\n" not in sentence


def test_production_does_not_fall_back_on_the_development_issuer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENVIRONMENT", "production")
    with pytest.raises(InvalidSettings, match="OIDC_ISSUER"):
        RegistrySettings.load()


def test_passwords_are_not_in_repr(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://u:hunter2@h")
    monkeypatch.setenv("CLIENT_SECRET", "hunter3")
    assert "hunter" not in repr(RegistrySettings.load())


SASL = {"KAFKA_SECURITY_PROTOCOL": "SASL_SSL", "KAFKA_USERNAME": "relay", "KAFKA_PASSWORD": "hunter4"}


def _given(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)


@pytest.mark.parametrize("servers", ["kafka.internal:9092", "127.0.0.1:9092,10.0.0.7:9092", "[2001:db8::1]:9092"])
def test_production_sends_nothing_in_the_clear_beyond_the_loopback_address(
    monkeypatch: pytest.MonkeyPatch, servers: str
) -> None:
    production = {"ENVIRONMENT": "production", "OIDC_ISSUER": "https://issuer", "KAFKA_BOOTSTRAP_SERVERS": servers}
    _given(monkeypatch, production)
    with pytest.raises(InvalidSettings, match="KAFKA_SECURITY_PROTOCOL must be SASL_SSL"):
        RegistrySettings.load()
    _given(monkeypatch, SASL)
    assert RegistrySettings.load().kafka_bootstrap_servers == servers


@pytest.mark.parametrize("servers", ["127.0.0.1:9092,localhost:9093", "[::1]:9092"])
def test_production_may_speak_plainly_to_its_own_machine(monkeypatch: pytest.MonkeyPatch, servers: str) -> None:
    production = {"ENVIRONMENT": "production", "OIDC_ISSUER": "https://issuer", "KAFKA_BOOTSTRAP_SERVERS": servers}
    _given(monkeypatch, production)
    assert RegistrySettings.load().kafka_security_protocol == "PLAINTEXT"


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("KAFKA_USERNAME", ""),
        ("KAFKA_PASSWORD", ""),
        ("KAFKA_CA_FILE", "/nowhere/ca.pem"),
        ("KAFKA_SECURITY_PROTOCOL", "SSL"),
    ],
)
def test_what_kafka_needs_is_named(monkeypatch: pytest.MonkeyPatch, variable: str, value: str) -> None:
    _given(monkeypatch, SASL | {variable: value})
    with pytest.raises(InvalidSettings, match=variable):
        RegistrySettings.load()


def test_kafkas_password_reaches_its_clients_and_no_repr(monkeypatch: pytest.MonkeyPatch) -> None:
    _given(monkeypatch, SASL)
    settings = RegistrySettings.load()
    cluster = Cluster.of(settings)
    assert "hunter4" not in repr(settings) + repr(cluster)
    assert cluster.options()["sasl_plain_password"] == "hunter4"
    assert cluster.options()["security_protocol"] == "SASL_SSL"


def test_secrets_are_files_named_like_variables_and_a_variable_goes_first(monkeypatch, tmp_path) -> None:
    _given(monkeypatch, {"SECRETS_DIR": str(tmp_path), "CLIENT_ID": "of-the-environment"})
    (tmp_path / "CLIENT_SECRET").write_text("of-a-file\n")
    (tmp_path / "CLIENT_ID").write_text("of-a-file")
    settings = RegistrySettings.load()
    assert settings.client_secret is not None
    assert settings.client_secret.get_secret_value() == "of-a-file"
    assert settings.client_id == "of-the-environment"
    monkeypatch.setenv("SECRETS_DIR", str(tmp_path / "nowhere"))
    with pytest.raises(InvalidSettings, match="SECRETS_DIR"):
        RegistrySettings.load()


def test_a_certificate_comes_with_its_key(monkeypatch, tmp_path) -> None:
    _given(monkeypatch, {"TLS_CERT_FILE": str(tmp_path / "tls.crt")})
    with pytest.raises(InvalidSettings, match="TLS_KEY_FILE"):
        RegistrySettings.load()
    monkeypatch.setenv("TLS_KEY_FILE", str(tmp_path / "tls.key"))
    with pytest.raises(InvalidSettings, match="TLS_CERT_FILE must name a file"):
        RegistrySettings.load()


PRODUCTION = {"ENVIRONMENT": "production", "OIDC_ISSUER": "https://issuer"}


@pytest.mark.parametrize("variable", ["OIDC_ISSUER", "REGISTRY_URL", "PORTAL_URL", "OTEL_EXPORTER_OTLP_ENDPOINT"])
def test_production_asks_nobody_in_the_clear_but_its_own_machine(monkeypatch, variable: str) -> None:
    _given(monkeypatch, PRODUCTION | {variable: "http://other.internal:8101"})
    with pytest.raises(InvalidSettings, match=f"{variable} must start with https://"):
        RegistrySettings.load()
    for allowed in ("https://other.internal:8101", "http://127.0.0.1:8101", "http://localhost:8101", "http://[::1]:1"):
        monkeypatch.setenv(variable, allowed)
        RegistrySettings.load()
    _given(monkeypatch, {"ENVIRONMENT": "development", variable: "http://other.internal:8101"})
    RegistrySettings.load()


def test_an_address_that_only_a_subclass_knows_is_no_exception(monkeypatch) -> None:
    class Notifying(RegistrySettings):
        gateway_url: str | None = None

    for refused in ("http://sms.internal/send", "HTTP://sms.internal/send"):
        _given(monkeypatch, PRODUCTION | {"GATEWAY_URL": refused})
        with pytest.raises(InvalidSettings, match="GATEWAY_URL must start with https://"):
            Notifying.load()


@pytest.mark.parametrize("host", ["0.0.0.0", "10.0.0.7", "::"])  # noqa: S104 - what is refused
def test_production_answers_nobody_else_in_the_clear(monkeypatch, tmp_path, host: str) -> None:
    _given(monkeypatch, PRODUCTION | {"HOST": host, "METRICS_PORT": "1", "METRICS_TOKEN": "t"})
    settings = RegistrySettings.load()
    with pytest.raises(InvalidSettings, match="TLS_CERT_FILE must be set"):
        configuration(create_app(title="t", settings=settings), settings)
    with pytest.raises(InvalidSettings, match="TLS_CERT_FILE must be set"):
        serve_metrics(settings)
    for environment, own in (("production", "127.0.0.1"), ("development", host)):
        _given(monkeypatch, {"ENVIRONMENT": environment, "HOST": own})
        settings = RegistrySettings.load()
        assert configuration(create_app(title="t", settings=settings), settings).ssl_context_factory is None


@pytest.mark.parametrize("wrong", ["ingress", "10.42.0.0/99", "0.0.0.0/0", "::/0", "10.42.0.0/16,"])
def test_proxies_are_networks_and_never_everybody(monkeypatch, wrong) -> None:
    _given(monkeypatch, {"TRUSTED_PROXIES": wrong})
    with pytest.raises(InvalidSettings, match="TRUSTED_PROXIES"):
        RegistrySettings.load()
