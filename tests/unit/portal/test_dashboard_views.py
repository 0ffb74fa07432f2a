"""What the plan's overview makes of the API's answers."""

from contracts.regions import REGIONS
from portal.dashboard import domain

LIGHT = {"shown": {"code": "red", "zh": "红灯"}, "reason": {"zh": "未达"}, "overridden": None}


def test_targets_stand_with_their_forecast_and_the_light_of_the_place_that_is_looked_at():
    lights = [
        {"of": "target", "id": "T1", "region": None, **LIGHT},
        {"of": "target", "id": "T1", "region": "410300", **LIGHT, "shown": {"code": "green", "zh": "绿灯"}},
    ]
    target = {
        "id": "T1", "title_zh": "全省律师人数", "unit": "lawyers", "op": ">=", "value": 45000, "level": "province",
        "computed": {"value": 8507, "as_of": "2026-11-27", "gap": 36493},
    }  # fmt: skip
    forecast = {
        "target": "T1", "reason": None, "outlook": {"zh": "预计达不到"},
        "forecast": {"for_on": "2026-12-31", "value": 8515, "low": 8469, "high": 8562},
    }  # fmt: skip
    [told] = domain.targets([target], [forecast], domain.by_item(lights, None))
    [row] = domain.targets_sheet([told]).rows
    assert row == [
        "全省律师人数", "45,000名以上", 8507, "名", "2026-11-27", "红灯", 36493, "2026-12-31", 8515, 8469, 8562,
        "预计达不到", None,
    ]  # fmt: skip
    [there] = domain.targets([target], [], domain.by_item(lights, "410300"))
    assert there["light"]["shown"]["code"] == "green"
    assert there["forecast"] is None


def test_what_is_asked_is_said_in_words():
    asked = {"unit": "firms", "value": 40, "min": None, "max": None, "op": ">"}
    assert domain.asked(asked) == "超过40家"
    assert domain.asked({**asked, "op": "range", "min": 3, "max": 5, "level": "each-region"}) == "各地3—5家"
    assert domain.asked({**asked, "op": "some"}) == "一批"
    assert domain.asked({"unit": "rank", "value": 6, "op": "<="}) == "前6位"


def test_the_dashed_line_begins_where_the_solid_one_ends():
    told = {
        "title_zh": "律师",
        "inputs": [{"month_end": "2026-09-30", "value": 8}, {"month_end": "2026-10-31", "value": 9}],
        "forecast": {
            "for_on": "2026-12-31", "value": 10, "low": 9, "high": 12, "level_percent": 80, "method": {"zh": "某法"},
        },
    }  # fmt: skip
    sheet = domain.forecast_sheet(told)
    assert sheet.rows[1:] == [["2026-10-31", 9, 9, 9, 9], ["2026-12-31", None, 10, 9, 12]]
    assert sheet.note == "80%区间；某法。"
    assert domain.forecast_sheet({**told, "inputs": []}).rows == []


def test_every_region_has_its_tile_and_row_even_without_a_value():
    indicator = {
        "id": "H1", "title_zh": "律师", "unit": "lawyers",
        "regions": [
            {"code": "410100", "value": 100, "numerator": 100, "denominator": None},
            {"code": "410200", "value": 5, "numerator": 5, "denominator": None},
        ],
    }  # fmt: skip
    tiles = {each["code"]: each["level"] for each in domain.tiles(indicator)}
    assert tiles.keys() == REGIONS.keys()
    assert (tiles["410100"], tiles["410200"], tiles["410300"]) == (4, 0, None)
    sheet = domain.regions_sheet(indicator)
    assert [column.title for column in sheet.columns] == ["地区", "名"]
    assert sheet.rows[0] == ["郑州市", 100]
    assert sheet.rows[2] == ["洛阳市", None]
    assert sheet.link(2) == "/dashboard/indicators/H1?region=410300"


def test_evidence_is_told_as_far_as_rights_reach_and_what_is_beyond_is_counted():
    told = {
        "id": "M05-I1", "region": None, "columns_withheld": ["headcount"], "columns_withheld_zh": "人数不在权限内。",
        "withheld_zh": "另有 3 条属于其他地区。",
        "items": [
            {"row_id": "r1", "region": "410100", "counted": True, "headcount": None, "href": "/v1/x"},
            {"row_id": "r2", "region": "410200", "counted": False, "headcount": None, "added_later": "x"},
        ],
    }  # fmt: skip
    sheet = domain.evidence_sheet(told)
    assert [column.title for column in sheet.columns] == ["记录", "地区", "计入", "执业律师人数", "added_later"]
    assert sheet.rows[0] == ["r1", "郑州市", True, "不在权限内", None]
    assert sheet.note == "另有 3 条属于其他地区。人数不在权限内。"


def test_colours_are_counted_the_worst_first():
    green = {**LIGHT, "shown": {"code": "green", "zh": "绿灯"}}
    assert domain.tally([green, LIGHT, None, green]) == [("red", "红灯", 1), ("green", "绿灯", 2)]
