"""Standing: discipline's facts, recorded with their intervals; a contradiction opens a conflict, nothing is refused."""
