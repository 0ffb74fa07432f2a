"""Targets of regions (目标分解): issued as one document, confirmed by a second officer, held beside the province's."""
