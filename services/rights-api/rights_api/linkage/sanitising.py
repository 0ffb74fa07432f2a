"""Whether a letter that must name nobody names the complainant after all.

Compared is what a reader would recognise: spaces, punctuation, invisible characters and full-width forms make no
difference, nor do digits written as Chinese numerals. Traditional or mistaken characters are not recognised; the
officer who signs still reads his letter.
"""

import re
import unicodedata
from dataclasses import dataclass, field

_NUMERALS = str.maketrans("〇零○一二三四五六七八九壹贰叁肆伍陆柒捌玖幺", "0001234567891234567891")
_DIGITS = re.compile(r"\d{7,}")
_WORDS = re.compile(r"[a-z][a-z0-9]{4,}")
_PLACES = re.compile(r"[\u4e00-\u9fff]{6,}")
_FILLERS = frozenset("\u115f\u1160\u3164\uffa0")
"""Letters by their class that show as nothing."""
_SHORTEST_NAME = 2
_ENDS_OF_WORDS = frozenset(
    "于何向和时有从由对任代为与及经所家常全管方查解应许安关施成高别都权理护名业位本该当宁留来求止绝排"
)
"""Surnames, or nearly, with which ordinary words before 律师 end (关于律师、任何律师): they tell nothing there."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Shown by no repr: it may end up in a traceback."""

    name: str = field(repr=False)
    licence_number: str = field(repr=False)
    contact: str = field(repr=False)


def parts_in(text: str, identity: Identity) -> list[str]:
    """Which parts of the identity the text holds: `name`, `licence_number`, `contact`."""
    plain = _plain(text)
    digits = _plain(text.translate(_NUMERALS))
    name, licence_number, contact = _plain(identity.name), _plain(identity.licence_number), _plain(identity.contact)
    pieces = {contact, *_PLACES.findall(contact), *_WORDS.findall(contact)}
    numbers = set(_DIGITS.findall(_plain(identity.contact.translate(_NUMERALS))))
    held = {
        "name": len(name) >= _SHORTEST_NAME and (name in plain or _addressed(name, plain)),
        "licence_number": bool(licence_number) and licence_number in digits,
        "contact": any(piece and piece in plain for piece in pieces) or any(number in digits for number in numbers),
    }
    return [part for part, found in held.items() if found]


def _addressed(name: str, plain: str) -> bool:
    """张律师 tells the organ who it is as surely as the whole name."""
    surname = name[0] not in _ENDS_OF_WORDS and f"{name[0]}律师" in plain
    return surname or (len(name) > _SHORTEST_NAME and f"{name[:2]}律师" in plain)


def _plain(text: str) -> str:
    """Letters and digits alone, in their plain forms."""
    return "".join(c for c in unicodedata.normalize("NFKC", text).casefold() if c.isalnum() and c not in _FILLERS)
