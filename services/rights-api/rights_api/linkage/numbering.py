"""Numbers of letters: 郑律维函〔2026〕1号, without gaps per issuing organ and year."""

from contracts.conduct import OrganKind
from contracts.regions import PROVINCE

from rights_api.organs import LETTER_SERIES, Organ

# One character a city, as its authorities' own documents use; 三门峡 and 平顶山 by their first, 南阳 by its old name.
_SHORT = {
    PROVINCE: "豫",
    "410100": "郑",
    "410200": "汴",
    "410300": "洛",
    "410400": "平",
    "410500": "安",
    "410600": "鹤",
    "410700": "新",
    "410800": "焦",
    "410900": "濮",
    "411000": "许",
    "411100": "漯",
    "411200": "三",
    "411300": "宛",
    "411400": "商",
    "411500": "信",
    "411600": "周",
    "411700": "驻",
    "419001": "济",
}
_BODY = {
    OrganKind.ASSOCIATION: "律",
    OrganKind.CITY_ASSOCIATION: "律",
    OrganKind.DEPARTMENT: "司",
    OrganKind.BUREAU: "司",
}


def document_number(organ: Organ, year: int, number: int) -> str:
    return f"{_SHORT[organ.region]}{_BODY[organ.kind]}{LETTER_SERIES}〔{year}〕{number}号"
