"""One indicator: its value on a day under a policy, its regions, and the rows behind it. Serves all measures."""
