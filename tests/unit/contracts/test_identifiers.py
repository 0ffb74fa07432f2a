import pickle

import pytest
from contracts.identifiers import (
    CreditCode,
    IdCard,
    InvalidIdentifier,
    LegacyLicenceNumber,
    LicenceCategory,
    LicenceNumber,
    Sex,
    normalise_name,
    normalise_number,
    recognise_licence,
    unchanging,
)
from contracts.regions import PROVINCE, REGIONS, is_region, region_named, region_of_licence_digits
from hypothesis import given
from hypothesis import strategies as st

ZHENGZHOU = "14101200810000003"


def test_a_licence_number_has_its_parts():
    number = LicenceNumber.parse(ZHENGZHOU)
    assert (number.province, number.city, number.year) == ("41", "01", 2008)
    assert (number.category, number.sex, number.serial) == (LicenceCategory.FULL_TIME, Sex.MALE, "000003")
    assert number.region is REGIONS["410100"]
    assert not number.is_outside
    assert str(number) == ZHENGZHOU


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "licence-number-length"),
        ("1410120081000000", "licence-number-length"),
        ("141012008100000030", "licence-number-length"),
        ("1410120081000000A", "licence-number-characters"),
        ("1410120081000000²3", "licence-number-length"),  # NFKC makes an ordinary 2 of it
        ("٣4101200810000003", "licence-number-characters"),  # an Arabic digit is no digit here
        ("24101200810000003", "licence-number-kind"),
        ("19901200810000003", "licence-number-province"),
        ("14118200810000003", "licence-number-city"),
        ("14100200810000003", "licence-number-city"),
        ("14101197810000003", "licence-number-year"),
        ("14101200800000003", "licence-number-category"),
        ("14101200812000003", "licence-number-sex"),
        ("199012345678", "licence-number-legacy"),
    ],
)
def test_a_refusal_says_which_part_is_wrong_and_does_not_repeat_the_number(text, reason):
    with pytest.raises(InvalidIdentifier) as refused:
        LicenceNumber.parse(text)
    assert refused.value.reason_code == reason
    assert refused.value.zh
    assert refused.value.en
    if text:
        assert text not in str(refused.value) + refused.value.zh


def test_full_width_digits_and_stray_spaces_are_forgiven():
    assert str(LicenceNumber.parse(" １４１０１ 2008\u200b1000\u30000003\ufeff")) == ZHENGZHOU
    assert normalise_number("'31410000md\u00a00000290") == "31410000MD0000290"


def test_a_move_to_shenzhen_rewrites_only_the_place():
    assert str(LicenceNumber.parse("11102200810000003").with_institution("440300")) == "14403200810000003"


def test_a_move_and_change_of_category_keep_year_sex_and_serial():
    assert str(LicenceNumber.parse("14101200811000003").rewritten("410300", 6)) == "14103200861000003"


@pytest.mark.parametrize("category", [0, 10])
def test_a_category_outside_the_nine_is_refused(category):
    with pytest.raises(InvalidIdentifier, match="licence-number-category"):
        LicenceNumber.parse(ZHENGZHOU).rewritten("410300", category)


@pytest.mark.parametrize("region", ["419000", "411800", "410000", "990100", "4101", "41０100"])
def test_an_institution_must_lie_in_a_known_region(region):
    with pytest.raises(InvalidIdentifier, match="region-unknown"):
        LicenceNumber.parse(ZHENGZHOU).with_institution(region)


def test_jiyuan_is_not_a_prefecture_city():
    moved = LicenceNumber.parse(ZHENGZHOU).with_institution("419001")
    assert moved.licence_digits == "4190"
    assert moved.region is REGIONS["419001"]
    assert not is_region("419000")


@given(st.sampled_from(sorted(REGIONS)), st.sampled_from(sorted(REGIONS)), st.sampled_from(LicenceCategory))
def test_every_region_survives_the_way_into_a_number_and_back(first, second, category):
    there = LicenceNumber.parse(ZHENGZHOU).rewritten(first, category)
    again = LicenceNumber.parse(str(there))
    assert again == there
    assert again.region is REGIONS[first]
    assert again.with_institution(second).with_institution(first) == there


def test_military_and_outside_numbers_parse_and_say_so():
    assert LicenceNumber.parse("14101200890000003").is_military
    outside = LicenceNumber.parse("11101200810000003")
    assert outside.is_outside
    assert outside.region is None


def test_old_numbers_are_recognised_as_such():
    assert recognise_licence("1990 1234 5678") == LegacyLicenceNumber("199012345678")
    assert recognise_licence(ZHENGZHOU) == LicenceNumber.parse(ZHENGZHOU)


