"""What each seed must be, from its declaration for dbt (`seeds/*.yml`), so that it is written down once.

Columns and types are `column_types`; keys, filled columns, references and accepted values are those of its data test.
`meta` has what dbt does not ask: `operator_list`, `may_be_empty`, `keys` and `filled` of a list without a test, `keeps`
(codes that the models name) and, of a column, `form` with an `example`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import yaml


@dataclass(frozen=True)
class Declaration:
    """One seed. `columns` is column → type, in the order in which they stand."""

    name: str
    columns: Mapping[str, str]
    keys: tuple[tuple[str, ...], ...] = ()
    filled: frozenset[str] = frozenset()
    references: Mapping[str, tuple[str, str]] = field(default_factory=dict)  # column → seed, its column
    accepted: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    forms: Mapping[str, tuple[re.Pattern[str], str]] = field(default_factory=dict)  # column → form, example
    keeps: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    is_operators: bool = False
    may_be_empty: bool = False


def read_declarations(folder: Path) -> dict[str, Declaration]:
    """Every seed that is declared under a folder, by name."""
    found = {}
    for file in sorted(folder.rglob("*.yml")):
        content = yaml.load(file.read_bytes(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)) or {}
        for seed in content.get("seeds", []):
            found[seed["name"]] = _declaration(seed)
    return found


def _declaration(seed: dict) -> Declaration:
    config = seed.get("config", {})
    meta = config.get("meta", {})
    tests = [next(iter(test.values())).get("arguments", {}) for test in seed.get("data_tests", [])]
    keys = [tuple(key) for asked in (*tests, meta) for key in asked.get("keys", [])]
    metas = {column["name"]: column.get("config", {}).get("meta", {}) for column in seed.get("columns", [])}
    return Declaration(
        name=seed["name"],
        columns=dict(config["column_types"]),
        keys=tuple(keys),
        filled=frozenset(column for asked in (*tests, meta) for column in asked.get("filled", [])).union(*keys),
        references={
            column: tuple(target.split("."))
            for asked in tests
            for column, target in asked.get("references", {}).items()
        },
        accepted={column: tuple(values) for asked in tests for column, values in asked.get("accepted", {}).items()},
        forms={name: (re.compile(own["form"]), own["example"]) for name, own in metas.items() if "form" in own},
        keeps={column: tuple(codes) for column, codes in meta.get("keeps", {}).items()},
        is_operators=bool(meta.get("operator_list")),
        may_be_empty=bool(meta.get("may_be_empty")),
    )
