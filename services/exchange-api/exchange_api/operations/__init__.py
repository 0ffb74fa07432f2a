"""What operators see: who lags behind which feed, what legal duty that endangers, what is parked, who is silent."""
