"""Decisions about a decision: why it is published or not, and what became of the remedies against it."""

from dataclasses import dataclass
from datetime import date

from contracts.disclosure import PublishingGround, WithholdingGround
from contracts.labels import LabelledEnum


@dataclass(frozen=True, slots=True)
class Withholding:
    """A reasoned decision not to publish (行政处罚法 48)."""

    ground: WithholdingGround
    reasons: str
    withheld_on: date


@dataclass(frozen=True, slots=True)
class PublishingReasons:
    """Why it is published although its class is not as a rule, or it was withheld before."""

    ground: PublishingGround
    reasons: str


class Outcome(LabelledEnum):
    """What became of the remedies against a decision; without any of these they lapse with time."""

    PENDING = "pending", "复议或诉讼审理中", "review or litigation under way"
    UPHELD = "upheld", "复议或诉讼维持", "upheld in review or litigation"
    DISCONTINUED = "discontinued", "复议或诉讼终止", "review or litigation was given up"


@dataclass(frozen=True, slots=True)
class Finality:
    """`number`: how many such outcomes are on record, this one included."""

    number: int
    outcome: Outcome
    document_number: str
    on: date
