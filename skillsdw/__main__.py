"""`python -m skillsdw` is the `skillsdw` command."""

from skillsdw.cli import main

main()
