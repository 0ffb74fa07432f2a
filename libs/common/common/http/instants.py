"""An instant as requests give it."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime

from common.http.problems import Invalid


def in_utc(at: datetime) -> datetime:
    """Raises Invalid on what only its offset keeps within the calendar, such as 0001-01-01T00:00+14:00."""
    try:
        return at.astimezone(UTC)
    except OverflowError as error:
        raise Invalid("超出可用的时间范围", "is out of the range of times") from error


Instant = Annotated[AwareDatetime, AfterValidator(in_utc)]
"""With an offset; in UTC from here on: the database driver turns every instant into that."""
