"""The plan as a catalogue, public; with a token of a reader also the computed values. Serves every measure."""
