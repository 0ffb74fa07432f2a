"""Words of papers about the plan: units, periods, and what a target asks."""

from contracts.plan import UNITS, Operator, Target


def asked(target: Target) -> tuple[str, str]:
    """What the text asks, in Chinese and English."""
    unit = UNITS[target.unit]
    each_zh, each_en = ("各地", " in each region") if target.level == "each-region" else ("", "")
    match target.op:
        case Operator.SOME:
            return f"{each_zh}一批", f"some{each_en}"
        case Operator.RANGE:
            return f"{each_zh}{target.min}—{target.max}{unit}", f"{target.min} to {target.max}{each_en}"
        case Operator.MORE_THAN:
            return f"{each_zh}超过{target.value}{unit}", f"more than {target.value}{each_en}"
        case Operator.AT_MOST:
            return f"前{target.value}{unit}", f"rank {target.value} or better"
        case Operator.AT_LEAST:
            return f"{each_zh}{target.value}{unit}以上", f"at least {target.value}{each_en}"


def period_zh(period: str) -> str:
    """2026-10 as 2026年10月."""
    year, month = period.split("-")
    return f"{year}年{int(month)}月"
