"""Recognitions and lists (名录): firms and lawyers recognised by a named issuer's document, each for its own interval.

One mechanism for 综合性大所 (T5, T10), 专精特新 (T6, T11), 特色精品所 (M06), 涉外人才 (T7), 急需紧缺 (M22),
高精尖 (M07), honours (M23) and key-cultivation firms (W1).
"""
