"""`yulu disclosures`, as somebody outside uses it who trusts nothing but what he kept."""

import asyncio
import os
import sys
from uuid import UUID, uuid4

import pytest
import uvicorn


@pytest.fixture
async def yulu(hands, free_port, tmp_path):
    port = free_port()
    app = hands.http._transport.app
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="error", lifespan="off", ws="none"))
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)

    async def yulu(*arguments, code=0):
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", "from yulu.cli import main; main()", "disclosures", *map(str, arguments)),
            env=os.environ | {"DISCIPLINE_URL": f"http://127.0.0.1:{port}", "NO_PROXY": "127.0.0.1"},
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


async def test_a_head_is_kept_and_a_record_proven_against_it_offline(yulu, hands, tmp_path):
    case, _ = await hands.published(), await hands.published()
    assert (await yulu("head", "head.json")).startswith("2 条目 leaves")
    await hands.published()
    await yulu("proof", case["case_id"], "--head", "head.json", "--folder", "kept")
    record, proof = (f"kept/{case['case_id']}{end}" for end in (".json", ".proof.json"))
    assert "与日志相符" in await yulu("verify", record, "--proof", proof, "--head", "head.json")
    assert (await yulu("watch-log", "--head", "head.json")).splitlines()[0] == "head.json: 一致 consistent"
    assert (await yulu("head", "head.json")).startswith("3 条目 leaves")
    assert "请带 tree_size=3" in await yulu("verify", record, "--proof", proof, "--head", "head.json", code=1)
    whole = await yulu("audit", "--head", "head.json")
    assert whole.splitlines()[-1] == "完整 whole"
    assert "3 公示中 on display" in whole


async def test_what_is_wrong_is_said_in_both_languages_and_ends_with_1(yulu, hands, connection, tmp_path):
    case = await hands.published()
    await yulu("head", "head.json")
    for unknown in (uuid4(), "nonsense"):
        said = await yulu("proof", unknown, "--head", "head.json", code=1)
        assert "record_id" in said or "never" in said or "No such record" in said
    (tmp_path / "rubbish.json").write_text("{")
    assert "不是 JSON" in await yulu("watch-log", "--head", "rubbish.json", code=1)
    (tmp_path / "keys.json").write_text('{"keys": []}')
    assert "签名不符" in await yulu("watch-log", "--head", "head.json", "--keys", "keys.json", code=1)
    await connection.execute("SET session_replication_role = replica")
    await connection.execute("DELETE FROM public_disclosures WHERE case_id = $1", UUID(case["case_id"]))
    said = await yulu("audit", "--head", "head.json", code=1)
    assert "有误 FAULTY" in said
    assert "日志中有，公示中没有" in said
    await connection.execute("TRUNCATE disclosure_log, disclosure_log_nodes CASCADE")
    await connection.execute("UPDATE disclosure_log_head SET size = 0")
    said = await yulu("head", "head.json", code=1)
    assert "日志变短" in said
    assert "shorter" in said
