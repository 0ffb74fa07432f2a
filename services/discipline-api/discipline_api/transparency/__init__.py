"""The disclosure log to outsiders: signed tree heads, proofs, and all of its leaves (measure 12, M12-D5).

Whoever has kept a signed head can show that something published was changed or dropped since, also by the operator of
this system; and nobody learns anything of a record that has lawfully disappeared.
"""
