"""Texts that only a key per case opens, so that they end with it: for whatever people tell us, and we them (M12)."""
