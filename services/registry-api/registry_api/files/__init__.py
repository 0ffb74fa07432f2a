"""Whole-register files: lawyers and firms as CSV, NDJSON and Parquet, for the public and for each organ's region.

An edition is read in one snapshot whose feed head its signed manifest states, so that a file with the changes after it
is the current register. Serves plan measures 20 and 21: other systems hold a copy and need not ask row by row.
"""
