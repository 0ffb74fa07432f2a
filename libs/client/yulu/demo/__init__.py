"""A made-up province from a seed, and a story played through the API."""
