"""The rights of the rights channel, operation by operation: who is let in to what is of 郑州's lawyers, who is not.

Written from the law notes and the design, by a second reader: an association owns its lawyers' cases, and those to whom
one is assigned handle it; organs above and beside see metadata; where it is urgent the place where it happened may open
it; an accused justice organ finds nothing at all, and whoever has no business here learns of no case. A listed organ
sees the letters to its own complaint unit. The receipt is the complainant's only right. A new operation without a row
fails test_matrix.
"""

from tests.support.matrix import Row

from .callers import CALLERS, Caller
from .cases import TABLE_OF_CASES
from .handling import TABLE_OF_HANDLING
from .machinery import TABLE_OF_MACHINERY
from .meetings import TABLE_OF_MEETINGS
from .public import TABLE_OF_PUBLIC
from .registers import TABLE_OF_REGISTERS

TABLE: tuple[Row, ...] = (
    *TABLE_OF_PUBLIC,  # first: sessions of receipts last for fifteen minutes
    *TABLE_OF_CASES,
    *TABLE_OF_HANDLING,
    *TABLE_OF_MEETINGS,
    *TABLE_OF_REGISTERS,
    *TABLE_OF_MACHINERY,
)

__all__ = ["CALLERS", "TABLE", "Caller"]
