"""Who follows which feed, what legal duty rests on it, and how often each source is heard of."""

from contracts.consumers import consumers
from contracts.rhythms import rhythms

from generators import NOTICE
from generators.tables import table


def operations_page() -> str:
    known, heard = consumers(), rhythms()
    unconfirmed = "readings and assumptions of this system that the department has not confirmed"
    followers = [
        (f"`{each.id}` {each.zh}", f"{each.service}-api", ", ".join(each.topics), "queue" if each.queue else "feed")
        for each in known.consumers
    ]
    duties = [
        (
            f"`{duty.id}`<br>{duty.zh}<br>{duty.en}",
            f"`{duty.consumer}`",
            "<br>".join(f"`{each}`" for each in duty.event_types) or "whatever waits",
            f"`{duty.rule}` {duty.term.value} {duty.term.clock} {duty.term.unit}<br>{duty.term.source}"
            + ("" if duty.term.verified else " (not verified)"),
            len(duty.indicators) or "-",
        )
        for duty in known.duties
    ]
    sources = [
        (
            f"`{each.id}`<br>{each.zh}<br>{each.en}",
            each.topic or "every feed",
            "each region" if each.each_region else "the province",
            f"{each.every.value} {each.every.unit}"
            + ("" if each.season is None else f", {each.season.from_on} to {each.season.to_on}"),
            each.basis,
            len(each.stale) or "-",
        )
        for each in heard.rhythms
    ]
    return (
        f"# Operations 运行监测\n\n{NOTICE} Sources: `libs/contracts/contracts/consumers.yaml`, `rhythms.yaml`"
        + ("" if known.verified and heard.verified else f", {unconfirmed}")
        + ". What is told to whom: [0042](decisions/0042-lag-is-told-as-deadlines.md).\n\n## Consumers\n\n"
        f"Silent after {known.alive_seconds} seconds without a sign of life.\n\n"
        + table(("consumer", "service", "feeds", "takes from"), followers)
        + f"\n## Duties\n\nAt risk once {known.at_risk:.0%} of the term have passed since the event, lost once all "
        "has; `indicators`: how many are stale meanwhile.\n\n"
        + table(("duty", "consumer", "events", "term", "indicators"), duties)
        + "\n## Rhythms\n\nSilence beyond `every` is an alarm, closed by itself once the source is heard again.\n\n"
        + table(("source", "feed", "of", "every", "assumed because", "indicators"), sources)
    )
