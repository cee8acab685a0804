"""The command `aggregator`: every verb is one call; what it prints is in `output`.

Imports stand inside the verbs, so that `--help` and the quick verbs stay quick. Importing a module
of verbs adds them to the command, in the order in which `--help` lists them.
"""

from aggregator.cli import setup, feeds, people, work, look, tagging, keeping  # noqa: F401, I001 (the order of --help)
from aggregator.cli.command import app, main

__all__ = ["app", "main"]
