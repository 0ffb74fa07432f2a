"""Rapid linkage (快速联动): letters to the named complaint unit of each organ, and what it did and answered.

Serves measure 13 (司发通〔2017〕40号). An organ sees the letter issued to its complaint unit and its task, nothing of
the case; the case team sees neither. Police and state security are written to on paper only.
"""
