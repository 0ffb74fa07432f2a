"""Two pairs of eyes: a manual change is a case that one officer opens and another of the competent organ decides.

Features declare their changes here and open proposals of them; `proposals` decides them without knowing what they are.
"""
