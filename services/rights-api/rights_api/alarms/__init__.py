"""Alarms as officers see and acknowledge them, and their deliveries as the notifier fetches and reports them; M13."""
