"""What changes a sanction on display without touching the decision: an earlier end, and what was printed wrongly."""

from dataclasses import dataclass, replace
from datetime import date

from contracts.discipline_events import SanctionDisplayCorrected, SanctionDisplayShortened, SubjectKind

from discipline_api.record.domain import Sanction, check_facts
from discipline_api.refusals import Refused


def shorten(sanction: Sanction, repaired_on: date, display_to_on: date) -> tuple[Sanction, SanctionDisplayShortened]:
    """After credit repair: on `display_to_on` the public sees it no more; the record itself stays as long as before."""
    if sanction.published_on is None or sanction.withdrawal is not None:
        raise ValueError("what is not published has no display to shorten")
    if display_to_on > sanction.term.display_to_on:
        raise ValueError("a display is never prolonged")
    term = sanction.term.repaired(repaired_on, display_to_on)
    shortened = replace(sanction, version=sanction.version + 1, term=term)
    event = SanctionDisplayShortened(
        version=shortened.version,
        region=sanction.decision.organ.region,
        case_id=sanction.case_id,
        repaired_on=repaired_on,
        display_to_on=display_to_on,
    )
    return shortened, event


@dataclass(frozen=True, slots=True)
class Correction:
    """What the page printed otherwise than the decision; None stands."""

    name: str | None = None
    firm_name: str | None = None
    facts: str | None = None
    facts_checked_by: str | None = None
    """Who has looked for minors and third parties in the new facts."""

    @property
    def fields(self) -> list[str]:
        return [name for name in ("name", "firm_name", "facts") if getattr(self, name) is not None]


def correct(
    sanction: Sanction, correction: Correction, corrected_on: date
) -> tuple[Sanction, SanctionDisplayCorrected]:
    """The decision stands as it is on paper; what this system printed of it is put right."""
    if sanction.published_on is None or sanction.withdrawal is not None:
        raise ValueError("what is not published has no display to correct")
    if correction.firm_name is not None and sanction.decision.subject.kind is SubjectKind.FIRM:
        raise Refused(
            "value-out-of-place", "律所没有所在律所", "a firm has no firm of its own", field="correction.firm_name"
        )
    check_facts(correction.facts, correction.facts_checked_by, field="correction.checked_for_third_parties")
    subject = replace(
        sanction.decision.subject,
        name=correction.name or sanction.decision.subject.name,
        firm_name=correction.firm_name or sanction.decision.subject.firm_name,
    )
    corrected = replace(
        sanction,
        version=sanction.version + 1,
        decision=replace(sanction.decision, subject=subject),
        facts=correction.facts or sanction.facts,
        facts_checked_by=correction.facts_checked_by or sanction.facts_checked_by,
    )
    if corrected.decision == sanction.decision and corrected.facts == sanction.facts:
        raise Refused(
            "nothing-corrected",
            "更正内容与现有内容相同",
            "the correction says what is printed already",
            field="correction",
        )
    event = SanctionDisplayCorrected(
        version=corrected.version,
        region=sanction.decision.organ.region,
        case_id=sanction.case_id,
        corrected_on=corrected_on,
        fields=correction.fields,
    )
    return corrected, event
