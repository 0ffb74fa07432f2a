"""What a message is, and how many one case may hold."""

from dataclasses import dataclass, field
from datetime import datetime

from contracts.labels import LabelledEnum

from rights_api.refusals import Refused

MOST_PER_SIDE = 500
"""Of one case; whoever holds a receipt cannot fill the disk with it."""


class Direction(LabelledEnum):
    IN = "in", "申请人来信", "from the complainant"
    OUT = "out", "经办人来信", "from the officers"


class About(LabelledEnum):
    MESSAGE = "message", "留言", "a message"
    EVIDENCE = "evidence", "补充证据", "more evidence"


@dataclass(frozen=True, slots=True)
class Message:
    ordinal: int
    direction: Direction
    about: About
    at: datetime
    read_at: datetime | None
    text: str | None = field(repr=False)
    """None where it is not shown to this reader."""


def demand_room(already: int) -> None:
    if already >= MOST_PER_SIDE:
        raise Refused(
            "too-many-messages",
            f"一件中每方最多{MOST_PER_SIDE}条留言。",
            f"A case holds at most {MOST_PER_SIDE} messages of each side.",
            conflict=True,
        )
