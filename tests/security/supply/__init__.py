"""What others have written and we ship or run: `python -m tests.security.supply` writes its bill of materials."""
