import pytest
from common.http import Invalid
from discipline_api.text import document_key, fit_for_the_public, without_personal_numbers


@pytest.mark.parametrize(
    "text",
    [
        "身份证号410105199001011234。",
        "４１０１０５１９９００１０１１２３４",
        "410105 19900101 123x",
        "410105-1990-0101-123X",
        "410105\u200b19900101\u200b1234",
        "电话13800138000",
        "电话１３８００１３８０００",
    ],
)
def test_numbers_of_a_person_are_found_however_they_are_written(text):
    with pytest.raises(Invalid) as caught:
        without_personal_numbers(text)
    assert "4101" not in caught.value.en + caught.value.zh


@pytest.mark.parametrize(
    "text",
    [
        "执业证号14101201010123456",
        "郑司罚决字〔2026〕12号",
        "2026年1月2日收取律师费30000元",
        "2026-01-02至2026-03-04",
        "订单号123456789012345678901",
    ],
)
def test_other_numbers_may_stand(text):
    assert without_personal_numbers(text) == text


@pytest.mark.parametrize(
    "text",
    ["郑司罚决字〔2026〕12号", "郑司罚决字[2026]12号", "郑司罚决字［2026］12号", "郑司罚决字(2026)12号",
     "郑司罚决字（2026）12号", " 郑司罚决字【２０２６】 12 号"],
)  # fmt: skip
def test_all_brackets_make_one_document_number(text):
    assert document_key(text) == "郑司罚决字〔2026〕12号"


def test_other_numbers_stay_apart():
    assert document_key("郑司罚决字〔2026〕12号") != document_key("郑司罚决字〔2026〕1号")


@pytest.mark.parametrize(
    "text",
    [
        "致电 0371-65901234",
        "电话0371 6590 1234",
        "手机138 0013 8000",
        "卡号6222021234567890123",
        "zhang.san@example.com",
        "其子十三周岁",
        "被害人15岁",
        "９岁",
    ],
)
def test_d25_what_reaches_or_recognises_somebody_is_not_fit_for_the_public(text):
    with pytest.raises(Invalid):
        fit_for_the_public(text)


@pytest.mark.parametrize(
    "text",
    [
        "2025年1月至2026年3月私自收取律师费30000元",
        "执业证号14101201010123456",
        "郑司罚决字〔2026〕12号",
        "该客户年满18周岁，二十岁",
        "向38岁的委托人承诺胜诉",
        "收费2,000,000元，逾期101天",
    ],
)
def test_d25_ordinary_facts_are(text):
    assert fit_for_the_public(text) == text
