"""The register of law firms for everybody."""
