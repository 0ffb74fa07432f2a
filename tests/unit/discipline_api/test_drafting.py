"""Templates and the drafts that come of them."""

import io
from datetime import date

import docx
import pytest
from common.official_paper import chinese_date
from contracts.documents import DocumentType, document_types
from discipline_api.paperwork.drafting import DocxDrafts, index_of
from discipline_api.paperwork.templates import blocks_of, days, fields_of, labels
from discipline_api.paperwork.use_cases import Archive, ArchivedPaper
from discipline_api.refusals import Refused

ORGAN = "郑州市司法局"


def lines(data: bytes) -> list[str]:
    return [paragraph.text for paragraph in docx.Document(io.BytesIO(data)).paragraphs]


def drafted(kind=DocumentType.PENALTY_DECISION, number=None, dated_on=None, **values) -> list[str]:
    return lines(DocxDrafts().draft(kind, ORGAN, values, number=number, dated_on=dated_on))


@pytest.mark.parametrize("kind", [kind for kind, info in document_types().items() if info.drafted])
def test_a_draft_in_full_has_nothing_left_to_fill_in(kind):
    values = {name: f"已填{name}" for name in fields_of(kind)}
    made = DocxDrafts().draft(kind, ORGAN, values, number="郑司字〔2026〕1号", dated_on=date(2026, 6, 1))
    document = docx.Document(io.BytesIO(made))
    told = lines(made) + [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    assert not any("待填" in line for line in told)
    for name in fields_of(kind):
        assert any(f"已填{name}" in line for line in told), name


def test_a_value_that_looks_like_a_placeholder_stays_what_it_is():
    told = drafted(facts="{penalty}\n{organ} {days:discipline.litigation}", penalty="警告")
    assert "{penalty}" in told
    assert "{organ} {days:discipline.litigation}" in told


def test_nobody_gives_himself_another_organ():
    assert drafted(organ="河南省司法厅")[0] == ORGAN


def test_a_draft_has_the_number_and_the_day_once_they_are_given():
    before = DocxDrafts().draft(DocumentType.PENALTY_NOTICE, ORGAN, {}, number=None, dated_on=None)
    assert {"【待填：文号】", "【待填：成文日期】"} <= set(lines(before))
    after = lines(DocxDrafts().numbered(before, "郑司罚告字〔2026〕3号", date(2026, 6, 1)))
    assert not {"【待填：文号】", "【待填：成文日期】"} & set(after)
    assert after[2] == "郑司罚告字〔2026〕3号"
    assert after[-1] == "2026年6月1日"
    assert after == drafted(DocumentType.PENALTY_NOTICE, "郑司罚告字〔2026〕3号", date(2026, 6, 1))


def test_periods_come_from_the_rules():
    assert days("discipline.hearing-request") == "5个工作日"
    assert days("discipline.review-application") == "60日"
    assert days("discipline.litigation") == "6个月"
    assert any("5个工作日内要求听证" in line for line in drafted(DocumentType.PENALTY_NOTICE))


def test_dates_are_written_as_documents_write_them():
    assert chinese_date(date(2026, 6, 1)) == "2026年6月1日"


def test_what_is_received_has_no_template():
    with pytest.raises(Refused) as caught:
        blocks_of(DocumentType.EVIDENCE)
    assert caught.value.field == "type"


def test_every_label_is_used():
    used = {name for kind, info in document_types().items() if info.drafted for name in fields_of(kind)}
    assert used == labels().keys()


def test_an_index_lists_each_paper_with_its_digest():
    paper = ArchivedPaper(
        1, None, DocumentType.EVIDENCE, "转账记录", None, date(2026, 3, 1), None, b"\x01" * 32, b"\x02" * 32
    )
    made = index_of(Archive(None, date(2026, 6, 1), date(2056, 6, 1), (paper,), "x"), ORGAN)
    document = docx.Document(io.BytesIO(made))
    assert [cell.text for cell in document.tables[0].rows[1].cells] == ["1", "转账记录", "", "2026年3月1日", "", ""]
    assert any("01" * 32 in line for line in lines(made))
    assert any("期限未核对原文" in line for line in lines(made))
