"""Whether what is imposed is within the organ's power and the article's tiers, and which of two is heavier."""

from collections.abc import Mapping, Sequence
from typing import Any

from . import law

AMOUNT = {
    "fine": "fine_yuan",
    "confiscation": "confiscated_yuan",
    "suspension": "suspension_months",
    "firm-suspension": "suspension_months",
    "membership-suspension": "suspension_months",
}
Penalties = Sequence[Mapping[str, Any]]


def kinds(penalties: Penalties) -> list[str]:
    return [each["kind"] for each in penalties]


def amount(penalties: Penalties, name: str) -> int:
    return sum(each.get(name) or 0 for each in penalties)


def is_malformed(penalties: Penalties) -> bool:
    """Each kind once, with its amount and with no other."""
    told = kinds(penalties)
    amounts = {"fine_yuan", "confiscated_yuan", "suspension_months"}
    return len(set(told)) < len(told) or any(
        {name for name in amounts if each.get(name) is not None} != {AMOUNT[each["kind"]]} & amounts
        if each["kind"] in AMOUNT
        else any(each.get(name) is not None for name in amounts)
        for each in penalties
    )


def is_beyond_authority(organ_kind: str, penalties: Penalties) -> bool:
    """D01, D02; of associations that only the provincial one cancels membership."""
    return not set(kinds(penalties)) <= law.IMPOSED_BY[organ_kind]


def _main(penalties: Penalties) -> set[str]:
    """What is imposed beside a fine and a confiscation, which are added to it."""
    return set(kinds(penalties)) - {"fine", "confiscation"}


def is_beyond_tariff(subject: str, code: str, penalties: Penalties, *, mitigated: bool) -> bool:
    """D03, D04, D22. The tiers of an article exclude one another; below its tier only with a ground of mitigation."""
    row = law.TARIFF.get(code)
    if row is None or row.subject != subject:
        return True
    main, fine = _main(penalties), amount(penalties, "fine_yuan")
    months = amount(penalties, "suspension_months")
    if main & law.IMPOSED_BY[law.ASSOCIATION]:
        return len(penalties) != 1 or ("membership-suspension" in main and not 1 <= months <= 12)
    if fine > row.may_add_fine or len(main) > 1:
        return True
    if row.mandatory is not None:
        return main != {row.mandatory}
    if code == "F50¶2":  # 警告或者罚款
        return not (({"warning"} == main and not fine) or (fine and not main))
    if not main <= row.tiers | row.severe:
        return not (mitigated and main <= {"warning"} | law.SUSPENSIONS and _is_lighter(main, row))
    if main & law.SUSPENSIONS:
        return months > row.months[1] or (months < row.months[0] and not mitigated)
    return not main and not mitigated


def _is_lighter(main: set[str], row: law.Tariff) -> bool:
    return max(law.GRAVITY[kind] for kind in main) < min(law.GRAVITY[kind] for kind in row.tiers)


def is_severe(code: str, penalties: Penalties) -> bool:
    """Of the tier for 情节严重."""
    return bool(_main(penalties) & law.TARIFF[code].severe)


def needs_hearing(subject: str, penalties: Penalties) -> bool:
    """D14, D22; with a large confiscation (行政处罚法 63). The amount itself is large (以上 includes the number)."""
    told = set(kinds(penalties))
    if told & (law.HEARING_DUE | law.MEMBERSHIP):
        return True
    return max(amount(penalties, name) for name in ("fine_yuan", "confiscated_yuan")) >= law.LARGE[subject]


def is_heavier(one: Penalties, other: Penalties) -> bool:
    """In any respect: what is graver in one and milder in another was not notified either (D13, D16)."""

    def weight(penalties: Penalties) -> tuple[int, int]:
        main = [law.GRAVITY[kind] for kind in _main(penalties)]
        return max(main, default=0), amount(penalties, "suspension_months")

    return (
        weight(one) > weight(other)
        or amount(one, "fine_yuan") > amount(other, "fine_yuan")
        or amount(one, "confiscated_yuan") > amount(other, "confiscated_yuan")
    )
