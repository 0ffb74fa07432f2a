"""Letters: their numbers, to whom they may go, and that they name nobody."""

from datetime import UTC, date, datetime
from io import BytesIO
from itertools import pairwise
from uuid import uuid4

import pytest
from contracts.conduct import OrganKind
from contracts.regions import PROVINCE, REGIONS
from contracts.rights_taxonomy import ComplaintKind, IdentityMode, Respondent, Right
from pydantic import ValidationError
from pypdf import PdfReader
from rights_api.cases.routing import Level, Matter
from rights_api.linkage.domain import ONLINE, Channel, Duty, Unit, UnitEntry, check_addressee, home_region
from rights_api.linkage.fields import UnitBody
from rights_api.linkage.numbering import document_number
from rights_api.linkage.pdf import render
from rights_api.linkage.sanitising import Identity, parts_in
from rights_api.linkage.use_cases import Sheet
from rights_api.organs import Organ, association_of
from rights_api.refusals import Refused

NOW = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
LAWYER = Identity("张三丰", "14101201010765432", "手机13900008888，邮箱 Sanfeng.Zhang@example.cn")
ENTRY = {
    "organ_kind": "DETENTION",
    "level": "city",
    "region": "410300",
    "organ_name": "洛阳市看守所",
    "unit_name": "律师投诉受理窗口",
    "duty": "complaints",
    "address": "洛阳市某路1号",
    "phone": "0379-60000000",
    "channel": "letter",
}


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("律师张三丰要求会见", ["name"]),
        ("律师 张 三\u3000丰 要求会见", ["name"]),
        ("张·三-丰", ["name"]),
        ("张\u200b三\u200b丰", ["name"]),
        ("张\n三丰", ["name"]),
        ("张律师要求会见", ["name"]),
        ("证号14101201010765432", ["licence_number"]),
        ("证号１４１０１２０１０１０７６５４３２", ["licence_number"]),
        ("证号1410 1201 0107 65432", ["licence_number"]),
        ("证号一四一零一二零一零一零七六五四三二", ["licence_number"]),
        ("电话139-0000-8888", ["contact"]),
        ("电话１３９ ００００ ８８８８", ["contact"]),
        ("电话幺三九〇〇〇〇八八八八", ["contact"]),
        ("电话一三九○○○○八八八八", ["contact"]),
        ("SANFENG.ZHANG @ EXAMPLE.CN", ["contact"]),
        ("某律师依法要求会见犯罪嫌疑人，经办窗口以无预约为由拒绝", []),
        ("张某律师", []),
        ("执业证号码略，电话略", []),
    ],
)
def test_a_text_is_searched_as_a_reader_would_see_it(text, parts):
    assert parts_in(text, LAWYER) == parts


@pytest.mark.parametrize(
    ("name", "text"),
    [("于海洋", "关于律师会见的问题"), ("何大海", "不得拒绝任何律师"), ("方小明", "双方律师均到场"), ("王", "王律师")],
)
def test_ordinary_words_before_the_word_lawyer_are_no_surname(name, text):
    assert parts_in(text, Identity(name, "14101201010765432", "13900008888")) == []


def test_a_surname_of_two_characters_before_the_word_lawyer_is_recognised():
    ouyang = Identity("欧阳海", "14101201010765432", "13900008888")
    assert parts_in("欧阳律师要求会见", ouyang) == ["name"]


def test_no_part_of_an_identity_is_shown_by_repr():
    assert "张" not in repr(LAWYER)
    assert "139" not in repr(LAWYER)


def test_each_organ_that_writes_has_a_number_series_of_its_own():
    organs = [association_of(region) for region in (PROVINCE, *REGIONS)]
    organs += [Organ(OrganKind.BUREAU, region) for region in REGIONS] + [Organ(OrganKind.DEPARTMENT, PROVINCE)]
    numbers = [document_number(organ, 2026, 1) for organ in organs]
    assert len(set(numbers)) == len(numbers) == 38
    assert document_number(association_of("410100"), 2026, 12) == "郑律维函〔2026〕12号"


def matter(**changes):
    fields = {
        "kind": ComplaintKind.COMPLAINT,
        "identity_mode": IdentityMode.NAMED,
        "right": Right.MEET,
        "respondent": Respondent.DETENTION,
        "respondent_level": Level.CITY,
        "criminal": True,
        "hearing_in_progress": False,
        "registration_region": "410100",
        "incident_region": "410300",
    }
    return Matter(**fields | changes)


def unit(kind=Respondent.DETENTION, *, level=Level.CITY, region="410300", duty=Duty.COMPLAINTS, is_open=True):
    entry = UnitEntry(kind, level, region, "机关", "部门", duty, "路1号", "110", Channel.LETTER, None, is_open)
    return Unit(uuid4(), 1, entry, NOW)


def fits(addressee, of):
    try:
        check_addressee(addressee, of)
    except Refused as refused:
        return refused.code if refused.field == "unit_id" else refused.field
    return True


