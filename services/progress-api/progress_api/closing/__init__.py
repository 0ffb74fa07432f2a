"""收官: the values of the plan's last day frozen and signed, the final report, and what became known later as addenda.

Serves every measure: what was promised for 2026 is answered for once, and never rewritten.
"""
