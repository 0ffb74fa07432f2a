"""Recognitions (名录): a firm or lawyer on a list with a named issuer; T5 counts 综合性大所 by them."""
