"""The end of a case's term: keys are destroyed, what was sealed to the office goes, and with it every file.

What is left counts in statistics and names nobody: kind, right, organs, regions, steps and their days.
"""
