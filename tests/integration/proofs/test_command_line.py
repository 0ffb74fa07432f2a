"""`yulu exchange-log` and `yulu events` as their users start them."""

import asyncio
from functools import partial

import pytest
import uvicorn
from common.feed_api.signed_heads import keep_feed_head
from common.signing import Signer
from typer.testing import CliRunner
from yulu.cli.app import assembled

from tests.integration.proofs.conftest import AUDITOR, SYSTEM, WORKER
from tests.integration.proofs.trial import KEY

# As the command line names it: the trial service stands in the registry's place.
commands = assembled(["exchange-log", "events"])
keep = partial(keep_feed_head, signer=Signer(KEY), topic="registry.events")


@pytest.fixture
async def yulu(app, issuer, free_port, tmp_path, monkeypatch):
    """The commands within this process: to start one takes seconds."""
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="error", lifespan="off", ws="none"))
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("REGISTRY_URL", f"http://127.0.0.1:{port}")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")

    async def yulu(*arguments, who, code=0) -> str:
        monkeypatch.setenv("YULU_TOKEN", issuer.token(**who))
        done = await asyncio.to_thread(CliRunner().invoke, commands, [str(each) for each in arguments])
        assert done.exit_code == code, done.output
        return done.output

    yield yulu
    server.should_exit = True
    await serving


async def test_a_system_and_an_auditor_keep_heads_and_verify(yulu, http, issuer, connection):
    for n in range(3):
        await http.get(f"/v1/raw/{n}", headers=issuer.headers(**SYSTEM))
    said = await yulu("exchange-log", "mine", who=SYSTEM)
    own = await yulu("exchange-log", "verify", "--own", who=SYSTEM)
    await yulu("exchange-log", "head", "all.jws", who=AUDITOR)
    assert said.count("GET /v1/raw/{number}") == 3
    assert "完整 whole" in own
    await connection.execute("SET session_replication_role = replica")
    await connection.execute("UPDATE exchange_log SET entry = replace(entry, 'raw', 'war') WHERE seq = 2")
    said = await yulu("exchange-log", "verify", "--head", "all.jws", who=AUDITOR, code=1)
    assert "有误 FAULTY" in said
    assert "第 2 条" in said


async def test_a_range_is_verified_exported_and_verified_again(app, time, happen, yulu, tmp_path):
    await happen(12)
    await keep(app.state.database, time())
    said = await yulu("events", "verify", "--service", "registry", "--after", 3, "--to", 9, who=WORKER)
    await yulu("events", "export", "range.ndjson", "--after", 3, who=WORKER)
    assert "6 事件 events" in said
    assert "1 小时签名 signed hours: 完整 whole" in said
    said = await yulu("events", "verify-file", "range.ndjson", "--key-id", Signer(KEY).key_id, who=WORKER)
    assert "(3, 12]" in said
    assert "完整 whole" in said
    path = tmp_path / "range.ndjson"
    path.write_bytes(path.read_bytes().replace(b"410000", b"410100", 1))
    said = await yulu("events", "verify-file", "range.ndjson", "--key-id", Signer(KEY).key_id, who=WORKER, code=1)
    assert "有误 FAULTY" in said
