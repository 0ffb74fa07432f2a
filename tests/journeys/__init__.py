"""From an HTTP request to the plan's progress, on the real processes: each test reads as a sentence."""
