"""An account becomes a lawyer's: by licence number, name and ID number, once, checked against the register.

Whoever signs in by the provincial identity service is nobody in particular until then. The ID number goes to the
registry and nowhere else.
"""
