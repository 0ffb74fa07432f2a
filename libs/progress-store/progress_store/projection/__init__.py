"""Folding events into the store: the projector's own. Bulk statements per kind of change, whatever the batch's size."""

from progress_store.projection.effects import Projection

__all__ = ["Projection"]
