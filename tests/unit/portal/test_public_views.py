"""What public pages make of the services' answers, without any page."""

import base64
import csv
import io

import orjson
import pytest
from common.signing import Signer
from contracts.deadlines import rules
from contracts.plan import plan
from portal.disclosures.domain import penalty, question, what
from portal.facilities.domain import by_place, hours
from portal.guide.domain import limits
from portal.look.words import address
from portal.plan.domain import reached, sections_by_group, sections_of, tiles
from portal.statistics.domain import Table, of_discipline
from portal.verification.domain import Signed


@pytest.mark.parametrize(
    ("text", "by"),
    [
        ("14101202010922888", ("licence_number", "14101202010922888")),
        (" 1410１202010922888", ("licence_number", "14101202010922888")),
        ("141012020109", ("licence_number", "141012020109")),
        ("99999999999999999", ("licence_number", "99999999999999999")),
        ("314100009X2JHTLMTW", ("credit_code", "314100009X2JHTLMTW")),
        ("司案〔2026〕29107号", ("document_number", "司案〔2026〕29107号")),
        ("12345", ("document_number", "12345")),
    ],
)
def test_what_is_looked_up_is_known_by_its_form(text, by):
    assert question(text) == by


def test_every_kind_of_record_says_what_was_imposed_or_found():
    assert penalty({"zh": "罚款", "fine_yuan": 30000}) == "罚款 30,000 元"
    assert penalty({"zh": "没收违法所得", "confiscated_yuan": "1200.50"}) == "没收违法所得 1200.50 元"
    items = [{"zh": "警告"}, {"zh": "停止执业", "suspension_months": 6}]
    assert what({"penalties": items}) == "警告、停止执业 6 个月"
    court = {"conviction": {"court": "某法院", "offence_article": "刑法第三百零六条"}}
    assert what(court) == "某法院判处刑罚（刑法第三百零六条）"
    assert what({"assessment": {"year": 2025, "grade_zh": "不称职"}}) == "2025 年度考核：不称职"


def test_opening_hours_join_days_that_are_alike():
    day = [{"opens": "09:00", "closes": "12:00"}, {"opens": "14:00", "closes": "17:00"}]
    week = [{"weekday": number, "spans": day} for number in (5, 1, 2, 3, 4)]
    saturday = {"weekday": 6, "spans": [{"opens": "09:00", "closes": "12:00"}]}
    assert hours(week) == "周一至周五 09:00–12:00、14:00–17:00"
    assert hours([*week, saturday]) == "周一至周五 09:00–12:00、14:00–17:00；周六 09:00–12:00"
    assert hours([week[1], week[3]]) == "周一 09:00–12:00、14:00–17:00；周三 09:00–12:00、14:00–17:00"
    assert hours([{"weekday": 1, "spans": []}]) == "未登记"


def test_facilities_stand_by_place_however_they_come():
    def one(organ, name, code, kind):
        return {"organ_kind": organ, "organ_name": name, "organ_code": code, "kind": kind}

    mixed = [one("DETENTION", "乙", "2", "a"), one("COURT", "甲", "1", "b"), one("DETENTION", "乙", "2", "c")]
    assert [[each["kind"] for each in place] for place in by_place(mixed)] == [["b"], ["a", "c"]]


def test_a_table_is_downloaded_as_it_is_shown_and_what_is_suppressed_is_empty_in_both():
    cells = [{"code": "410100", "zh": "郑州市", "cases": 12}, {"code": "410200", "zh": "开封市", "cases": None}]
    table = of_discipline(Table("t", "按地区", "地区", "件"), {"cells": cells, "total": 14, "note_zh": "说明"})
    assert [table.share(row) for row in table.rows] == [1, 0]
    text = table.as_csv().decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(text))) == [
        ["code", "地区", "件"],
        ["410100", "郑州市", "12"],
        ["410200", "开封市", ""],
    ]
    assert Table("t", "", "", "").most == 0


def test_a_target_is_reached_by_a_share_unless_less_is_more():
    assert reached({"value": 30, "bound": 40, "downwards": False}) == 0.75
    assert reached({"value": 50, "bound": 40, "downwards": False}) == 1
    assert reached({"value": 9, "bound": 6, "downwards": True}) is None
    assert reached({"value": None, "bound": 6, "downwards": False}) is None
    assert reached({"value": 3, "bound": None, "downwards": False}) is None


def test_every_measure_and_requirement_stands_in_one_group():
    catalogue = plan().model_dump(mode="json")
    told = sections_by_group(catalogue["groups"], sections_of(catalogue))
    assert told[-1][0] == "工作要求"
    ids = [section["id"] for _, sections in told for section in sections]
    assert sorted(ids) == sorted(each["id"] for each in [*catalogue["measures"], *catalogue["work_requirements"]])


def test_tiles_have_a_level_where_they_have_a_value():
    def region(code, value):
        return {"code": code, "zh": code, "value": value, "reason": None if value is not None else {"zh": "未报"}}

    shown = tiles({"regions": [region("a", 100), region("b", 19), region("c", 0), region("d", None)]})
    assert [(each["level"], each["why"]) for each in shown] == [(4, None), (0, None), (0, None), (None, "未报")]
    assert [each["level"] for each in tiles({"regions": [region("a", 0)]})] == [0]


def test_the_guide_tells_deadlines_as_the_rules_have_them():
    told = {limit.what: limit for rows in limits().values() for limit in rows}
    meeting = rules()["rights.meeting"]
    assert (told[meeting.note_zh].length, told[meeting.note_zh].doubt) == ("48 小时", "")
    assert told[rules()["discipline.objection"].note_zh].length == "3 个工作日"
    assert told[rules()["rights.reply"].note_zh].doubt == "非法定"
    assert told[rules()["discipline.litigation"].note_zh].length == "6 个月"


def test_an_address_names_only_what_was_asked():
    assert address("/lawyers", {"q": "张 伟", "region": ""}, cursor=None) == "/lawyers?q=%E5%BC%A0+%E4%BC%9F"
    assert address("/lawyers", {"q": ""}) == "/lawyers"


def test_a_signed_thing_is_genuine_by_its_own_key_alone():
    signer, stranger = Signer(b"\1" * 32), Signer(b"\2" * 32)
    jws = signer.jws({"iat": 1, "answer": "match"}, "verification+jws")
    read = Signed.read(f"  {jws[:40]}\n{jws[40:]} ")
    assert (read.kind, read.payload["answer"]) == ("verification+jws", "match")
    assert read.is_by(signer.jwks)
    assert not read.is_by(stranger.jwks)
    assert not read.is_by({"keys": []})
    # Under its own key's name, by another.
    [own], [other] = signer.jwks["keys"], stranger.jwks["keys"]
    assert not read.is_by({"keys": [{**other, "kid": own["kid"]}]})
    head, _, signature = jws.split(".")
    forged = Signed.read(f"{head}.{_part({'iat': 1, 'answer': 'mismatch'})}.{signature}")
    assert not forged.is_by(signer.jwks)


@pytest.mark.parametrize("text", ["", "a.b", "a.b.c", "....", "é.é.é", "e30.e30.e30", "W10.e30.e30"])
def test_what_is_no_signed_thing_is_told_so(text):
    with pytest.raises(ValueError, match=r".*"):
        Signed.read(text)


def _part(payload):
    return base64.urlsafe_b64encode(orjson.dumps(payload)).rstrip(b"=").decode()
