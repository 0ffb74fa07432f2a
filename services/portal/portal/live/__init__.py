"""Events as they happen, of everything that the reader may receive."""
