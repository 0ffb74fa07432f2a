"""What files tell beyond names and numbers: counties, organs, heads, capital; and what they leave out."""

import hashlib
from importlib import import_module

from .conftest import Desk, credit_code, good
from .test_imports import FIRMS, LAWYERS, ZHENGZHOU, counts, firms, lawyer, report, table

MORE = [*FIRMS, "县区", "主管机关", "中央法务区", "负责人执业证号", "合伙人数", "设立资产（万元）", "章程日期"]
GOVERNMENT = ["王五", "14101201260000005", "公职律师", "男", "郑州市司法局", "", "郑州", "2012-03-01", ""]


async def the_firm(desk: Desk) -> dict:
    (found,) = good(await desk.get("/v1/firms", credit_code=ZHENGZHOU[1]))["items"]
    return good(await desk.get(f"/v1/firms/{found['firm_id']}"))


async def test_a_firm_in_full_and_a_file_that_tells_less_takes_nothing_away(desk: Desk):
    row = [*ZHENGZHOU, "中牟县", "郑州市司法局", "否", "", "12", "30", "2001-04-01"]
    state = await desk.imported(table(MORE, row), "firms")
    assert counts(state) == (1, 0, 0, 0, 0)
    await desk.imported(table(LAWYERS, lawyer(1)), "lawyers")
    row[10], row[11], row[12] = lawyer(1)[1], "12", "50"
    assert counts(await desk.imported(table(MORE, row), "firms")) == (0, 1, 0, 0, 0)
    firm = await the_firm(desk)
    assert (firm["county"], firm["supervising_organ"], firm["capital_yuan"]) == ("410122", "410100", 500_000)
    assert firm["charter_on"] == "2001-04-01"
    assert firm["head_id"] is not None
    assert counts(await desk.imported(table(FIRMS, ZHENGZHOU), "firms")) == (0, 0, 1, 0, 0)
    assert (await the_firm(desk))["county"] == "410122"


async def test_a_county_that_was_not_known_is_completed_and_one_that_changes_is_a_change(desk: Desk):
    await firms(desk)
    header = [*FIRMS, "县区"]
    await desk.imported(table(header, [*ZHENGZHOU, "中牟县"]), "firms")
    await desk.imported(table(header, [*ZHENGZHOU, "巩义市"]), "firms")
    kinds = [kind for kind, _ in await desk.events() if kind.startswith("firm.")]
    assert kinds[-2:] == ["firm.period-corrected.v1", "firm.changed.v1"]


async def test_an_institution_with_and_without_its_county_is_the_same(desk: Desk):
    header = [*LAWYERS, "县区"]
    await desk.imported(table(LAWYERS, GOVERNMENT), "lawyers")
    assert counts(await desk.imported(table(header, [*GOVERNMENT, "中牟"]), "lawyers")) == (0, 1, 0, 0, 0)
    assert counts(await desk.imported(table(LAWYERS, GOVERNMENT), "lawyers")) == (0, 0, 1, 0, 0)
    kinds = [kind for kind, _ in await desk.events() if kind.startswith("lawyer.")]
    assert kinds == ["lawyer.licensed.v1", "lawyer.practice-corrected.v1"]


async def test_conditions_that_are_not_met_are_warnings(desk: Desk):
    poor = ["清贫所", credit_code(7), "普通合伙", "郑州市", "2020-05-01", "正常", "", "", "", "", "", "2", "10", ""]
    young = ["太早分所", credit_code(8), "分所", "郑州市", "2001-06-01", "正常", ZHENGZHOU[1], *[""] * 7]
    state = await desk.imported(table(MORE, [*ZHENGZHOU, *[""] * 7], poor, young), "firms")
    assert counts(state) == (3, 0, 0, 0, 2)
    assert {(row, severity, column) for row, severity, column, _ in await report(desk, state)} == {
        (3, "warning", "设立资产"),
        (3, "warning", "合伙人数"),
        (4, "warning", "总所统一社会信用代码"),
    }


async def test_a_head_who_practises_elsewhere_is_left_out_with_a_warning(desk: Desk):
    await firms(desk)
    row = [*ZHENGZHOU, "", "", "", "14103201210000099", "", "", ""]
    state = await desk.imported(table(MORE, row), "firms")
    assert counts(state) == (0, 0, 1, 0, 1)
    assert (await the_firm(desk))["head_id"] is None


async def test_every_event_names_the_import_behind_it(desk: Desk):
    await firms(desk)
    state = await desk.imported(table(LAWYERS, lawyer(1)), "lawyers")
    (found,) = good(await desk.get("/v1/lawyers", licence_number=lawyer(1)[1]))["items"]
    told = (await desk.get(f"/v1/lawyers/{found['lawyer_id']}/timeline")).text
    assert state["import_id"] in told


async def test_what_is_kept_of_a_file_confirms_no_guess_of_an_id_number(desk: Desk):
    await firms(desk)
    content = table([*LAWYERS, "身份证号"], [*lawyer(1), "110105194912310038"])
    assert counts(await desk.imported(content, "lawyers")) == (1, 0, 0, 0, 0)
    good(await desk.upload(content, "lawyers", path="/v1/reconciliations", headers=desk.licensing_system()), 201)
    digest = hashlib.sha256(content).hexdigest()

    async def kept() -> bool:
        tables = [
            f"SELECT to_jsonb(t)::text AS row FROM {name} t" for name in ("imports", "import_lines", "reconciliations")
        ]
        rows = await desk.connection.fetch(" UNION ALL ".join(tables))
        assert len(rows) > 2
        return any(digest in row["row"] for row in rows)

    assert not await kept()
    # The version before writes it while processes are exchanged, and after going back.
    await desk.connection.execute(
        "INSERT INTO imports (import_id, kind, phase, dry_run, state, requested_by, region, file_name, file_digest,"
        " effective_on, rows_total)"
        " VALUES (gen_random_uuid(), 'lawyers', 'check', true, 'done', 'o', '410000', 'f', $1, '2026-06-10', 1)",
        digest,
    )
    assert not await kept()
    # What was kept before the migration.
    for name in ("imports", "reconciliations"):
        await desk.connection.execute(f"UPDATE {name} SET file_digest = $1", digest)
    assert await kept()
    emptied = import_module("registry_api.migrations.0018_no_file_digests").EMPTY.split("\n\n")
    await desk.connection.execute("; ".join(part for part in emptied if part.startswith("UPDATE")))
    assert not await kept()
