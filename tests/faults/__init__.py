"""Nothing lost, nothing twice: faults in one process (`laboratory`), kills of real ones (`kills`), both by `run`."""
