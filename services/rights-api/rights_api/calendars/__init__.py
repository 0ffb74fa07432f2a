"""The State Council's lists of holidays as they come out (measure 13's deadlines): previewed, loaded, never edited.

A list dates again every open deadline it touches, by appending; an overdue that it proves wrong is rectified.
"""
