"""What of a name is looked for: its keys, and the same spelling for keys and questions."""

import re
import unicodedata
from functools import cache
from itertools import product
from typing import Final, NamedTuple

from contracts.regions import REGIONS
from opencc import OpenCC
from pypinyin import lazy_pinyin

from registry_api.register.refusals import Refused

SHORTEST: Final = 2
LONGEST: Final = 96
"""Characters of a key; what follows them is not told apart."""

AT_THE_START: Final = 0
INSIDE: Final = 1

SURNAMES: Final = {
    "单": ("shan",), "曾": ("zeng",), "解": ("xie",), "仇": ("qiu",), "任": ("ren",), "区": ("ou",), "查": ("zha",),
    "盖": ("ge", "gai"), "朴": ("piao",), "华": ("hua",), "缪": ("miao",), "乐": ("yue", "le"), "员": ("yun",),
    "洗": ("xian",), "种": ("chong",), "折": ("she",), "黑": ("he", "hei"), "秘": ("bi",), "逄": ("pang",),
    "繁": ("po",), "覃": ("qin", "tan"), "那": ("na",), "召": ("shao",), "燕": ("yan",), "尉": ("wei", "yu"),
    "宿": ("su",), "翟": ("zhai", "di"), "贾": ("jia",), "郗": ("xi", "chi"), "石": ("shi",), "纪": ("ji",),
    "令": ("ling",), "能": ("nai",), "佴": ("nai",), "牟": ("mou", "mu"), "祭": ("zhai",), "隗": ("wei", "kui"),
    "谌": ("chen", "shen"), "晁": ("chao",), "费": ("fei", "bi"), "冼": ("xian",), "度": ("du",), "干": ("gan",),
    "车": ("che",), "句": ("gou",), "於": ("yu",), "适": ("kuo", "shi"), "相": ("xiang",), "过": ("guo",),
    "重": ("chong", "zhong"), "藏": ("zang", "cang"), "长": ("chang", "zhang"), "哈": ("ha",), "曲": ("qu",),
    "卜": ("bu",), "应": ("ying",), "要": ("yao",), "宁": ("ning",), "訾": ("zi",), "阚": ("kan",), "薄": ("bo",),
    "尉迟": ("yu chi",), "万俟": ("mo qi",), "长孙": ("zhang sun",), "澹台": ("tan tai",), "单于": ("chan yu",),
    "令狐": ("ling hu",), "宰父": ("zai fu",), "尹": ("yin",), "召公": ("shao gong",),
}  # fmt: skip
"""How characters are read as surnames, where that is not, or not only, how they are read elsewhere."""

_FIRM_ENDS: Final = ("律师事务所",)
_IGNORED: Final = frozenset({"Zs", "Zl", "Zp", "Cc", "Cf", "Mn", "Me"})
_RUNS: Final = re.compile(r"[\u3400-\u9fff]+|.", re.DOTALL)
_BEYOND_ALL = chr(0x10FFFF)


class Key(NamedTuple):
    place: int
    text: str


class Sought(NamedTuple):
    """Keys in [low, high) answer the question; a name that is the question stands first among them."""

    low: str
    high: str

    def best_of(self, keys: list[Key]) -> Key | None:
        """By which of its keys an entity is found: it shall be listed once."""
        return min((key for key in keys if self.low <= key.text < self.high), default=None)


def sought(text: str, field: str) -> Sought:
    low = normalised(text)[:LONGEST]
    if len(low) < SHORTEST:
        raise Refused(
            "search-too-short",
            f"请至少输入{SHORTEST}个字（或拼音字母）",
            f"give at least {SHORTEST} characters or letters",
            field=field,
        )
    return Sought(low, low + _BEYOND_ALL)


