"""`yulu`, as somebody at a shell uses it."""

import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from common.kafka import Cluster
from kafka.admin import KafkaAdminClient
from pydantic import SecretStr

from tests.journeys.made_up import csv_of, lawyer_row, licence_number


@pytest.fixture(scope="module")
def yulu(system, tmp_path_factory):
    program = Path(sys.executable).with_name("yulu")

    def yulu(*arguments, code=0):
        result = subprocess.run(
            [program, *map(str, arguments)], env=system.outside, cwd=tmp_path_factory.mktemp("shell"),
            capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip
        assert result.returncode == code, result.stdout + result.stderr
        assert "Traceback" not in result.stderr
        return result.stdout + (result.stderr if code else "")

    return yulu


def test_a_token_of_the_command_line_opens_what_its_role_may_open(yulu, system, public):
    token = yulu("token", "--as", "operator").strip()
    answer = public.http("progress").get("/v1/positions", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200, answer.text


def test_a_file_is_tried_then_imported_then_found(yulu, zhengzhou, tmp_path):
    firm = zhengzhou.registers_firm()
    wrong = lawyer_row(firm)
    wrong[5] = "石家庄市"
    rows = [lawyer_row(firm), wrong]
    file, report = tmp_path / "名册.csv", tmp_path / "报告.csv"
    file.write_bytes(csv_of(rows))
    assert "created: 1" in yulu("import", file, "--dry-run")
    assert "not-found" not in yulu("lawyer", rows[0][1], code=1)
    said = yulu("import", file, "--report", report)
    assert "created: 1" in said
    assert "errors: 1" in said
    assert "石家庄市" in report.read_text("utf-8-sig")
    import_id = re.search(r"approve-import (\S+)", said)[1]
    assert "not-found" not in yulu("lawyer", rows[0][1], code=1), "one officer uploads, another approves"
    assert f"{import_id}: done" in yulu("approve-import", import_id)
    assert rows[0][0] in yulu("lawyer", rows[0][1])
    assert firm["name"] in yulu("firm", firm["credit_code"])


def test_files_are_ordered_fetched_verified_and_brought_current(yulu, zhengzhou, written, tmp_path):
    firm = zhengzhou.registers_firm()
    edition = yulu("files", "order").strip()
    fetched = yulu("files", "fetch", tmp_path / "public", "--format", "csv", "--format", "ndjson.gz")
    assert edition in fetched
    assert "firms.csv" in fetched
    assert firm["name"] in (tmp_path / "public" / "firms.csv").read_text("utf-8-sig")
    assert "完整" in yulu("files", "verify", tmp_path / "public")
    yulu("files", "fetch", tmp_path / "city", "--region", "410100")
    later = zhengzhou.registers_firm()
    written()  # to the end of the feed is as far as files are brought
    for folder, region in (("public", ()), ("city", ("--region", "410100"))):
        yulu("files", "update", tmp_path / folder, *region)
        assert later["name"] in (tmp_path / folder / "firms.ndjson").read_text("utf-8")
    (tmp_path / "public" / "firms.csv").write_bytes(b"")
    assert "firms.csv" in yulu("files", "verify", tmp_path / "public", code=1)


def test_a_system_undertakes_to_delete_and_all_ways_to_read_the_disclosures_agree(yulu):
    who = ("--organisation", "河南某征信公司", "--contact", "数据部 13700001234")
    assert "删除" in yulu("disclosures", "undertake", *who)
    assert "undertaking" in yulu("disclosures", "check", code=1)
    assert "→" in yulu("disclosures", "undertake", *who, "--accept")
    assert "differences 0" in yulu("disclosures", "check")


def test_an_unknown_lawyer_is_a_sentence_in_both_languages(yulu):
    said = yulu("lawyer", licence_number(), code=1)
    assert "Not Found" in said
    assert "未" in said


def test_the_plan_is_shown_with_all_its_targets(yulu):
    lines = yulu("plan").splitlines()
    assert len(lines) == 1 + 11
    assert any("未认定" in line or "综合性" in line for line in lines)


def test_the_feeds_verify_nothing_is_parked_and_live_equals_rebuilt(yulu):
    verified = yulu("events", "verify").splitlines()
    assert [line.split()[0] for line in verified] == [
        "registry.events", "discipline.events", "rights.events", "progress.events", "exchange.events",
    ]  # fmt: skip
    assert all("完整 whole" in line for line in verified)
    assert yulu("parked", "list") == ""
    assert yulu("parked", "list", "--service", "registry") == ""
    assert "differing rows: 0" in yulu("progress", "compare")


def test_an_operator_on_duty_sees_how_things_stand(yulu):
    status = yulu("ops", "status")
    assert re.search(r"registry +是", status)
    assert re.search(r"进展投影 progress-projector +registry.events +跟进中 following", status)
    assert re.search(r"登记联动 registry-reactions +discipline.events +跟进中 following +（不可见）", status)
    assert "progress-projector" in yulu("ops", "lag")
    assert "行政处罚法第四十八条" in yulu("ops", "deadlines", "--all")
    assert re.search(r"registry.events +是 +0", yulu("ops", "relay"))
    assert "各市登记数据" in yulu("ops", "rhythms", "--all")
    assert "来源" in yulu("ops", "alarms")
    assert "消费方" in yulu("ops", "parked")
    nothing = yulu("ops", "redrive", "--reason", "核对", "--consumer", "registry-reactions")
    assert "没有符合的" in nothing
    assert "consumers" in yulu("ops", "redrive", "--reason", "核对", "--consumer", "nobody", code=1)
    assert "没有这个未消除的告警" in yulu("ops", "acknowledge", "00000000-0000-0000-0000-000000000000",
                                          "--reason", "核对", code=1)  # fmt: skip


def test_a_connected_system_is_given_a_password_and_enters_kafka_with_it(yulu, system):
    system_of_a_court = {
        "subject": "kafka-reader", "name": "法院系统", "organisation_kind": "court", "organ_code": "zz-court",
        "region": "410000", "reason": "数据共享协议",
    }  # fmt: skip
    operator = {"Authorization": f"Bearer {system.token('operator')}", "Idempotency-Key": "connects-a-court"}
    answer = httpx.post(f"{system.url('exchange')}/v1/clients", json=system_of_a_court, headers=operator)
    client_id = answer.raise_for_status().json()["client_id"]
    assert "无口令" in next(line for line in yulu("kafka", "clients").splitlines() if line.startswith(client_id))
    printed = yulu("kafka", "credentials", client_id)
    user, password = re.search(r'username="([^"]+)" password="([^"]+)"', printed).groups()
    assert "有口令" in next(line for line in yulu("kafka", "clients").splitlines() if line.startswith(client_id))
    ca_file = system.data_dir / "kafka" / "tls" / "ca.pem"
    outside = Cluster(f"127.0.0.1:{system.kafka_external_port}", user, SecretStr(password), str(ca_file))
    with KafkaAdminClient(**outside.options()) as entered:
        assert not {"registry.events", "rights.events"} & set(entered.list_topics())
