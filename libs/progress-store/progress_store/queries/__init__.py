"""Reads of the progress store: every indicator is one declared query; without a value it states its reason.

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
    exact,
    figures,
)
from progress_store.queries.policies import PARAMETERS, Policy
from progress_store.queries.reconciled import RECONCILED_INDICATORS, Reconciled, reconciled
from progress_store.queries.register import COMPUTATIONS

__all__ = [
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
    "beneath",
    "evidence",
    "exact",
    "figures",
    "positions_by_topic",
    "reconciled",
]
