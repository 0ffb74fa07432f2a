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
        "410105\u00ad19900101\u20631234",
        "4\ufe0f\u20e310105199001011234",
        "四一〇一零五一九九〇〇一〇一一二三四",
        "肆壹零壹零伍壹玖玖零零壹零壹壹贰叁肆",
        "41O1O5199OO1O11234",
        "٤١٠١٠٥١٩٩٠٠١٠١١٢٣٤",
        "410105，19900101，1234",
        "410105 1990年01月01日 1234",
        "410105(19900101)1234",
        "旧证410105900101123",
        "电话+8613800138000",
        "电话138 0013 8000",
        "电话一三八零零一三八零零零",
        "电话幺三八〇〇幺三八〇〇〇",
        "电话138OO138OOO",
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
        "二〇二六年四月二十九日至二〇二六年八月六日",
        "收取50,000元、20,000元、30,000元",
        "1、2、3、4、5、6、7、8、9、10、11、12、13、14、15、16、17、18",
        "2026-04-29 2026-05-06 2026-08-06",
        "一、二、三、四、五、六、七、八、九、十、十一",
    ],
)
def test_other_numbers_may_stand(text):
    assert without_personal_numbers(text) == text


@pytest.mark.parametrize(
    "text",
    ["(0371)65901234", "零三七一六五九〇一二三四", "138、0013、8000", "a\u200b@b.cn", "加微信号wang_2000",
     "QQ：123456789", "8\u200b岁", "8歲", "捌岁", "一四岁", "٨岁", "8个月大", "小学三年级",
     "六二二二零二一三一四零零一二三四五六七"],
)  # fmt: skip
def test_nobody_is_reached_or_a_child_known_by_what_is_public_however_it_is_written(text):
    with pytest.raises(Invalid):
        fit_for_the_public(f"经查，{text}。")


@pytest.mark.parametrize("text", ["执业二十四年", "年满二十四岁的当事人", "涉案金额150000.00元", "第一百三十八条"])
def test_what_reaches_nobody_may_be_public(text):
    assert fit_for_the_public(text) == text


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
