"""A whole deployment with made-up data for those who integrate: streams, webhooks and Kafka included, nothing real."""
