"""How long a case, or a watch that became none, is kept once it has ended; reads obey it before any timer comes.

PIPL 47: what has served its purpose is deleted. No rule names the years: rights.retention is ours, and shows as such.
"""

from datetime import date, datetime, timedelta
from functools import lru_cache

from contracts.deadlines import rule
from contracts.rights_proceedings import rights_states
from contracts.working_days import local_date, months_after

from rights_api.refusals import TermOver

RETENTION = "rights.retention"
OPEN = tuple(state for state, info in rights_states().items() if info.open)
"""States of cases whose term has not begun."""
ENDED = tuple(state for state in rights_states() if state not in OPEN)
_DAY = timedelta(days=1)


def check_kept(ended_at: datetime, today: date, erased_at: datetime | None) -> None:
    """Raises TermOver from the day after the term. `ended_at`: when what is no longer open was last heard of.

    What is erased stays over, whatever the rule says since, and a clock that is behind the timer's.
    """
    over_on = rule(RETENTION).ends_on(ended_at) + _DAY
    if erased_at is not None:
        raise TermOver(min(over_on, local_date(erased_at)), RETENTION)
    if over_on <= today:
        raise TermOver(over_on, RETENTION)


@lru_cache(maxsize=8)
def kept_from(today: date) -> date:
    """The first day of all on which a case may have ended whose term is not over `today`."""
    term = rule(RETENTION)
    day = months_after(today, -term.value)
    # A month may be shorter than the one three years later: the days around are asked one by one.
    while term.ends_on(day - _DAY) >= today:
        day -= _DAY
    while term.ends_on(day) < today:
        day += _DAY
    return day
