"""The made-up province: 45,000 practising lawyers, about 1,600 firms, 18 regions, Zhengzhou near 44 %."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from zlib import crc32

from contracts.counties import COUNTIES
from contracts.regions import REGIONS, Region
from stdnum.cn import uscc

from yulu.demo import names

LAWYERS = 45_000
SEED = 20240202
"""The day the plan was issued."""

ZHENGZHOU = "410100"
# Zhengzhou's large firms come on top: together they give it about 44 %.
WEIGHTS = {
    ZHENGZHOU: 31.0, "410200": 3.2, "410300": 7.6, "410400": 3.0, "410500": 3.3, "410600": 1.1, "410700": 4.3,
    "410800": 2.6, "410900": 2.4, "411000": 3.0, "411100": 1.5, "411200": 1.4, "411300": 6.4, "411400": 4.4,
    "411500": 3.6, "411600": 4.2, "411700": 3.5, "419001": 0.5,
}  # fmt: skip
# (category, share of lawyers, whether he practises at a firm)
_CATEGORIES = (
    (1, 0.82, True),
    (2, 0.02, True),
    (3, 0.001, True),
    (5, 0.001, True),
    (6, 0.11, False),
    (7, 0.045, False),
)
_CATEGORY_ZH = {
    1: "专职律师", 2: "兼职律师", 3: "香港居民律师", 4: "澳门居民律师", 5: "台湾居民律师",
    6: "公职律师", 7: "公司律师", 8: "法律援助律师",
}  # fmt: skip
# Sizes of the largest firms: 38 of 100 or more, 9 of 200 or more, 2 of 300 or more: just short of the targets.
_LARGE = (342, 305, 280, 262, 251, 240, 228, 214, 203, *(199 - 3 * i for i in range(28)), 100)
_EDGE = (99, 98, 60)
"""Firms just below the threshold, and one to merge."""

LAWYER_HEADER = (
    "姓名",
    "执业证号",
    "执业类别",
    "性别",
    "执业机构",
    "统一社会信用代码",
    "地区",
    "首次执业日期",
    "执业状态",
)
FIRM_HEADER = ("律所名称", "统一社会信用代码", "组织形式", "地区", "县区", "设立日期", "状态", "总所统一社会信用代码")


@dataclass(frozen=True, slots=True)
class DemoFirm:
    name: str
    code: str
    kind_zh: str
    region: Region
    established_on: date
    size: int
    parent: str = ""

    @property
    def county(self) -> str:
        """By its code, so that it takes no draw from the others: two thirds in districts, and all large firms."""
        draw = crc32(self.code.encode())
        units = [county for county in COUNTIES.values() if county.region == self.region.code]
        urban = self.size >= _EDGE[-1] or draw % 3 > 0
        seats = [county for county in units if county.in_county_area is not urban] or units
        return seats[draw // 3 % len(seats)].name_zh


@dataclass(frozen=True, slots=True)
class DemoLawyer:
    name: str
    number: str
    category: int
    sex_zh: str
    institution: str
    code: str
    region: Region
    first_licensed_on: date

    def row(self) -> tuple[str, ...]:
        return (
            self.name, self.number, _CATEGORY_ZH[self.category], self.sex_zh, self.institution, self.code,
            self.region.name_zh, self.first_licensed_on.isoformat(), "执业",
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Province:
    firms: tuple[DemoFirm, ...]
    lawyers: tuple[DemoLawyer, ...]

    def firm_of_size(self, size: int) -> DemoFirm:
        return next(firm for firm in self.firms if firm.size == size)

    def lawyers_of(self, firm: DemoFirm) -> list[DemoLawyer]:
        return [lawyer for lawyer in self.lawyers if lawyer.code == firm.code]


def make(*, lawyers: int = LAWYERS, seed: int = SEED) -> Province:
    """The same for the same seed and size."""
    random = Random(seed)
    at_firms = round(lawyers * sum(share for _, share, at_firm in _CATEGORIES if at_firm))
    firms = _firms(random, at_firms)
    serials = random.sample(range(1, 1_000_000), lawyers)
    made: list[DemoLawyer] = []
    for firm in firms:
        for _ in range(firm.size):
            category = 1 if random.random() < 0.975 else random.choice((2, 2, 2, 2, 3, 5))
            made.append(_lawyer(random, firm.region, category, firm.name, firm.code, serials[len(made)]))
    regions, weights = _regions()
    while len(made) < lawyers:
        region = random.choices(regions, weights)[0]
        category = 6 if random.random() < 0.71 else 7
        employer = f"{region.name_zh}{'人民政府' if category == 6 else '投资集团有限公司'}"
        made.append(_lawyer(random, region, category, employer, "", serials[len(made)]))
    return Province(tuple(firms), tuple(made))


def _regions() -> tuple[list[Region], list[float]]:
    return [REGIONS[code] for code in WEIGHTS], list(WEIGHTS.values())


def _firms(random: Random, lawyers: int) -> list[DemoFirm]:
    regions, weights = _regions()
    taken: set[str] = set()
    codes: set[str] = set()
    firms: list[DemoFirm] = []
    left = lawyers
    if lawyers > sum(_LARGE) + sum(_EDGE):
        for size in (*_LARGE, *_EDGE):
            region = (
                REGIONS[ZHENGZHOU]
                if random.random() < 0.8 or size >= 200 or size <= 100
                else random.choices(regions, weights)[0]
            )
            kind = "特殊的普通合伙" if size >= 200 else "普通合伙"
            firms.append(_firm(random, region, kind, size, taken, codes))
            left -= size
    while left > 0:
        region = random.choices(regions, weights)[0]
        kind = random.choices(("普通合伙", "个人", "国资"), (72, 26, 2))[0]
        size = min(left, random.randint(1, 8) if kind == "个人" else min(95, 4 + int(random.expovariate(1 / 19))))
        firms.append(_firm(random, region, kind, size, taken, codes))
        left -= size
    head = firms[0]
    firms.append(_firm(random, REGIONS["410300"], "分所", 0, taken, codes, parent=head.code))
    firms.append(_firm(random, REGIONS[ZHENGZHOU], "港澳联营", 0, taken, codes))
    return firms


def _firm(  # noqa: PLR0917 -- one row of a made-up register
    random: Random, region: Region, kind: str, size: int, taken: set[str], codes: set[str], parent: str = ""
) -> DemoFirm:
    while True:
        body = "".join(random.choice("0123456789ABCDEFGHJKLMNPQRTUWXY") for _ in range(9))
        stem = f"31410000{body}"
        code = stem + uscc.calc_check_digit(stem)
        if code not in codes:
            codes.add(code)
            break
    established = date(1994, 1, 1) + timedelta(days=random.randrange(365 * 28))
    return DemoFirm(names.firm(random, region.name_zh, taken), code, kind, region, established, size, parent)


def _lawyer(  # noqa: PLR0917 -- one row of a made-up register
    random: Random, region: Region, category: int, institution: str, code: str, serial: int
) -> DemoLawyer:
    year = random.choices((1998, 2004, 2009, 2014, 2018, 2022), (5, 8, 14, 20, 28, 25))[0] + random.randrange(4)
    first = date(year, 1, 1) + timedelta(days=random.randrange(365))
    female = random.random() < 0.41
    number = f"1{region.licence_digits}{year}{category}{int(female)}{serial:06d}"
    return DemoLawyer(
        names.person(random), number, category, "女" if female else "男", institution, code, region, first
    )


def firms_csv(province: Province) -> bytes:
    rows = [
        (f.name, f.code, f.kind_zh, f.region.name_zh, f.county, f.established_on.isoformat(), "正常", f.parent)
        for f in province.firms
    ]
    return _csv(FIRM_HEADER, rows)


def lawyers_csv(province: Province) -> bytes:
    return _csv(LAWYER_HEADER, [lawyer.row() for lawyer in province.lawyers])


def _csv(header: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> bytes:
    # No value holds a comma or a quote. The mark at the start tells Excel that it is UTF-8.
    return "\r\n".join([",".join(header), *(",".join(row) for row in rows), ""]).encode("utf-8-sig")
