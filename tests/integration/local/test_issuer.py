import asyncio
import os
import stat
import subprocess
import sys

import httpx
import pytest
from common.auth import TokenInvalid, TokenSource, Verifier
from yulu_local.issuer import DEV_CLIENT, Issuer, Rights, Secrets


@pytest.fixture
async def http(issuer):
    async with httpx.AsyncClient(base_url=issuer.url) as client:
        yield client


@pytest.fixture
def verifier(issuer):
    return Verifier(issuer.url, "yulu")


async def ask(http, issuer, **form):
    credentials = {"client_id": DEV_CLIENT, "client_secret": issuer.client_secret(DEV_CLIENT)}
    return await http.post("/token", data={"grant_type": "client_credentials", **credentials, **form})


async def test_the_dev_client_gets_the_rights_it_asks_for(http, issuer, verifier):
    answer = await ask(
        http, issuer, roles="registry-officer operator", region="410100", organisation_kind="bureau", sub="zhang"
    )
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json()["expires_in"] == 3600
    principal = await verifier.verify(answer.json()["access_token"])
    assert principal.subject == "zhang"
    assert principal.roles == {"registry-officer", "operator"}
    assert principal.region == "410100"
    assert principal.organisation_kind == "bureau"


async def test_a_worker_gets_its_fixed_rights_whatever_it_asks_for(http, issuer, verifier):
    answer = await ask(
        http,
        issuer,
        client_id="outbox-relay",
        client_secret=issuer.client_secret("outbox-relay"),
        roles="operator",
        sub="somebody",
    )
    principal = await verifier.verify(answer.json()["access_token"])
    assert (principal.subject, principal.roles, principal.region) == ("outbox-relay", {"outbox-relay"}, "410000")


async def test_our_own_client_understands_it(issuer, verifier):
    source = TokenSource(issuer.url, "progress-projector", issuer.client_secret("progress-projector"))
    assert (await verifier.verify(await source.token())).subject == "progress-projector"


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_id": "nobody", "client_secret": ""}, 401, "invalid_client"),
        ({"client_secret": "密码"}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"roles": "emperor"}, 400, "invalid_scope"),
        ({"region": "41"}, 400, "invalid_scope"),
        ({"organisation_kind": "club"}, 400, "invalid_scope"),
    ],
)
async def test_a_refusal_is_an_oauth_error(http, issuer, form, status, error):
    answer = await ask(http, issuer, **form)
    assert (answer.status_code, answer.json()["error"]) == (status, error)


async def test_an_expired_token_is_refused(issuer, verifier):
    with pytest.raises(TokenInvalid):
        await verifier.verify(issuer.token(lifetime_seconds=-3600))


async def test_a_token_of_another_key_is_refused(issuer, verifier, tmp_path):
    stranger = Issuer(url=issuer.url, secrets=Secrets(tmp_path))
    with pytest.raises(TokenInvalid):
        await verifier.verify(stranger.mint(Rights("somebody", frozenset({"operator"}), "410000")))


def test_secrets_are_kept_private_and_stay_the_same(tmp_path):
    directory = tmp_path / "issuer"
    first = Issuer(url="http://127.0.0.1:1", secrets=Secrets(directory))
    again = Issuer(url="http://127.0.0.1:1", secrets=Secrets(directory))
    assert first.key.kid == again.key.kid
    assert Secrets(directory).client_secret(DEV_CLIENT) == first.secrets.client_secret(DEV_CLIENT)
    assert {stat.S_IMODE(path.stat().st_mode) for path in directory.iterdir()} == {0o600}
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700


async def test_the_published_key_is_the_public_half(http):
    (key,) = (await http.get("/jwks")).json()["keys"]
    assert "d" not in key
    assert key["kty"] == "EC"


def test_it_refuses_production(tmp_path):
    environment = os.environ | {
        "ENVIRONMENT": "production", "OIDC_ISSUER": "http://127.0.0.1:8109", "DATA_DIR": str(tmp_path),
    }  # fmt: skip
    result = subprocess.run(
        [sys.executable, "-m", "yulu_local.issuer"], env=environment, capture_output=True, text=True, check=False
    )
    assert result.returncode != 0
    assert "OIDC_ISSUER" in result.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("kind", "number"), [("lawyer", "14101201010123456"), ("firm", "31410000MD01234567")])
async def test_the_command_line_gets_a_token_of_a_lawyer_or_a_firm_itself(issuer, verifier, tmp_path, kind, number):
    (tmp_path / "issuer").mkdir()
    (tmp_path / "issuer" / "dev.secret").write_text(issuer.client_secret(DEV_CLIENT), encoding="ascii")
    asked = ("token", "--as", kind, "--organisation", kind, "--id", number, "--region", "410100")
    said = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", "from yulu.cli import main; main()", *asked],
        env=os.environ | {"OIDC_ISSUER": issuer.url, "DATA_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    principal = await verifier.verify(said.stdout.strip())
    assert (principal.roles, principal.organisation_kind, principal.organisation_id) == ({kind}, kind, number)
