"""``python -m tigertally`` is the ``tigertally`` command."""

from tigertally.cli import main

main(prog_name="tigertally")
