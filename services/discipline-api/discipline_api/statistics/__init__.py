"""Statistics of measure 12 per region and organ: whole years for the public, any period for the organs' own; small
counts are suppressed so that no figure, and no difference of two, is a single case.
"""
