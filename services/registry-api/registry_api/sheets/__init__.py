"""Files of lawyers and firms as bureaus and the licensing system export them: read, headers found, rows understood.

Shared by imports, which change the register by them, and by reconciliation, which compares it with them.
`common.files.tables` turns bytes into rows of text, `columns` finds the header, `taking_in` makes lines of the rows,
`rows` says what a line says, `upload` receives the form.
"""
