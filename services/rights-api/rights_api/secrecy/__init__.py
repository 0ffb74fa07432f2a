"""What keeps a complainant safe: keys, the sealing of what he wrote, and the receipt that alone reopens his case."""
