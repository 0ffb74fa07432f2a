"""A lawyer's or a firm's own: what is registered and shown of it, what is effective, and what it asks about that."""
