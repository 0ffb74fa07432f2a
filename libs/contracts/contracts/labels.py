"""Closed lists of the contracts carry their names in both languages."""

from common.labels import LabelledEnum

__all__ = ["LabelledEnum"]
