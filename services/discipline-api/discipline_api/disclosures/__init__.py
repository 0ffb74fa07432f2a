"""Disclosure (公示): what the public asks and reads without an account (measure 12, M12-D5 and M12-D6)."""
