"""Mutual evaluation of lawyers with judges and prosecutors (互评), voluntary and blind; serves measure 15 (M15-I2).

Nobody's answer is ever shown to anybody: once the window is over (RR23) answers are counted into their quarter, cut off
from the evaluation they came from, and told as means of five raters or more. Whoever does not answer leaves no trace.
"""
