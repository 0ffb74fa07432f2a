"""Values that fit a schema, from a seed; and what people and programs send in their place."""

import re
import string
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from random import Random
from re import _constants as op  # how Python itself has read a pattern
from re import _parser
from typing import Any
from uuid import UUID

from contracts.regions import REGIONS
from stdnum.cn import ric, uscc

from tests.security.fuzz.callers import Caller
from tests.security.fuzz.documents import Document, Schema

MARK = "Qz7mKw"
"""In every text that is made up: nowhere but in what is kept on purpose may it come back."""

_DEPTH = 6
_KEPT = 40
_LONG = 1_000


class Learnt:
    """What answers have told, by the name it had there; the newest of each."""

    def __init__(self) -> None:
        self._values: dict[str, deque[Any]] = defaultdict(lambda: deque(maxlen=_KEPT))
        self.etags: dict[str, str] = {}

    def take(self, rng: Random, name: str) -> Any | None:
        known = self._values.get(name)
        return rng.choice(known) if known else None

    def learn(self, told: Any, name: str = "", depth: int = 0) -> None:
        if depth > _DEPTH:
            return
        if isinstance(told, Mapping):
            for key, value in told.items():
                self.learn(value, str(key), depth + 1)
        elif isinstance(told, list):
            for value in told[:5]:
                self.learn(value, name, depth + 1)
        elif isinstance(told, str) and told and len(told) <= _LONG and told not in self._values[name]:
            self._values[name].append(told)