def normalised(text: str) -> str:
    """One width, one script, small letters; without spaces, dots, brackets and tone marks."""
    plain = unicodedata.normalize("NFKC", text).lower().replace("ü", "v").replace("u:", "v")
    # Character by character: a phrase would be converted otherwise than its beginning.
    letters = [_simplified(c) for c in unicodedata.normalize("NFD", plain) if not _ignored(c)]
    result = unicodedata.normalize("NFC", "".join(letters))
    # LYU as passports have it. No syllable ends in l, so this is no boundary; 陈玉 makes that of n ambiguous.
    result = result.replace("lyu", "lv")
    return f"nv{result[3:]}" if result.startswith("nyu") else result


def _ignored(character: str) -> bool:
    category = unicodedata.category(character)
    # Private use characters stay: registers write rare names with them.
    return category in _IGNORED or category[0] in "PS"


@cache
def _converter() -> OpenCC:
    return OpenCC("t2s")


@cache
def _simplified(character: str) -> str:
    return character if character.isascii() else str(_converter().convert(character))


def person_keys(name: str) -> list[Key]:
    """The name from its start, and what follows the surname: 伟强 finds 张伟强."""
    text = normalised(name)
    keys = _suffixes([*text], starts={0})
    for syllables in readings(text):
        keys |= _suffixes(syllables, starts={0})
        keys.add(Key(AT_THE_START, _initials(syllables)))
    return _kept(keys)


def firm_keys(name: str) -> list[Key]:
    """Every part of the name; its start is also where the place name before it ends."""
    text = normalised(name)
    core = _core(text)
    starts = {0, core}
    # Run by run, for phrases tell readings apart (银行).
    syllables = [one for run in _RUNS.findall(text) for one in _syllables(run)]
    keys = _suffixes([*text], starts) | _suffixes(syllables, starts)
    keys |= {Key(AT_THE_START if at in starts else INSIDE, _initials(syllables[at:])) for at in range(len(text))}
    for end in _FIRM_ENDS:
        if (until := text.find(end, core)) > core:
            keys |= {
                Key(AT_THE_START, text[core:until]),
                Key(AT_THE_START, "".join(syllables[core:until])),
                Key(AT_THE_START, _initials(syllables[core:until])),
            }
    return _kept(keys)


def readings(name: str) -> list[list[str]]:
    """In syllables, by each reading of the surname."""
    surname = next((name[:length] for length in (2, 1) if name[:length] in SURNAMES), name[:1])
    usual = [_reading(character) for character in name]
    if surname not in SURNAMES:
        return [usual]
    rest = usual[len(surname) :]
    heads = dict.fromkeys([*SURNAMES[surname], " ".join(usual[: len(surname)])])
    return [[*head.split(), *tail] for head, tail in product(heads, [rest])]


def _syllables(run: str) -> list[str]:
    """One for each character, itself where it has no reading."""
    read = lazy_pinyin(run)
    return read if len(read) == len(run) else [*run]


@cache
def _reading(character: str) -> str:
    return str(lazy_pinyin(character)[0])


def sort_key(name: str) -> str:
    """Pinyin order, then the name itself."""
    text = normalised(name)
    return f"{''.join(readings(text)[0])} {text}"[:LONGEST] if text else ""


def _suffixes(parts: list[str], starts: set[int]) -> set[Key]:
    return {
        Key(AT_THE_START if at in starts else INSIDE, "".join(parts[at:]))
        for at in range(len(parts))
        if at in starts or len(parts) - at >= SHORTEST
    }


def _initials(syllables: list[str]) -> str:
    return "".join(syllable[:1] for syllable in syllables)


def _kept(keys: set[Key]) -> list[Key]:
    return sorted({Key(key.place, key.text[:LONGEST]) for key in keys if len(key.text) >= SHORTEST})


@cache
def _places() -> tuple[str, ...]:
    cities = {normalised(region.name_zh) for region in REGIONS.values()}
    return tuple(sorted({"河南省", "河南", *cities, *(city.removesuffix("市") for city in cities)}, key=len)[::-1])


def _core(text: str) -> int:
    """Where the name of a firm begins after 河南 and a city."""
    at = 0
    while at < len(text) and (place := next((p for p in _places() if text.startswith(p, at)), None)) is not None:
        at += len(place)
    return at if at < len(text) else 0
