"""Duty rosters (值班表), the office's telephone, officers' addresses, and the hand-over between shifts; measure 13."""
