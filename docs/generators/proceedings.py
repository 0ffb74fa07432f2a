"""The machines of discipline's cases as a page: states, steps, what each needs, guards, deadlines, numbers."""

from collections.abc import Iterable

from contracts.deadlines import rule
from contracts.proceedings import Based, Begins, GuardRow, Machine, Need, Number, Step, guards, machines, numbers
from discipline_api.proceedings.forms import DETAILS

from generators import NOTICE
from generators.tables import table

_HOW = """\
A step is `POST /v1/proceedings/{id}/steps` with `step`, `on`, `document_number`, `reason` and `details`;
`GET /v1/proceedings/{id}/next` tells which are possible now and which guard refuses what. Members in **bold** are
required, the others may be given, anything else is refused. An outcome that imposes something needs `conduct_code` and
`penalties`, no other may have them; `handed_to` is of `criminal`. `on` is the day of the act itself:
the notice reached the subject, the hearing was held, the decision was signed, the decision was served.
"""


def proceedings() -> str:
    parts = [
        f"# Cases 案件办理\n\n{NOTICE} Source: `libs/contracts/contracts/proceedings.yaml`.\n",
        _HOW,
    ]
    for kind, rows in machines().items():
        parts += [f"## {rows.zh} {kind.en.capitalize()}\n", _diagram(rows), _states(rows), _steps(rows), _details(rows)]
    parts += [_guards(guards().values()), _numbers(numbers().values())]
    return "\n".join(parts)


def _diagram(rows: Machine) -> str:
    edges = {
        (state, to)
        for step in rows.steps
        for state in step.from_
        for to in {step.to or state, *step.to_by.values()}
        if to != state
    }
    order = [state.code for state in rows.states]
    lines = sorted(edges, key=lambda edge: (order.index(edge[0]), order.index(edge[1])))
    body = "\n".join(f"  {start} --> {to}" for start, to in lines)
    return f"```mermaid\nstateDiagram-v2\n  [*] --> {rows.initial}\n{body}\n```\n"


def _states(rows: Machine) -> str:
    return table(
        ("state", "中文", "English", "end"),
        ((f"`{s.code}`", s.zh, s.en, "yes" if s.end else "") for s in rows.states),
    )


def _steps(rows: Machine) -> str:
    return table(
        (
            "step",
            "中文",
            "from",
            "to",
            "organs",
            "document, reason",
            "details",
            "guards",
            "deadlines",
            "source",
            "verified",
        ),
        (
            (
                f"`{step.code}`",
                step.zh,
                " ".join(step.from_) + _track(step),
                _leads_to(step),
                " ".join(organ.value for organ in step.organs) + (" (above)" if len(step.reach) > 1 else ""),
                ", ".join(_need(name, need) for name, need in _around(step) if need is not Need.NONE),
                ", ".join([*(f"**{name}**" for name in step.needs), *step.may]),
                " ".join(f"`{guard}`" for guard in step.guards),
                "; ".join(_deadlines(step)),
                step.source,
                _verified(step),
            )
            for step in rows.steps
        ),
    )


def _around(step: Step) -> tuple[tuple[str, Need], ...]:
    return (("document_number", step.document), ("reason", step.reason))


def _need(name: str, need: Need) -> str:
    return f"**{name}**" if need is Need.REQUIRED else name


def _track(step: Step) -> str:
    return f" (remedy: {', '.join(step.remedy_from)})" if step.remedy_from else ""


def _leads_to(step: Step) -> str:
    by = [f"{outcome}: {state}" for outcome, state in step.to_by.items()]
    remedy = [f"remedy: {step.remedy_to.value}"] if step.remedy_to is not None else []
    return "; ".join([step.to or "(stays)", *by, *remedy])


def _deadlines(step: Step) -> Iterable[str]:
    yield from (_begins(each) for each in step.begins)
    if step.meets:
        yield "meets " + ", ".join(step.meets)
    if step.lapses:
        yield "ends " + ", ".join(step.lapses)


def _begins(each: Begins) -> str:
    row = rule(each.rule)
    whose = ", the party's" if each.bearer == "party" else ""
    when = f", where {each.when}" if each.when is not None else ""
    return f"begins {each.name} ({row.value} {row.unit}, {row.clock.value}{whose}{when})"


def _details(rows: Machine) -> str:
    outcomes = [(f"`{s.code}`", f"`{s.outcome_field}`", ", ".join(s.outcomes)) for s in rows.steps if s.outcomes]
    said = {name for step in rows.steps for name in (*step.needs, *step.may)}
    meanings = {
        name: field.description or ""
        for step in rows.steps
        for name, field in DETAILS[step.code].model_fields.items()
        if name in said
    }
    return (
        table(("step", "member", "one of"), outcomes)
        + "\n"
        + table(("member of details", "meaning"), ((f"`{name}`", text) for name, text in sorted(meanings.items())))
    )


def _guards(rows: Iterable[GuardRow]) -> str:
    return "## Guards 条件\n\n" + table(
        ("guard", "中文", "English", "source", "basis", "verified"),
        ((f"`{row.id}`", row.zh, row.en, row.source, row.basis.value, _verified(row)) for row in rows),
    )


def _numbers(rows: Iterable[Number]) -> str:
    return "## Numbers 数值\n\n" + table(
        ("number", "value", "中文", "source", "basis", "verified"),
        ((f"`{row.id}`", row.value, row.zh, row.source, row.basis.value, _verified(row)) for row in rows),
    )


def _verified(row: Based) -> str:
    return "yes" if row.verified else "**no**"