# Computed by hand from GB 32100: weights 3^(i-1) mod 31, check = (31 - sum mod 31) mod 31.
FIRM_WITH_REMAINDER_ZERO = "31410000MD00000290"


def test_a_firm_whose_remainder_is_zero_has_check_digit_zero():
    alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    total = sum(alphabet.index(char) * pow(3, place, 31) for place, char in enumerate(FIRM_WITH_REMAINDER_ZERO[:17]))
    assert total % 31 == 0
    assert CreditCode.parse_firm(FIRM_WITH_REMAINDER_ZERO).registering_organ == PROVINCE


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("31410000MD0000029", "credit-code-length"),
        ("31410000MD000002O0", "credit-code-characters"),
        ("314I0000MD00000290", "credit-code-characters"),
        ("31410000MD00000291", "credit-code-check-digit"),
        ("31410000MD00000920", "credit-code-check-digit"),
        ("91110000600037341L", "credit-code-not-a-firm"),
    ],
)
def test_a_refused_credit_code_says_why(text, reason):
    with pytest.raises(InvalidIdentifier) as refused:
        CreditCode.parse_firm(text)
    assert refused.value.reason_code == reason


def test_an_import_may_keep_a_genuine_code_that_fails_the_check():
    code = CreditCode.parse_firm("31410000MD00000291", allow_wrong_check_digit=True)
    assert not code.check_digit_ok


@given(st.integers(0, 16), st.sampled_from("0123456789"))
def test_no_single_wrong_digit_of_a_credit_code_passes(place, digit):
    code = FIRM_WITH_REMAINDER_ZERO
    wrong = code[:place] + digit + code[place + 1 :]
    if wrong != code:
        with pytest.raises(InvalidIdentifier):
            CreditCode.parse(wrong)


CARD = "11010519491231002X"  # the example of GB 11643


def test_an_id_card_is_checked_and_never_printed_whole():
    card = IdCard.parse("11010519491231002x")
    assert card.birth_date.isoformat() == "1949-12-31"
    assert card.sex is Sex.FEMALE
    for shown in (repr(card), str(card), f"{card}", f"{card!r}", repr([card]), card.masked):
        assert CARD[6:14] not in shown
        assert CARD[2:17] not in shown
    assert pickle.loads(pickle.dumps(card)).reveal() == CARD  # noqa: S301 - our own bytes


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("110105491231002", "id-card-format"),
        ("1101051949123100X2", "id-card-format"),
        ("990105194912310020", "id-card-region"),
        ("110105194913310028", "id-card-birth-date"),
        ("110105194902300028", "id-card-birth-date"),
        ("110105189912310020", "id-card-birth-date"),
        ("110105194912310021", "id-card-check-digit"),
    ],
)
def test_a_refused_id_card_says_why_and_not_the_number(text, reason):
    with pytest.raises(InvalidIdentifier) as refused:
        IdCard.parse(text)
    assert refused.value.reason_code == reason
    assert text not in f"{refused.value} {refused.value.zh} {refused.value!r}"


def test_a_card_older_than_its_county_is_genuine():
    # 410101 was created in 1983; cards came from 1984, with the codes of that day.
    assert IdCard.parse("410101197001010017").birth_date.year == 1970


def test_names_have_one_spelling():
    assert normalise_name(" 河南　某某(郑州) 律师 事务所 ") == "河南某某（郑州）律师事务所"
    assert normalise_name("阿不都•外力") == normalise_name("阿不都·外力")
    assert normalise_name("Smith  John") == "Smith John"


def test_rare_characters_of_names_stay():
    assert normalise_name("﨑𠮷") == "﨑𠮷"


def test_a_region_is_found_by_what_bureaus_write():
    assert region_named("济源") is region_named("济源示范区") is region_named("济源市") is REGIONS["419001"]
    assert region_named("郑州") is region_named(" 410100 ") is REGIONS["410100"]
    assert region_named("北京") is None
    assert region_of_licence_digits("4190") is REGIONS["419001"]
    assert not is_region(PROVINCE)


def test_the_unchanging_part_of_a_licence_number_survives_a_move_and_a_change_of_category():
    number = LicenceNumber.parse("14101201210123456")
    assert unchanging(str(number)) == "141" + "2012" + "0123456"
    assert unchanging(str(number.rewritten("410300", 2))) == unchanging(str(number))
    assert unchanging("14101201210123457") != unchanging(str(number))
    assert unchanging("11101201210123456") != unchanging(str(number)), "another province has serials of its own"
    assert unchanging("140198512345") == "140198512345"