class Maker:
    """Values for one question."""

    def __init__(self, rng: Random, document: Document, learnt: Learnt, caller: Caller | None) -> None:
        self.rng, self._document, self._learnt, self._caller = rng, document, learnt, caller

    def value(self, schema: Schema, name: str = "", depth: int = 0) -> Any:
        schema = self._document.resolved(schema)
        rng = self.rng
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return rng.choice(schema["enum"])
        for choice in ("anyOf", "oneOf"):
            if choice in schema:
                options = [each for each in schema[choice] if each.get("type") != "null" or rng.random() < 0.3]
                return self.value(rng.choice(options or schema[choice]), name, depth)
        if "allOf" in schema:
            return self.value(schema["allOf"][0], name, depth)
        kind = schema.get("type", "object" if "properties" in schema else None)
        makers: dict[Any, Callable[[], Any]] = {
            "object": lambda: self._object(schema, depth),
            "array": lambda: self._array(schema, name, depth),
            "string": lambda: self._string(schema, name),
            "integer": lambda: self._integer(schema),
            "number": lambda: round(rng.uniform(*self._range(schema)), 2),
            "boolean": lambda: rng.random() < 0.5,
            "null": lambda: None,
        }
        return makers[kind]() if kind in makers else rng.choice([MARK, 1, None, [], {}])

    def _object(self, schema: Schema, depth: int) -> dict[str, Any]:
        properties, required = schema.get("properties", {}), schema.get("required", ())
        share = self.rng.choice([0.0, 0.3, 0.8]) if depth < _DEPTH else 0.0
        made = {
            name: self.value(inner, name, depth + 1)
            for name, inner in properties.items()
            if name in required or self.rng.random() < share
        }
        if self._caller is not None and {"kind", "region", "code"} <= properties.keys() and self.rng.random() < 0.7:
            # An organ: mostly his own, or he may do nothing.
            made |= {"kind": self._caller.kind, "region": self._caller.region, "code": self._caller.code}
        inner = schema.get("additionalProperties")
        if isinstance(inner, Mapping) and not properties:
            made = {self._word(): self.value(inner, "", depth + 1) for _ in range(self.rng.randrange(3))}
        return made

    def _array(self, schema: Schema, name: str, depth: int) -> list[Any]:
        least = schema.get("minItems", 0)
        most = min(schema.get("maxItems", 3), least + 3) if depth < _DEPTH else least
        inner = schema.get("items", {})
        return [self.value(inner, name, depth + 1) for _ in range(self.rng.randint(least, max(most, least)))]

    def _range(self, schema: Schema) -> tuple[float, float]:
        least = schema.get("minimum", schema.get("exclusiveMinimum", -1) + 1)
        most = schema.get("maximum", schema.get("exclusiveMaximum", least + 10_001) - 1)
        return least, most

    def _integer(self, schema: Schema) -> int:
        least, most = (int(bound) for bound in self._range(schema))
        return self.rng.choice(
            [least, most, self.rng.randint(least, most), self.rng.randint(least, min(most, least + 9))]
        )

    def _string(self, schema: Schema, name: str) -> str:
        rng = self.rng
        known = self._learnt.take(rng, name) if rng.random() < 0.75 else None
        if known is not None and len(known) <= schema.get("maxLength", _LONG):
            return known
        if (kind := schema.get("format")) in _FORMATS:
            return _FORMATS[kind](rng)
        if "pattern" in schema and rng.random() < 0.9 and name not in ("region", "county"):
            return self.matching(schema["pattern"])
        if name in _WORDS and rng.random() < 0.9:
            return _WORDS[name](rng)
        if self._caller is not None and rng.random() < 0.7:
            if name in ("region", "registration_region", "incident_region", "supervising_organ"):
                return self._caller.region
            if name in ("code", "organ_code", "organisation_id"):
                return self._caller.code
        if name.endswith(("region", "_organ")):
            return rng.choice(tuple(REGIONS))
        if (examples := schema.get("examples")) and rng.random() < 0.6:
            return str(rng.choice(examples))
        least, most = schema.get("minLength", 0), schema.get("maxLength", 80)
        text = rng.choice(_TEXTS) + MARK + str(rng.randrange(10**6))
        return (text * (1 + least // len(text)))[:most]

    def _word(self) -> str:
        return "".join(self.rng.choices(string.ascii_lowercase, k=5))

    def matching(self, pattern: str) -> str:
        """A text that the pattern allows."""
        return "".join(self._drawn(_parser.parse(pattern)))

    def _drawn(self, parsed: Any) -> list[str]:
        rng, made = self.rng, []
        for code, told in parsed:
            if code is op.LITERAL:
                made.append(chr(told))
            elif code is op.NOT_LITERAL or code is op.ANY:
                made.append(rng.choice("律师ab1"))
            elif code is op.IN:
                made.append(self._of_class(told))
            elif code in (op.MAX_REPEAT, op.MIN_REPEAT):
                least, most, inner = told
                for _ in range(rng.randint(least, min(int(most), least + 8))):
                    made += self._drawn(inner)
            elif code is op.SUBPATTERN:
                made += self._drawn(told[-1])
            elif code is op.BRANCH:
                made += self._drawn(rng.choice(told[1]))
            elif code is not op.AT:
                raise ValueError(f"no text is made here for {code}, which a pattern of ours now holds")
        return made

    def _of_class(self, told: Any) -> str:
        rng = self.rng
        if told[0][0] is op.NEGATE:
            return rng.choice("律ab1")
        code, what = rng.choice(told)
        if code is op.LITERAL:
            return chr(what)
        if code is op.RANGE:
            return chr(rng.randint(*what))
        return rng.choice("0123456789" if what is op.CATEGORY_DIGIT else "abz09律")

    def spoilt(self, value: Any, places: int = 1) -> Any:
        """The same with as many places made wrong: a leaf, a missing field, one too many."""
        for _ in range(places):
            value = self._spoilt(value)
        return value

    def _spoilt(self, value: Any) -> Any:
        rng = self.rng
        if isinstance(value, dict):
            chance = rng.random()
            if chance < 0.08:
                return value | {rng.choice(_STRANGE_NAMES): self.rubbish()}
            if value and chance < 0.2:
                gone = rng.choice(list(value))
                return {name: each for name, each in value.items() if name != gone}
            if value and chance < 0.97:
                name = rng.choice(list(value))
                return value | {name: self._spoilt(value[name])}
        elif isinstance(value, list) and value and rng.random() < 0.8:
            if rng.random() < 0.15:
                return value * rng.choice([2, 2, 200])
            place = rng.randrange(len(value))
            return [*value[:place], self._spoilt(value[place]), *value[place + 1 :]]
        elif isinstance(value, str) and rng.random() < 0.5:
            return self._spoilt_text(value)
        return self.rubbish()

    def _spoilt_text(self, text: str) -> str:
        rng = self.rng
        place = rng.randrange(len(text) + 1)
        return rng.choice(
            [
                text[:place] + rng.choice(_STRANGE) + text[place:],
                text[:place],
                text + text[:place],
                text.swapcase(),
                f" {text}　",
                text.translate(_FULL_WIDTH),
                text * 400,
            ]
        )

    def rubbish(self) -> Any:
        return self.rng.choice(_RUBBISH)


def _day(rng: Random) -> str:
    days = rng.choice([0, 0, rng.randint(-40, 10), rng.randint(-700, 60), rng.randint(-4000, 700)])
    return (datetime.now(UTC) + timedelta(days=days)).date().isoformat()


def _instant(rng: Random) -> str:
    at = datetime.now(UTC) - timedelta(seconds=rng.choice([60, rng.randint(0, 10**6), rng.randint(0, 10**8)]))
    return at.isoformat(timespec="seconds").replace("+00:00", rng.choice(["Z", "+00:00", "+08:00", ".123456Z"]))


def _licence_number(rng: Random) -> str:
    place = rng.choice(["4101", "4103", "4100", "4102"])
    return f"1{place}{rng.randint(2005, 2025)}1{rng.choice('01')}{rng.randrange(60):06d}"


def _credit_code(rng: Random) -> str:
    stem = f"31410000MD{rng.randrange(60):07d}"
    return stem + str(uscc.calc_check_digit(stem))


def _id_number(rng: Random) -> str:
    stem = f"410105{rng.randint(1960, 2000)}{rng.randint(1, 12):02d}{rng.randint(1, 28):02d}{rng.randrange(1000):03d}"
    return stem + str(ric.calc_check_digit(stem))


_FORMATS: dict[str, Callable[[Random], str]] = {
    "date": _day,
    "date-time": _instant,
    "uuid": lambda rng: str(UUID(int=rng.getrandbits(128), version=4)),
}
_WORDS: dict[str, Callable[[Random], str]] = {
    "licence_number": _licence_number,
    "founders": _licence_number,
    "credit_code": _credit_code,
    "id_number": _id_number,
    "conduct_code": lambda rng: rng.choice(["L48.1", "L49.4", "L47.1", "L50.1"]),
    "url": lambda rng: rng.choice(["https://example.org/hook", "http://127.0.0.1/", "http://169.254.169.254/latest"]),
    "measure_id": lambda rng: f"M{rng.randint(1, 23):02d}",
    "measure": lambda rng: f"M{rng.randint(1, 23):02d}",
    "target_id": lambda rng: f"T{rng.randint(1, 11)}",
    "deliverable_id": lambda rng: f"M{rng.randint(1, 23):02d}-D{rng.randint(1, 6)}",
    "deliverable": lambda rng: f"M{rng.randint(1, 23):02d}-D{rng.randint(1, 6)}",
    "indicator_id": lambda rng: rng.choice(["H1", "H2", "M12-I1", "M05-I1", "M13-I4"]),
    "indicator": lambda rng: rng.choice(["H1", "H2", "M12-I1", "M05-I1", "M13-I4"]),
    "topic": lambda rng: rng.choice(["registry.events", "discipline.events", "rights.events", "progress.events"]),
    "document_number": lambda rng: f"郑司〔2026〕{rng.randrange(10**4)}号",
}
_TEXTS = ("会见", "张三", "O'Neil; --", "<b>律所</b>", "=1+1", "../..", "a b", "🦉", "é", "\u202e反", "％＿%_\\")
_STRANGE = (
    "\x00", "\x07", "\r\nSet-Cookie: a=b", "\ud800", "\u2028", "\ufeff", "%00", "'", '"', "\\", "${7*7}", "{{7*7}}", "%",
    "_", "😀" * 30, "\u0301" * 40, "＇", "<script>", "\t",
)  # fmt: skip
_STRANGE_NAMES = ("__proto__", "constructor", "is_admin", "roles", "", "a" * 300, "版本", "$where", "region\x00")
_FULL_WIDTH = {ord(digit): ord(digit) + 0xFEE0 for digit in string.digits}
_RUBBISH: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2**31, 2**63, -(2**63) - 1, 10**40, 1e308, 0.1, "", " ", "　", MARK, MARK * 4_000, "\x00",
    f"{MARK}\x00", f"\ud800{MARK}", [], {}, [[]], [None], {"": None}, [MARK] * 3_000, "0", "-0", "NaN", "Infinity", "1e5",
    "2026-02-30", "0001-01-01", "9999-12-31", "9999-12-31T23:59:59+00:00", "0001-01-01T00:00:00+14:00", "2026-01-01T24:00:00Z",
    "10000-01-01", "1970-01-01T00:00:00-99:99", "2026-1-1", "now", "00000000-0000-0000-0000-000000000000", "' OR 1=1 --",
    "../../etc/passwd", "http://169.254.169.254/", "410105", "999999", "٠١٢٣٤٥", "１２３", {"$ne": None}, [{}] * 3,
)  # fmt: skip


def is_text(text: str) -> bool:
    """Whether it can be sent as UTF-8."""
    return not re.search("[\ud800-\udfff]", text)
