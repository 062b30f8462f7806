"""For SQLFluff alone, which knows no adapter: a dispatched macro reads as a function of its name (.sqlfluff)."""

from collections.abc import Callable


def dispatch(name: str, package: str) -> Callable[..., str]:  # noqa: ARG001 (as dbt calls it)
    return lambda *arguments: f"{name}({', '.join(str(argument) for argument in arguments if argument is not None)})"
