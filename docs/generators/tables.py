"""Markdown tables: the plan with what is computed of it, and the legal limits."""

from collections.abc import Iterable, Sequence

from contracts import conditions, deadlines
from contracts.plan import Operator, Target, WorkRequirement, plan
from contracts.reporting import reported
from progress_store.queries import COMPUTATIONS

from generators import NOTICE


def table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(str(cell).replace("|", "\\|") for cell in line) + " |" for line in lines) + "\n"


def required(target: Target) -> str:
    if target.op is Operator.RANGE:
        number = f"{target.min}–{target.max}"
    elif target.op is Operator.SOME:
        number = "一批 (no number)"
    else:
        number = f"{target.op.value} {target.value:,}"
    each = f"，每家 {target.threshold.op.value} {target.threshold.value} 人" if target.threshold else ""
    return number + each


def state_of(indicator_id: str) -> str:
    about = reported().get(indicator_id)
    if about is not None:
        return f"reported: {about.reporter.zh} {about.reporter.en}, {about.frequency.value}, {about.nature.value}"
    return "computed from " + " and ".join(f"`{topic}`" for topic in COMPUTATIONS[indicator_id].topics)


def section(item: WorkRequirement) -> str:
    rows = [
        (f"`{i.id}`", i.title_zh, i.unit, i.direction.value, "" if i.target is None else i.target.ref, state_of(i.id))
        for i in item.indicators
    ]
    return f"### {item.id} {item.title_zh}\n\n{item.title_en}. Deliverables: {len(item.deliverables)}.\n\n" + table(
        ("indicator", "中文", "unit", "better", "target", "value"), rows
    )


def measures() -> str:
    the_plan = plan()
    head = (
        f"# The plan\n\n{NOTICE} Source: `libs/contracts/contracts/plan.yaml`.\n\n"
        f"{the_plan.meta.title_zh}: {len(the_plan.groups)} groups, {len(the_plan.measures)} measures, "
        f"{len(the_plan.work_requirements)} work requirements, {len(the_plan.deliverables())} deliverables, "
        f"{len(the_plan.indicators())} indicators ({len(reported())} reported), {len(the_plan.targets)} "
        "targets.\n"
    )
    parts = [
        head,
        "## Targets\n\n"
        + table(
            ("target", "中文", "English", "required", "level", "due", "indicator"),
            ((t.id, t.title_zh, t.title_en, required(t), t.level, t.due, f"`{t.indicator}`") for t in the_plan.targets),
        ),
        "## Headline indicators\n\n"
        + table(
            ("indicator", "中文", "target", "value"),
            (
                (f"`{i.id}`", i.title_zh, "" if i.target is None else i.target.ref, state_of(i.id))
                for i in the_plan.headline_indicators
            ),
        ),
    ]
    for group in the_plan.groups:
        parts.append(f"## {group.id} {group.title_zh} ({group.title_en})\n")
        parts += [section(the_plan.measure(measure)) for measure in group.measures]
    parts.append("## Work requirements 工作要求\n")
    parts += [section(item) for item in the_plan.work_requirements]
    return "\n".join(parts)


def rules() -> str:
    rows = [
        (
            f"`{rule.id}`",
            f"{'≥ ' if rule.bound == 'min' else ''}{rule.value} {rule.unit}",
            rule.clock.value,
            rule.note_zh,
            rule.source,
            rule.basis.value,
            "yes" if rule.verified else "**no**",
        )
        for rule in deadlines.rules().values()
    ]
    unverified = sum(not rule.verified for rule in deadlines.rules().values())
    return (
        f"# Legal limits\n\n{NOTICE} Source: `libs/contracts/contracts/rules.yaml`.\n\n"
        f"{len(rows)} rows, {unverified} of them not verified: wherever such a row decides something, the answer says "
        "so. `≥` marks a period that must at least pass.\n\n"
        + table(("id", "value", "clock", "中文", "source", "basis", "verified"), rows)
        + "\n"
        + conditions_of_firms()
    )


def conditions_of_firms() -> str:
    rows = [
        (
            f"`{row.id}`",
            f"≥ {row.at_least:,} {row.unit}",
            row.needs.zh,
            row.source,
            row.basis.value,
            "yes" if row.verified else "**no**",
        )
        for row in conditions.conditions()
    ]
    unverified = sum(not row.verified for row in conditions.conditions())
    return (
        "## Conditions of establishing a firm 设立条件\n\nSource: `libs/contracts/contracts/conditions.yaml`.\n\n"
        f"{len(rows)} rows, {unverified} of them not verified. An establishment by hand that does not meet one is "
        "refused with its source; an import is warned.\n\n"
        + table(("id", "at least", "中文", "source", "basis", "verified"), rows)
    )
