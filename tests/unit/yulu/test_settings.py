"""Where the command line finds a deployment: as it is told, else as `make run` has left it in the same DATA_DIR."""

import json

import pytest
from yulu.settings import SERVICES, ClientSettings

LEFT = {"OIDC_ISSUER": "http://127.0.0.1:18109", "RIGHTS_PUBLIC_URL": "http://127.0.0.1:18106"} | {
    f"{name.upper()}_URL": f"http://127.0.0.1:{18101 + number}" for number, name in enumerate(SERVICES)
}


@pytest.fixture
def data_dir(tmp_path, monkeypatch):
    for name in (*LEFT, "ENVIRONMENT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    return tmp_path


def test_one_file_tells_all_addresses_and_a_variable_goes_before_it(data_dir, monkeypatch):
    assert ClientSettings.load().url_of("exchange") == "http://127.0.0.1:8107"
    (data_dir / "urls.json").write_text(json.dumps(LEFT))
    settings = ClientSettings.load()
    for name in (*SERVICES, "rights_public"):
        assert settings.url_of(name) == LEFT[f"{name.upper()}_URL"]
    assert settings.oidc_issuer == LEFT["OIDC_ISSUER"]
    monkeypatch.setenv("EXCHANGE_URL", "https://exchange.example")
    told = ClientSettings.load()
    assert (told.exchange_url, told.registry_url) == ("https://exchange.example", LEFT["REGISTRY_URL"])


def test_the_secret_of_development_is_found_beside_it(data_dir):
    (data_dir / "urls.json").write_text(json.dumps(LEFT))
    (data_dir / "issuer").mkdir()
    (data_dir / "issuer" / "dev.secret").write_text("s3cret\n")
    assert ClientSettings.load().development_secret() == "s3cret"


def test_production_is_told_by_variables_alone(data_dir, monkeypatch):
    (data_dir / "urls.json").write_text(json.dumps(LEFT))
    monkeypatch.setenv("ENVIRONMENT", "production")
    monkeypatch.setenv("OIDC_ISSUER", "https://issuer.example")
    assert ClientSettings.load().registry_url == "http://127.0.0.1:8101"


@pytest.mark.parametrize("content", ["{", "[]", '{"REGISTRY_URL": "nonsense"}'])
def test_a_file_that_is_none_is_named(data_dir, content):
    (data_dir / "urls.json").write_text(content)
    with pytest.raises(SystemExit, match=r"urls\.json|REGISTRY_URL"):
        ClientSettings.load()
