"""The rights of discipline, endpoint by endpoint: who is let in to what belongs to the organs of 郑州, and who is not.

A row says who passes; what he then gets is the business of other tests. A new endpoint without a row fails test_matrix.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from tests.support.matrix import Row

from .callers import CALLERS, EVERYBODY, OUTSIDE, TOKEN, USUAL, Caller
from .complaints import TABLE_OF_COMPLAINTS, TABLE_OF_IMPOSTORS
from .machinery import TABLE_OF_MACHINERY
from .proceedings import TABLE_OF_PAPERWORK, TABLE_OF_PROCEEDINGS
from .public import TABLE_OF_PUBLIC
from .remarks import TABLE_OF_REMARKS
from .sanctions import TABLE_OF_SANCTIONS

_TABLES = (
    TABLE_OF_PUBLIC,
    TABLE_OF_SANCTIONS,
    TABLE_OF_REMARKS,
    TABLE_OF_COMPLAINTS,
    TABLE_OF_IMPOSTORS,
    TABLE_OF_PROCEEDINGS,
    TABLE_OF_PAPERWORK,
    TABLE_OF_MACHINERY,
)


def _asked(rows: Iterable[Row]) -> Iterator[Row]:
    """Everybody is asked at the first door of its kind, one that lets in the same callers; at the others the usual."""
    kinds = set[tuple[frozenset[str], frozenset[str]]]()
    for row in rows:
        if row.among is not None:
            yield row
            continue
        among = OUTSIDE if row.passes >= TOKEN else USUAL
        yield replace(row, among=among if (row.passes, row.alike) in kinds else EVERYBODY)
        kinds.add((row.passes, row.alike))


TABLE: tuple[Row, ...] = tuple(row for table in _TABLES for row in _asked(table))

__all__ = ["CALLERS", "TABLE", "Caller"]
