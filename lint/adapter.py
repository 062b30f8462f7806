"""For SQLFluff alone, which knows no adapter: a dispatched macro reads as a function of its name, one that is no
expression as DuckDB has it (.sqlfluff)."""

from collections.abc import Callable

_WORDS = {"inlined": "not materialized"}


def dispatch(name: str, package: str) -> Callable[..., str]:  # noqa: ARG001 (as dbt calls it)
    def read(*arguments: object) -> str:
        return _WORDS.get(name) or f"{name}({', '.join(str(given) for given in arguments if given is not None)})"

    return read