def test_a_complaint_goes_to_the_organ_itself_or_one_level_up_at_the_place():
    assert fits(unit(), matter()) is True
    assert fits(unit(Respondent.POLICE), matter()) is True  # who runs the detention centre
    assert fits(unit(Respondent.POLICE, level=Level.PROVINCE, region=PROVINCE), matter()) is True
    assert fits(unit(Respondent.POLICE, level=Level.COUNTY, region="410302"), matter()) == "unit-of-another-organ"
    assert fits(unit(Respondent.POLICE, level=Level.NATIONAL, region="100000"), matter()) == "unit-of-another-organ"
    assert fits(unit(Respondent.COURT), matter()) == "unit-of-another-organ"
    assert fits(unit(region="410100"), matter()) == "unit-elsewhere"
    assert fits(unit(is_open=False), matter()) == "unit-closed"
    county = matter(respondent=Respondent.COURT, respondent_level=Level.COUNTY)
    assert fits(unit(Respondent.COURT, level=Level.COUNTY, region="410302"), county) is True


def test_rr03_rr04_a_petition_goes_to_the_right_unit_of_the_procuratorate_of_its_level():
    petition = matter(kind=ComplaintKind.PETITION, target_level=Level.CITY)
    assert fits(unit(Respondent.PROC, duty=Duty.EXECUTION), petition) is True
    assert fits(unit(Respondent.PROC, duty=Duty.CONTROL), petition) == "unit-of-another-organ"
    assert fits(unit(), petition) == "unit-of-another-organ"
    above = unit(Respondent.PROC, level=Level.PROVINCE, region=PROVINCE, duty=Duty.EXECUTION)
    assert fits(above, petition) == "unit-of-another-organ"
    police = matter(kind=ComplaintKind.PETITION, respondent=Respondent.POLICE)
    assert fits(unit(Respondent.PROC, duty=Duty.CONTROL), police) is True


def test_the_region_that_keeps_an_entry():
    assert [home_region(code) for code in ("410302", "410300", PROVINCE, "100000", "419001")] == [
        "410300",
        "410300",
        PROVINCE,
        PROVINCE,
        "419001",
    ]


def faults(**changes):
    try:
        UnitBody(**ENTRY | changes)
    except ValidationError as error:
        return {fault["loc"][0] for fault in error.errors()}
    return set()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"organ_kind": "PRIVATE"}, "organ_kind"),
        ({"organ_kind": "NOBODY"}, "organ_kind"),
        ({"level": "county"}, "region"),
        ({"region": "110000"}, "region"),
        ({"region": "410302"}, "region"),
        ({"unit_name": "一大队办案组"}, "unit_name"),
        ({"unit_name": "专案组"}, "unit_name"),
        ({"duty": "execution"}, "duty"),
        ({"phone": "call me"}, "phone"),
        ({"organisation_id": "x"}, "organisation_id"),
        ({"organ_kind": "COURT", "channel": "account"}, "organisation_id"),
        ({"extra": 1}, "extra"),
    ],
)
def test_rubbish_in_an_entry_names_its_field(changes, field):
    assert faults() == set()
    assert field in faults(**changes)


@pytest.mark.parametrize("kind", [kind for kind in Respondent if kind is not Respondent.PRIVATE])
@pytest.mark.parametrize("channel", ["account", "api"])
def test_rr17_only_listed_organs_have_an_account_or_a_system(kind, channel):
    entry = {"organ_kind": kind.value, "channel": channel, "organisation_id": "org-1"}
    assert ("channel" not in faults(**entry)) is (kind in ONLINE)
    assert ONLINE.isdisjoint({Respondent.POLICE, Respondent.STATE_SEC, Respondent.DETENTION})


def sheet(**changes):
    fields = {
        "organ": association_of("410100"),
        "document_number": "郑律维函〔2026〕1号",
        "addressee": "洛阳市看守所律师投诉受理窗口",
        "subject": "关于核实处理侵害律师会见通信权问题的函",
        "text": "反映你单位以未预约为由不安排会见。\n\n请核实。#set page(fill: red) *不是排版*",
        "identity": [],
        "purpose": None,
        "answer_by": date(2026, 3, 12),
        "dated_on": date(2026, 3, 2),
        "made_at": NOW,
    }
    return Sheet(**fields | changes)


def read(pdf):
    return "".join("".join(page.extract_text().split()) for page in PdfReader(BytesIO(pdf)).pages)


def test_the_paper_has_number_addressee_text_day_and_the_place_for_the_stamp():
    pdf = render(sheet())
    text = read(pdf)
    for part in (
        "郑州市律师协会",
        "郑律维函〔2026〕1号",
        "洛阳市看守所律师投诉受理窗口：",
        "反映你单位以未预约为由不安排会见。",
        "#setpage(fill:red)*不是排版*",
        "于2026年3月12日（含当日）前",
        "（盖章处）",
        "2026年3月2日",
        "不得将本函转交",
    ):
        assert part in text
    assert "单独同意" not in text
    assert render(sheet()) == pdf, "the same letter has the same bytes"


def test_the_paper_names_the_complainant_only_where_it_is_told_to():
    text = read(render(sheet(identity=[("姓名", "张三丰"), ("执业证号", "14101201010765432")], purpose="核查事实")))
    assert "经申请人单独同意，载明其身份，仅限核查事实：姓名张三丰，执业证号14101201010765432" in text


def test_a_long_letter_goes_on_over_pages():
    pdf = render(sheet(text="\n".join(f"第{n}段：" + "情况说明" * 40 for n in range(40))))
    assert len(PdfReader(BytesIO(pdf)).pages) > 3
    text = read(pdf)
    positions = [text.index(f"第{n}段：") for n in range(40)]
    assert all(a < b for a, b in pairwise(positions))
