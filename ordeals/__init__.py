"""The ordeals: bad days, hostile files, closed doors and many readers, tried on the real thing with a seed.

An area is a module `ordeals/<area>.py` with `trials(seed, scratch, *, full)`, which yields a `Trial` for each thing
that it tried; `python -m ordeals` runs them and writes the table of docs/ordeals.md. A short version of each runs in
tests/ordeals.
"""
