"""`python -m skillsdw` is the `skillsdw` command."""

from skillsdw.cli import main

if __name__ == "__main__":  # workers of a landing import this module, too
    main()
