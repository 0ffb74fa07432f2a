"""What a complaint is about, in codes and days."""

from dataclasses import dataclass
from datetime import date

from contracts.discipline_events import SubjectKind

from discipline_api.complaints.terms import IdentityMode, Source


@dataclass(frozen=True, slots=True)
class Matter:
    """What is complained of, without a word about who complains, about whom, or what happened."""

    subject_kind: SubjectKind
    region: str
    hints: tuple[str, ...]
    money_back: bool
    identity_mode: IdentityMode
    source: Source
    received_on: date
    """By the organ that holds it first; its clock begins here."""
    source_received_on: date | None = None
    """By the organ that passed it on: the original day, whatever came after."""
    happened_from: date | None = None
    happened_to: date | None = None
    consent: bool = False
    """That the complainant's name goes along where the complaint is forwarded."""

    def overlaps(self, other: "Matter") -> bool:
        """Whether both may be about the same time; a day not given excludes nothing."""
        begins, ends = self.happened_from or date.min, self.happened_to or date.max
        return begins <= (other.happened_to or date.max) and (other.happened_from or date.min) <= ends
