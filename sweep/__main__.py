"""`python -m sweep`, where the `sweep` command is not on the path."""

from sweep.cli import main

main()
