"""By which spellings a name is found."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from registry_api.register.refusals import Refused
from registry_api.search.domain import AT_THE_START, Key, firm_keys, normalised, person_keys, sort_key, sought

FIRM = "河南金博大（郑州）律师事务所"


def found(keys: list[Key], question: str) -> int | None:
    """In which place; None where not at all."""
    best = sought(question, "name").best_of(keys)
    return None if best is None else best.place


@pytest.mark.parametrize(
    ("name", "question", "place"),
    [
        ("张伟强", "张伟", 0),
        ("张伟强", "伟强", 1),
        ("张伟强", "ZhangWei", 0),
        ("张伟强", "zhang w", 0),
        ("张伟强", "zwq", 0),
        ("张伟强", "weiqiang", 1),
        ("张伟强", "zhāng wěi", 0),
        ("张伟强", "ｚｈａｎｇ", 0),
        ("張偉強", "张伟强", 0),
        ("张伟强", "張偉", 0),
        ("张伟强", "强张", None),
        ("阿卜杜拉·买买提", "阿卜杜拉买买提", 0),
        ("阿卜杜拉•买买提", "买买提", 1),
        ("𠮷田𫍣", "𠮷田", 0),
        ("𠮷田𫍣", "𫍣", None),
        ("李\ue000", "李\ue000", 0),
        ("单雄信", "shanx", 0),
        ("单雄信", "danx", 0),
        ("曾国强", "zengguo", 0),
        ("解小东", "xxd", 0),
        ("仇英", "qiuying", 0),
        ("欧阳修", "ouyang", 0),
        ("尉迟恭", "yuchi", 0),
        ("吕布", "lvbu", 0),
        ("吕布", "lyubu", 0),
        ("吕布", "lübu", 0),
        ("陈玉", "chenyu", 0),
        ("女娲", "nyuwa", 0),
    ],
)
def test_a_person(name, question, place):
    if len(normalised(question)) < 2:
        with pytest.raises(Refused):
            sought(question, "name")
    else:
        assert found(person_keys(name), question) == place


@pytest.mark.parametrize(
    ("question", "place"),
    [
        ("河南金博大", 0),
        ("金博大", 0),
        ("jinboda", 0),
        ("jbd", 0),
        ("博大", 1),
        ("boda", 1),
        ("金博大(郑州)律师", 0),
        ("金博大 郑州", 0),
        ("郑州律师事务所", 1),
        ("zz", 1),
        ("hnjbd", 0),
        ("金大", None),
        ("inboda", None),
    ],
)
def test_a_firm(question, place):
    assert found(firm_keys(FIRM), question) == place


def test_a_name_that_is_the_question_stands_before_longer_ones():
    keys = sorted(
        (best, name)
        for name in ("张伟强", "张伟", "王张伟", "张伟民")
        if (best := sought("张伟", "name").best_of(person_keys(name))) is not None
    )
    assert [name for _, name in keys] == ["张伟", "张伟强", "张伟民", "王张伟"] or keys[0][1] == "张伟"
    assert keys[-1][1] == "王张伟"


@pytest.mark.parametrize("text", ["", "张", "z", " 张 ", "·张·", "（）", "\u3000"])
def test_one_character_is_refused_and_the_field_named(text):
    with pytest.raises(Refused) as refused:
        sought(text, "firm")
    assert (refused.value.code, refused.value.field) == ("search-too-short", "firm")


def test_order_is_that_of_pinyin():
    assert sorted(["张三", "阿宝", "李四", "曾五"], key=sort_key) == ["阿宝", "李四", "曾五", "张三"]


@given(st.text(min_size=2, max_size=12))
def test_whatever_a_name_is_its_beginning_finds_it(name):
    text = normalised(name)
    for keys in (person_keys(name), firm_keys(name)):
        for length in range(2, len(text) + 1):
            best = sought(text[:length], "name").best_of(keys) if len(normalised(text[:length])) >= 2 else None
            assert best is None or best.place == AT_THE_START or text[:length] in text[1:]
            if normalised(text[:length]) == text[:length]:
                assert best is not None


@given(st.text(max_size=30))
def test_spelling_settles_at_once(text):
    assert normalised(normalised(text)) == normalised(text)
