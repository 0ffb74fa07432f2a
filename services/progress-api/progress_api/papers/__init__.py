"""Papers of the plan: one typed, frozen content model, written as PDF, XLSX and DOCX without asking any database.

Serves 通报, 督办单, 月报 and the final report. The same paper always gives the same bytes.
"""
