"""Each alert is provoked on a real system, seen by a real Prometheus, and its page of the runbook is tried."""
