"""The register of lawyers for everybody: found by name or number, one page each."""
