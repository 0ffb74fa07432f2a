"""Progress reports (进展报送): who owes which numbers, filled in, sent, returned, confirmed, corrected."""
