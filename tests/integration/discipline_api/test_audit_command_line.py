"""`yulu audit`, as an auditor uses it who keeps heads outside."""

import asyncio
import os
import sys

import pytest
import uvicorn
from discipline_api.audit.entries import Entry
from discipline_api.audit.store import append
from discipline_api.auditing.store import take_head


@pytest.fixture
async def yulu(hands, free_port, tmp_path):
    port = free_port()
    app = hands.http._transport.app
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="error", lifespan="off", ws="none"))
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)

    async def yulu(*arguments, code=0, role="auditor"):
        token = hands.issuer.token(roles=[role], organisation_kind="department", subject="auditor")
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", "from yulu.cli import main; main()", "audit", *map(str, arguments)),
            env=os.environ
            | {"DISCIPLINE_URL": f"http://127.0.0.1:{port}", "NO_PROXY": "127.0.0.1", "YULU_TOKEN": token},
            cwd=tmp_path,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, error = (part.decode() for part in await asyncio.wait_for(process.communicate(), 120))
        assert process.returncode == code, out + error
        assert "Traceback" not in error
        return out + error

    yield yulu
    server.should_exit = True
    await serving


async def test_a_head_is_kept_and_a_log_that_was_written_anew_does_not_fit_it(yulu, hands, connection, tmp_path):
    database = hands.http._transport.app.state.database
    for n in range(3):
        async with database.begin() as tx:
            await append(
                tx, Entry(hands.now, "officer", "bureau", "zz", "410100", "files:view-copy", "document", str(n))
            )
    hands.on("2026-06-11T00:01:00")
    await take_head(database, hands.now)
    assert (await yulu("head", "kept.jws")).strip() == "2026-06-11: 3"
    assert "完整 whole" in await yulu("verify", "--head", "kept.jws")
    await connection.execute("SET session_replication_role = replica")
    await connection.execute("UPDATE audit_log SET actor = 'nobody' WHERE seq = 2")
    said = await yulu("verify", code=1)
    assert "有误 FAULTY" in said
    assert "第 2 条" in said
    await connection.execute("UPDATE audit_log SET seq = NULL, hash = NULL")
    await connection.execute("UPDATE audit_head SET seq = 0, hash = decode(repeat('00', 32), 'hex')")
    await connection.execute("DELETE FROM audit_heads")
    assert "完整 whole" in await yulu("verify"), "who rules the database leaves nothing within it to be seen"
    assert "与留存的链首不符" in await yulu("verify", "--head", "kept.jws", code=1)
    (tmp_path / "forged.jws").write_text("a.b.c")
    assert "签名不符" in await yulu("verify", "--head", "forged.jws", code=1)
    assert "audit:read" in await yulu("verify", role="discipline-officer", code=1)
