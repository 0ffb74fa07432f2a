"""Reads entities for a change, under a row lock, and writes what a change made of them.

One entity or two thousand take the same statements: arrays in, COPY for new rows. So a merger or a chunk of an import
costs a fixed number of round trips, and there is one way only in which these tables are written.
"""

from datetime import date

from common.database import Tx

from registry_api.register.store_lawyers import LawyerRows
from registry_api.register.store_rows import FactOfAnother
from registry_api.register.store_supervisions import SupervisionRows


class Register(LawyerRows, SupervisionRows):
    """The register inside one transaction."""

    @classmethod
    async def within(cls, tx: Tx, today: date) -> "Register":
        return cls(await tx.raw(), today)


__all__ = ["FactOfAnother", "Register"]
