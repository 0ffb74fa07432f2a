"""`yulu`, as somebody at a shell uses it."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.journeys.made_up import csv_of, lawyer_row, licence_number


@pytest.fixture(scope="module")
def yulu(system, tmp_path_factory):
    program = Path(sys.executable).with_name("yulu")

    def yulu(*arguments, code=0):
        result = subprocess.run(
            [program, *map(str, arguments)], env=system.outside, cwd=tmp_path_factory.mktemp("shell"),
            capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
        assert result.returncode == code, result
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


def test_files_are_ordered_fetched_verified_and_brought_current(yulu, zhengzhou, tmp_path):
    firm = zhengzhou.registers_firm()
    edition = yulu("files", "order").strip()
    fetched = yulu("files", "fetch", tmp_path / "public", "--format", "csv", "--format", "ndjson.gz")
    assert edition in fetched
    assert "firms.csv" in fetched
    assert firm["name"] in (tmp_path / "public" / "firms.csv").read_text("utf-8-sig")
    assert "完整" in yulu("files", "verify", tmp_path / "public")
    yulu("files", "fetch", tmp_path / "city", "--region", "410100")
    later = zhengzhou.registers_firm()
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
        "registry.events", "discipline.events", "rights.events", "progress.events",
    ]  # fmt: skip
    assert all("完整 whole" in line for line in verified)
    assert yulu("parked", "list") == ""
    assert yulu("parked", "list", "--service", "registry") == ""
    assert "differing rows: 0" in yulu("progress", "compare")
