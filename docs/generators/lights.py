"""The rules behind every colour, as a page."""

from contracts.lights import light_rules

from generators import NOTICE
from generators.tables import table

_PROPOSED = "for the department to confirm"


def lights_page() -> str:
    data = light_rules()
    rules = data.rules
    unverified = sum(not rule.verified for rule in rules)
    worst_first = ", ".join(f"`{colour}` {colour.zh}" for colour in data.aggregate.worst_first)
    kept = ", ".join(f"`{of}` {of.zh}" for of in data.aggregate.evidence_keeps_from_green)
    rows = (
        (
            f"`{rule.id}`",
            rule.of,
            " ".join(rule.colours),
            f"{rule.zh}<br>{rule.en}",
            rule.needs,
            rule.source,
            _confirmed(verified=rule.verified),
        )
        for rule in rules
    )
    return (
        f"# Lights 亮灯\n\n{NOTICE} Source: `libs/contracts/contracts/lights.yaml`.\n\n"
        f"{len(rules)} rules, {unverified} of them {_PROPOSED}. Words in braces are filled in with what a light was "
        "computed from. Grey and stale are no judgement and have no percentage; no light is green without evidence of "
        "its period. An aggregate takes the first of these colours that any part has: "
        f"{worst_first}; grey parts are counted apart, and in {kept} a part without evidence keeps the whole from "
        "being green.\n\n"
        + table(("rule", "of", "colours", "what it says", "needs", "source", "verified"), rows)
        + "\n## Thresholds 阈值\n\n"
        + table(("what", "number", "source", "verified"), _thresholds())
    )


def _confirmed(*, verified: bool) -> str:
    return "yes" if verified else f"**no**, {_PROPOSED}"


def _thresholds() -> list[tuple[object, ...]]:
    return [
        (f"`{name}.{number}`", value, proposal["source"], _confirmed(verified=proposal["verified"]))
        for name, proposal in light_rules().thresholds.model_dump().items()
        for number, value in proposal.items()
        if number not in ("source", "verified")
    ]
