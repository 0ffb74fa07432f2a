"""The rules by which notices (督办) are proposed, issued and escalated."""

from contracts.deadlines import rule
from contracts.notices import notice_rules

from generators import NOTICE
from generators.tables import table


def notices_page() -> str:
    rules = notice_rules()
    colours = [
        (
            f"`{colour}` {colour.zh}",
            f"`{row.answer}` {rule(row.answer).value} {rule(row.answer).clock} {rule(row.answer).unit}",
            "-" if row.next is None else f"`{row.next}`",
            "yes" if row.two_officers else "no",
        )
        for colour, row in rules.colours.items()
    ]
    triggers = [
        (
            f"`{each.id}`",
            f"{each.trigger.zh}<br>{each.trigger.en}",
            each.days,
            "the next one" if each.colour is None else f"`{each.colour}`",
            "the rule" if each.issues else "an officer",
            each.text_zh,
        )
        for each in rules.rules
    ]
    return (
        f"# Notices 督办\n\n{NOTICE} Source: `libs/contracts/contracts/notices.yaml`"
        + ("" if rules.verified else ", proposals of this system that the department has not confirmed")
        + ".\n\nA notice is overdue from the midnight that ends its due day, whether or not a timer has looked. An "
        f"answer that is sent back must come again by `{rules.answer_again}`. Whatever a rule says, a colour of two "
        "officers "
        "waits for both.\n\n## Colours\n\n"
        + table(("colour", "answer due", "escalates to", "two officers"), colours)
        + "\n## Rules\n\n`days`: full days since the first on which it is so. One notice stands open per rule, subject "
        "and organisation; each occasion is put forward once.\n\n"
        + table(("rule", "when", "days", "colour", "issued by", "text"), triggers)
    )
