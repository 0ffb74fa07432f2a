"""What may be said of the plan on a day, drawn up once as frozen content, and the papers made of it: 月报 and 通报.

Serves every measure and requirement: nothing here tells more than the public may know.
"""
