"""Whose account is it: number, name and ID number together say that a person is this lawyer (measure 7).

Asked by the client of the identity service alone. The ID number is compared by its keyed digest, and neither kept nor
logged; an answer does not say which of the three was wrong.
"""
