import pytest
from common.http import Invalid
from discipline_api.text import document_key, without_personal_numbers


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
