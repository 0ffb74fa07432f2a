"""What the register holds, shared by all features: firms, lawyers, their intervals, standing and the public rows.

The features command; this room knows the rules of the entities and is the only one that writes their tables.
"""
