"""Hand-made pages of the rights desk: what is due next, who is on duty, papers for a file, what figures amount to."""
