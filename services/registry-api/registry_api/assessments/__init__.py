"""年度检查考核: the yearly campaign in which bureaus grade firms and associations grade lawyers (M14-I2).

A grade is entered by one officer and becomes public when another publishes it; for lawyers the publishing bureau is
also the organ with which the association's result is filed.
"""
