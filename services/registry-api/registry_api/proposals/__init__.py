"""Proposals: read, approved, rejected, withdrawn; a change is carried out here, by a second officer, or not at all."""
