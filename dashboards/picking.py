"""From choices to SQL: a mart, its columns, simple conditions, an order and a limit.

No text of a reader is ever code: names are quoted, values are literals.
"""

from collections.abc import Sequence
from dataclasses import dataclass

# Operator → its SQL around a quoted literal; DuckDB turns the literal into the column's type.
OPERATORS = {
    "eq": "{column} = {value}",
    "ne": "{column} <> {value}",
    "ge": "{column} >= {value}",
    "le": "{column} <= {value}",
    "contains": "contains(lower(cast({column} as varchar)), lower({value}))",
    "empty": "{column} is null",
    "filled": "{column} is not null",
}
NEED_NO_VALUE = ("empty", "filled")


@dataclass(frozen=True)
class Condition:
    """A column, an operator of `OPERATORS` and what it is compared with."""

    column: str
    operator: str
    value: str = ""

    @property
    def sql(self) -> str:
        """The condition as SQL."""
        return OPERATORS[self.operator].format(column=_name(self.column), value=_literal(self.value))


def select(
    mart: str,
    columns: Sequence[str],
    conditions: Sequence[Condition],
    order_by: str = "",
    descending: bool = False,
    limit: int | None = None,
) -> str:
    """The query; without `columns` all of them."""
    lines = ["select", ",\n".join(f"  {_name(column)}" for column in columns) or "  *", f"from marts.{_name(mart)}"]
    if conditions:
        lines.append("where\n  " + "\n  and ".join(condition.sql for condition in conditions))
    if order_by:
        lines.append(f"order by {_name(order_by)}{' desc' if descending else ''} nulls last")
    if limit:
        lines.append(f"limit {limit}")
    return "\n".join(lines)


def _name(text: str) -> str:
    return text if text.isidentifier() and text.islower() and text.isascii() else '"' + text.replace('"', '""') + '"'


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
