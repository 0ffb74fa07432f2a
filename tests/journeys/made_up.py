"""Made-up lawyers, firms and files; every number is used once per session."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import count
from uuid import uuid4

from contracts.regions import REGIONS
from contracts.working_days import SHANGHAI
from stdnum.cn import uscc

ZHENGZHOU, LUOYANG, KAIFENG = "410100", "410300", "410200"
FOUNDERS = [f"1110120001000000{n}" for n in (1, 2, 3)]
"""Of another province, whose register vouches for them."""

_serials = count(700_000)
_codes = count(1)
_documents = count(1)

LAWYER_HEADER = ("姓名", "执业证号", "执业类别", "执业机构", "统一社会信用代码", "地区", "首次执业日期", "执业状态")


def today() -> date:
    return datetime.now(SHANGHAI).date()


def days_ago(days: int) -> date:
    return today() - timedelta(days=days)


def hours_ago(hours: int) -> str:
    return (datetime.now(UTC) - timedelta(hours=hours)).isoformat()


def licence_number(region: str = ZHENGZHOU, *, category: int = 1, year: int = 2015) -> str:
    return f"1{REGIONS[region].licence_digits}{year}{category}0{next(_serials):06d}"


def credit_code() -> str:
    stem = f"31410000{next(_codes):09d}"
    return stem + str(uscc.calc_check_digit(stem))


def document_number(organ: str = "郑司罚决字") -> str:
    return f"{organ}〔{today().year}〕{next(_documents)}号"


def lawyer_row(firm: dict[str, str], *, number: str | None = None, status: str = "执业") -> list[str]:
    number = number or licence_number(firm["region"])
    region = REGIONS[firm["region"]].name_zh
    return [f"林{number[-6:]}", number, "专职", firm["name"], firm["credit_code"], region, "2015-07-01", status]


def csv_of(rows: Iterable[Sequence[str]], header: Sequence[str] = LAWYER_HEADER) -> bytes:
    """No value made up here holds a comma or a quote."""
    return "\r\n".join(",".join(row) for row in (header, *rows)).encode()


def centre_name() -> str:
    """Of a detention centre; offices are named in Chinese alone."""
    return "郑州市" + "".join("甲乙丙丁戊己庚辛壬癸"[int(digit)] for digit in f"{uuid4().int % 10**6:06}") + "看守所"
