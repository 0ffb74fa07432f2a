"""Moves every service's outbox into its feed and sends the feed to Kafka. Any number of relays may run at once."""
