"""考核督查 of the plan: how grave a finding is, and until when it must be put right."""

from datetime import date

from contracts.deadlines import rule
from contracts.labels import LabelledEnum
from contracts.working_days import Deadline


class FindingSeverity(LabelledEnum):
    MINOR = "minor", "一般问题", "minor finding"
    SERIOUS = "serious", "较重问题", "serious finding"
    GRAVE = "grave", "严重问题", "grave finding"

    def rectification_due(self, from_on: date) -> Deadline:
        """Of a finding that is recorded on `from_on`."""
        return rule(f"inspection.rectification-{self.value}").deadline(from_on)


def rectification_again_due(from_on: date) -> Deadline:
    """When a rectification that is sent back on `from_on` must be answered again."""
    return rule("inspection.rectification-again").deadline(from_on)
