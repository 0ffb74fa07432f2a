"""What operators look after: services, consumers and their legal deadlines, chains, alarms, parked events, webhooks."""
