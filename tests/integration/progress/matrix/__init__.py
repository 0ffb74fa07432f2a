"""The rights of the plan's work, endpoint by endpoint: who is let in to what is 郑州's, or the department's alone.

A row says who passes; what he then gets is the business of other tests, but for what is planted in the world: each of
those texts says who alone may read it, wherever it is asked for. A new endpoint without a row fails test_matrix.
"""

from tests.support.matrix import Row

from .asking import TABLE_OF_INSPECTIONS, TABLE_OF_NOTICES, TABLE_OF_REPORTS
from .callers import CALLERS, Caller
from .reads import TABLE_OF_MACHINERY, TABLE_OF_PUBLIC, TABLE_OF_VALUES
from .steering import TABLE_OF_DELIVERABLES, TABLE_OF_DOCUMENTS, TABLE_OF_RELEASES

TABLE: tuple[Row, ...] = (
    *TABLE_OF_DELIVERABLES,
    *TABLE_OF_DOCUMENTS,
    *TABLE_OF_RELEASES,
    *TABLE_OF_REPORTS,
    *TABLE_OF_NOTICES,
    *TABLE_OF_INSPECTIONS,
    *TABLE_OF_MACHINERY,
    *TABLE_OF_VALUES,
    *TABLE_OF_PUBLIC,
)

__all__ = ["CALLERS", "TABLE", "Caller"]
