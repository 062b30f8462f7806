"""Identities in the columns of a table: the detector of `skillsdw.identity`, asked from SQL."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import duckdb
import pyarrow as pa

from expectations.settings import Identity
from skillsdw.identity import KEY, ORGANIZATION_CODE, OUTPUT, Ages, holds_identity, purpose_of, scrub, suspicious

FUNCTION = "holds_identity"

# Passports, the shortest, have as many characters; nearly all codes have fewer.
_SHORTEST = 7
# Six digits in whatever writing, which may be escaped: below that there is no identity.
_SIX = "(?s)" + ".*".join([r"[\pN零〇○一二三四五六七八九壹贰叁肆伍陆柒捌玖OoQIiLl|&%_\\]"] * 6)
_STAND_INS = "⟨⟩∶"


def mask_identity(text: str) -> str:
    """A text with every identity in it as its shape."""
    return scrub(text)


def register_detector(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the detector a function of a connection: holds_identity(text, purpose, as of, first birth year, youngest).

    One detector for landing and gates: a second one in SQL would let through what the first refuses, or stop for
    good at what the first rightly let in.
    """
    connection.create_function(
        FUNCTION,
        _holds_identity,
        ["VARCHAR", "VARCHAR", "DATE", "INTEGER", "INTEGER"],
        "BOOLEAN",
        type="arrow",
        null_handling="special",
    )


def identity_query(
    table: str, columns: Iterable[tuple[str, str]], as_of: date, limits: Identity, *, mistyped_too: bool = False
) -> str:
    """Return a query that counts values with an identity by column: one pass over the table, no value shown.

    What a column is for follows from its name; where landing itself writes (`mistyped_too`) it is output. A pattern
    keeps from the detector what cannot hold an identity, which is nearly everything. Names by themselves are landing's
    affair: a gate cannot ask whether a brand is named after somebody. The connection needs `register_detector`.
    """
    ages = Ages(as_of, youngest=limits.youngest_age, earliest=limits.earliest_birth_year)
    counts = []
    for name, kind in columns:
        quoted = f'"{name}"'
        text = f"array_to_string({quoted}, ' ')" if kind.endswith("[]") else quoted
        purpose = OUTPUT if mistyped_too else _purpose(name)
        about = f"'{purpose}', date '{as_of}', {limits.earliest_birth_year}, {limits.youngest_age}"
        plain = f"regexp_matches({text}, {_literal(suspicious(purpose, ages))})"
        may_hold = f"case when strlen({text}) = length({text}) then {plain} else regexp_matches({text}, '{_SIX}') end"
        found = f"case when strlen({text}) >= {_SHORTEST} and {may_hold} then {FUNCTION}({text}, {about}) end"
        counts.append(f"count(*) filter ({found}) as {quoted}")
    return (
        f"with counts as (select {', '.join(counts)} from {table}) "
        "select column_name, faults from (unpivot counts on columns(*) into name column_name value faults) "
        "where faults > 0"
    )


def _literal(pattern: str) -> str:
    """A pattern as SQL without braces and colons, which Great Expectations and SQLAlchemy read as their own."""
    quoted = pattern.replace("'", "''").translate(str.maketrans("{}:", _STAND_INS))
    return f"translate('{quoted}', '{_STAND_INS}', chr(123) || chr(125) || chr(58))"


def _purpose(column: str) -> str:
    """A code of an organization that landing let in may be any number but an identity, as a key may."""
    purpose = purpose_of(column)
    return KEY if purpose == ORGANIZATION_CODE else purpose


def _holds_identity(
    texts: pa.ChunkedArray,
    purposes: pa.ChunkedArray,
    days: pa.ChunkedArray,
    earliest: pa.ChunkedArray,
    youngest: pa.ChunkedArray,
) -> pa.Array:
    if len(texts) == 0:
        return pa.array([], pa.bool_())
    ages = Ages(days[0].as_py(), youngest=youngest[0].as_py(), earliest=earliest[0].as_py())
    flags = holds_identity(texts, purposes[0].as_py(), ages.today, ages=ages, names=False)
    return pa.array(flags)
