"""The `yulu` command line: every command is a thin call of the HTTP API, so it works against any deployment."""

from yulu.cli.app import main

__all__ = ["main"]
