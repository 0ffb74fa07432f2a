"""What keeps a person safe who tells us something: sealed texts, and a receipt that alone reopens his case."""
