"""Settings: from the environment, one sentence where they are wrong."""

from typing import ClassVar

import pytest
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
