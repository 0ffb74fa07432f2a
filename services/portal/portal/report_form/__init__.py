"""The form of a report, made of the rows that this report asks for; and who owes which."""
