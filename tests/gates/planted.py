"""A copy of the clean warehouse in which a test plants its fault."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb
from made_warehouse import AS_OF

from expectations.result import PASSED, GateResult
from expectations.run import run_gate


@dataclass
class Planted:
    """A copy of the clean warehouse, and what a gate says of it."""

    path: Path

    def plant(self, *statements: str) -> Planted:
        """Write faults into the copy."""
        with duckdb.connect(str(self.path)) as connection:
            for statement in statements:
                connection.execute(statement)
        return self

    def run(self, gate: str, **options: object) -> list[GateResult]:
        """Run a gate on the copy."""
        return run_gate(gate, self.path, **{"as_of": AS_OF, **options})

    def faults(self, gate: str, **options: object) -> list[tuple[str, str, str, str]]:
        """Run a gate and return (check, subject, severity, status) of all that did not pass."""
        return [
            (result.check_name, result.subject, result.severity, result.status)
            for result in self.run(gate, **options)
            if result.status != PASSED
        ]
