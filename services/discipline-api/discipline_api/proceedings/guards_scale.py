"""Guards of the scale: the benchmark's range, and what an earlier sanction makes of a new act."""

from contracts.benchmarks import deviations
from contracts.discipline_events import Penalty

from discipline_api.proceedings.guards import Case, guard, refused, under
from discipline_api.record.repeat import Repetition, repetitions
from discipline_api.record.scale import check_scale
from discipline_api.record.tariff import SUSPENSIONS, Escalation
from discipline_api.refusals import Refused


@guard("benchmark")
def benchmark(case: Case) -> None:
    penalising, table, reasons = case.penalising, case.known.benchmark, case.details.deviation_reasons
    if penalising is None or table is None:
        return
    if penalising.tier is not None:
        try:
            check_scale(table, penalising.conduct_code, penalising.tier, penalising.imposed, reasons)
        except Refused as refusal:
            raise under("benchmark", refusal) from None
        return
    # No tier is named: then it lies within one of them, or says why not. A ground of mitigation or escalation says it.
    items, imposed = table.items.get(penalising.conduct_code, ()), penalising.imposed
    explained = reasons is not None or penalising.mitigation is not None or penalising.escalation is not None
    if (
        items
        and not explained
        and all(deviations(item, imposed.kinds, imposed.fine_yuan, imposed.suspension_months) for item in items)
    ):
        raise refused(
            "benchmark",
            "不在裁量基准的任何一档之内，须说明理由",
            "it lies within no tier of the benchmark, which needs reasons",
            field="details.deviation_reasons",
        )


@guard("repetition")
def repetition(case: Case) -> None:
    """律师法 51 leaves no choice: a repetition on record leads to its consequence, unless a ground mitigates."""
    penalising, act, history = case.penalising, case.facts.act, case.known.history
    if penalising is None or act is None or history is None:
        return
    found = {each.escalation: each for each in repetitions(history, act.over_on)}
    if penalising.escalation is not None and penalising.escalation not in found:
        raise refused(
            "repetition",
            "系统中没有此前生效的处罚可作为再犯的依据，请先补录",
            "no earlier penalty on record makes this a repetition: record it first",
            field="details.escalation",
        )
    kinds = set(penalising.imposed.kinds)
    if penalising.mitigation is not None or Penalty.REVOCATION in kinds or penalising.escalation is not None:
        return
    suspended, warned = found.get(Escalation.REPEAT_SUSPENSION), found.get(Escalation.REPEAT_WARNING)
    if suspended is not None and kinds & SUSPENSIONS:
        raise _repeats(suspended)
    if warned is not None and Penalty.WARNING in kinds:
        raise _repeats(warned)


def _repeats(found: Repetition) -> Refused:
    zh, en = found.sentence
    return refused("repetition", zh, en, field="details.penalties")
