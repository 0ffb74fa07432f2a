"""The machine of a case once more, written from the law note alone, to be compared with the service over HTTP."""
