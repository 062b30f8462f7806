"""Serve the published version to other machines' DuckDB through the `quack` extension (docs/sharing.md).

One process, the gateway, listens; every session of a reader has a worker, a process of its own that has one published
file open and speaks quack on loopback. The gateway alone knows tokens: it checks one at every request, asks the worker
whether the SQL is a query, moves a session to the new version after a publish, and ends what takes too much.
"""


class ShareError(Exception):
    """Nothing was shared, or a reader was refused; `str()` is bilingual and says what to do."""
