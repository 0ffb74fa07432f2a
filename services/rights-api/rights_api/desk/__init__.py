"""Legal deadlines at risk, by organ and region: counts for who runs the system, the list for officers (M13)."""
