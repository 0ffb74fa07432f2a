"""The rules of the rights channel beside the tests that are named after them, and how a case moves."""

from contracts.rights_proceedings import Step, rights_clocks, rights_machine, rights_states
from contracts.rights_rules import rights_rules

from generators import NOTICE
from generators.discipline import tests_by_rule
from generators.tables import table


def rights_rules_page() -> str:
    tests = tests_by_rule("rr")
    rules = rights_rules()
    rows = [
        (
            rule.id,
            f"{rule.zh}<br>{rule.en}",
            rule.source,
            "yes" if rule.verified else "**no**",
            "<br>".join(f"`{test}`" for test in tests.get(rule.id, ())) or "**none**",
        )
        for rule in rules
    ]
    unverified = sum(not rule.verified for rule in rules)
    return (
        f"# Rules of the rights channel\n\n{NOTICE} Sources: `rights_rules.yaml` and `rights_proceedings.yaml` in "
        f"`libs/contracts/contracts`, and the names of the tests.\n\n{len(rules)} rules, {unverified} of them not "
        "verified. Numbers are in [rules.md](rules.md).\n\n"
        + table(("rule", "statement", "source", "verified", "tests"), rows)
        + "\n## How a case moves 办理流程\n\n"
        + table(("step", "中文", "by", "from", "to", "deadlines", "guards"), [_step(s) for s in rights_machine().steps])
        + "\n### Deadlines 期限\n\n"
        + table(
            ("deadline", "中文", "rule", "of a petition", "kept by"),
            [
                (f"`{c.id}`", c.zh, f"`{c.rule}`", f"`{c.rule_petition}`" if c.rule_petition else "", c.bearer)
                for c in rights_machine().clocks
            ],
        )
        + "\n### Guards 条件\n\n"
        + table(
            ("guard", "中文", "English", "source", "basis"),
            [(f"`{g.id}`", g.zh, g.en, g.source, g.basis) for g in rights_machine().guards],
        )
    )


def _step(step: Step) -> tuple[str, ...]:
    states = rights_states()
    to = "" if step.to is None else states[step.to].zh
    if step.to_petition is not None:
        to += f"（申诉控告：{states[step.to_petition].zh}）"
    deadlines = [
        *(f"begins {rights_clocks()[b.clock].id}" for b in step.begins),
        *(f"meets {name}" for name in step.meets),
        *(f"ends {name}" for name in step.ends),
        *(f"pauses {name}" for name in step.pauses),
        *(f"resumes {name}" for name in step.resumes),
        *(("ends all",) if step.lapses else ()),
    ]
    from_zh = "、".join(states[state].zh for state in step.from_)
    return (f"`{step.id}`", step.zh, step.by, from_zh, to, ", ".join(deadlines), ", ".join(step.guards))
