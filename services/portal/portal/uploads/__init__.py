"""Files on their way to a service: read while they arrive and passed on; what broke off goes on from there."""

from portal.uploads.passing import MOST_BYTES, MOST_SENT, Place, filled_with, pass_on
from portal.uploads.receiving import FILE, NotAForm, SentFile, sent_file

__all__ = ["FILE", "MOST_BYTES", "MOST_SENT", "NotAForm", "Place", "SentFile", "filled_with", "pass_on", "sent_file"]
