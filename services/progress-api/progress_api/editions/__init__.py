"""Signed editions: what the public sees of the plan, drawn up, reviewed and signed by three persons (拟稿、审核、签发).

Serves every measure: nothing of the plan is public outside them.
"""
