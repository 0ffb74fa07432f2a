"""The rights of discipline, endpoint by endpoint: who is let in to what belongs to the organs of 郑州, and who is not.

A row says who passes; what he then gets is the business of other tests. A new endpoint without a row fails test_matrix.
"""

from tests.support.matrix import Row

from .callers import CALLERS, Caller
from .complaints import TABLE_OF_COMPLAINTS, TABLE_OF_IMPOSTORS
from .machinery import TABLE_OF_MACHINERY
from .proceedings import TABLE_OF_PAPERWORK, TABLE_OF_PROCEEDINGS
from .public import TABLE_OF_PUBLIC
from .remarks import TABLE_OF_REMARKS
from .sanctions import TABLE_OF_SANCTIONS

TABLE: tuple[Row, ...] = (
    *TABLE_OF_PUBLIC,
    *TABLE_OF_SANCTIONS,
    *TABLE_OF_REMARKS,
    *TABLE_OF_COMPLAINTS,
    *TABLE_OF_IMPOSTORS,
    *TABLE_OF_PROCEEDINGS,
    *TABLE_OF_PAPERWORK,
    *TABLE_OF_MACHINERY,
)

__all__ = ["CALLERS", "TABLE", "Caller"]
