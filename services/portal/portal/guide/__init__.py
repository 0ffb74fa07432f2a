"""How to look up, complain, and what deadlines apply; how this site treats its readers."""
