"""Whether a decision keeps to the scale (裁量基准, 行政处罚法 34): a deviation is allowed, with its reasons on file."""

from contracts.benchmarks import Deviation, deviations, tiers

from discipline_api.record.store_benchmarks import BenchmarkTable
from discipline_api.record.tariff import Imposed
from discipline_api.refusals import Refused


def check_scale(
    table: BenchmarkTable, conduct_code: str, tier: str, imposed: Imposed, reasons: str | None, *, fields: str = ""
) -> list[Deviation]:
    """The deviations, all of them reasoned. Raises Refused for a tier the table does not have, or without reasons.

    `fields` goes before the names of the request's members.
    """
    if tier not in tiers():
        raise Refused("tier-unknown", "没有这一档次", "there is no such tier", field=f"{fields}tier")
    item = table.item(conduct_code, tier)
    if item is None:
        raise Refused(
            "tier-without-benchmark",
            f"裁量基准对 {conduct_code} 没有“{tiers()[tier].zh}”一档",
            f"the benchmark has no tier {tier} for {conduct_code}",
            field=f"{fields}tier",
        )
    found = deviations(item, imposed.kinds, imposed.fine_yuan, imposed.suspension_months)
    if found and reasons is None:
        raise Refused(
            "deviation-reasons-missing",
            "偏离裁量基准须说明理由：" + "；".join(each.zh for each in found),
            "it deviates from the benchmark, which needs reasons: " + "; ".join(each.en for each in found),
            field=f"{fields}deviation_reasons",
        )
    return found
