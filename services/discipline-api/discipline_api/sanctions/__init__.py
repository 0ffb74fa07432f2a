"""Effective decisions against lawyers and firms: recorded, published, withdrawn, shown to the public for a term.

Serves measure 12 (discipline and disclosure). What a sanction does to standing is a fact with an interval; the registry
draws its own conclusion from it.
"""
