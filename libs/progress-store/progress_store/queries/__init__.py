"""Reads of the progress store: every indicator is one declared query, or has a stated reason why it has no value yet.

Policy and day are parameters of a query, never a clock or a default inside it.
"""

from progress_store.queries.beneath import Beneath, beneath, positions_by_topic
from progress_store.queries.computation import (
    SMALLEST_ID,
    Asked,
    Computation,
    EvidencePage,
    Figures,
    Kind,
    Period,
    Reason,
    RegionFigures,
    evidence,
    figures,
)
from progress_store.queries.policies import PARAMETERS, Policy
from progress_store.queries.reconciled import RECONCILED_INDICATORS, Reconciled, reconciled
from progress_store.queries.register import AWAITED, COMPUTATIONS, awaited_reason

__all__ = [
    "AWAITED",
    "COMPUTATIONS",
    "PARAMETERS",
    "RECONCILED_INDICATORS",
    "SMALLEST_ID",
    "Asked",
    "Beneath",
    "Computation",
    "EvidencePage",
    "Figures",
    "Kind",
    "Period",
    "Policy",
    "Reason",
    "Reconciled",
    "RegionFigures",
    "awaited_reason",
    "beneath",
    "evidence",
    "figures",
    "positions_by_topic",
    "reconciled",
]
