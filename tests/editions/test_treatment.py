"""Every rule of the treatment does something, and no figure of the province is one other city's alone."""

import random
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import product
from pathlib import Path

import duckdb
import filled_version
import pytest

from ordeals.disclosure import OF_PROVINCE, lone
from skillsdw.editions import write
from skillsdw.editions.cells import FAMILIES
from skillsdw.editions.treatment import TREATMENTS, Covered, Rows

READER = frozenset([filled_version.OWN])


def _one_other_has_any(table: str, column: str, key: Mapping[str, object]) -> object:
    """Of the other cities the first alone has anything; rates are no round numbers."""
    if table in ("city_standardised", "city_peer"):
        return 0.12345
    return (
        0 if table in OF_PROVINCE and key.get("city_code") in filled_version.OTHERS[1:] and column in _NUMBERS else None
    )


_NUMBERS = {count for cells in OF_PROVINCE.values() for count in cells.counts}


@pytest.fixture(scope="module")
def con(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """The planted version with what the rules ask, and every cell that an edition could hide."""
    version = filled_version.version(tmp_path_factory.mktemp("planted") / "version.duckdb", _one_other_has_any)
    with duckdb.connect() as con:
        con.execute(f"attach '{version}' as version (read_only)")
        con.execute("use version")
        write._prepare(con, READER, 10)
        con.execute("create temp table every_cell as from hidden_cell limit 0")
        for family, sql in FAMILIES.items():
            for year, city, dimension, member, _ in con.execute(sql).fetchall():
                if city not in READER:
                    con.execute(
                        "insert into every_cell values (?, ?, ?, ?, ?)", [family, year, city, dimension, member]
                    )
        yield con


def _shown(con: duckdb.DuckDBPyConnection, table: str, treatment: Rows | Covered, *families: str) -> list[dict]:
    """The rows of a table in an edition where all that these families could hide is hidden."""
    con.execute("delete from hidden_cell")
    con.execute("insert into hidden_cell from every_cell where family in (select unnest(?))", [list(families)])
    whole = TREATMENTS[table]
    TREATMENTS[table] = treatment
    try:
        found = con.execute(write.select(con, table))
        names = [column[0] for column in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    finally:
        TREATMENTS[table] = whole


def _values(rows: list[dict], column: str) -> list:
    return sorted((str(row[column]) for row in rows), key=str)


def _covered(kind: str) -> Iterator[tuple[str, Covered, str]]:
    for table, treatment in TREATMENTS.items():
        if isinstance(treatment, Covered):
            for rule in getattr(treatment, kind):
                yield table, treatment, rule


@pytest.mark.parametrize(("table", "treatment", "family"), list(_covered("drops")) + list(_covered("drops_by_total")))
def test_a_family_that_drops_rows_drops_some(
    con: duckdb.DuckDBPyConnection, table: str, treatment: Covered, family: str
) -> None:
    alone = replace(treatment, never=(), columns={}, flags={})
    assert len(_shown(con, table, alone, family)) < len(_shown(con, table, alone))


@pytest.mark.parametrize(("table", "treatment", "family"), list(_covered("columns")))
def test_a_family_that_hides_columns_hides_each(
    con: duckdb.DuckDBPyConnection, table: str, treatment: Covered, family: str
) -> None:
    alone = replace(treatment, never=(), drops=(), drops_by_total=(), flags={})
    before, after = _shown(con, table, alone), _shown(con, table, alone, family)
    for column in treatment.columns[family]:
        assert _values(after, column).count("None") > _values(before, column).count("None"), column


@pytest.mark.parametrize(("table", "treatment", "column"), list(_covered("flags")))
def test_a_flag_is_raised_by_each_of_its_families(
    con: duckdb.DuckDBPyConnection, table: str, treatment: Covered, column: str
) -> None:
    alone = replace(treatment, never_flag=None)
    for family in treatment.flags[column]:
        assert _values(_shown(con, table, alone, family), column).count("True") > 0, family


@pytest.mark.parametrize(("table", "treatment", "column"), list(_covered("never")))
def test_what_is_never_shown_of_others_is_not_shown(
    con: duckdb.DuckDBPyConnection, table: str, treatment: Covered, column: str
) -> None:
    alone = replace(treatment, drops=(), drops_by_total=(), columns={}, flags={})
    always = replace(alone, never=(), never_flag=None)
    families = ("counted",) if "hidden_cell" in treatment.never_where else ()
    with_rule, without = _shown(con, table, alone, *families), _shown(con, table, always, *families)
    assert _values(with_rule, column).count("None") > _values(without, column).count("None")
    if "city_code" in with_rule[0]:
        own = [[row[column] for row in rows if row["city_code"] == filled_version.OWN] for rows in (with_rule, without)]
        assert families or own[0] == own[1]


def test_what_is_never_shown_says_so(con: duckdb.DuckDBPyConnection) -> None:
    treatment = TREATMENTS["industry_scope"]
    rows = _shown(con, "industry_scope", replace(treatment, columns={}, flags={treatment.never_flag: ()}))
    cut = [row for row in rows if row["city_code"] in filled_version.OTHERS and row["industry_code"] != "ALL"]
    assert cut
    assert all(row[treatment.never_flag] and row["sessions_before"] is None for row in cut)


@pytest.mark.parametrize(
    "table", [name for name, rule in TREATMENTS.items() if isinstance(rule, Covered) and rule.detail != "0"]
)
def test_crosses_of_two_are_own_rows_alone(con: duckdb.DuckDBPyConnection, table: str) -> None:
    bare = replace(TREATMENTS[table], drops=(), drops_by_total=(), columns={}, flags={}, never=())
    assert len(_shown(con, table, bare)) < len(_shown(con, table, replace(bare, detail="0")))


_SELECTING = [
    name for name, rule in TREATMENTS.items() if isinstance(rule, Rows) and rule.where != "true" and name[:4] != "fct_"
]


@pytest.mark.parametrize("table", _SELECTING)
def test_rows_that_are_selected_are_fewer(con: duckdb.DuckDBPyConnection, table: str) -> None:
    every = con.execute(f"select count(*) from version.marts.{table}").fetchone()[0]
    assert every > 0
    assert len(_shown(con, table, TREATMENTS[table], *FAMILIES)) < every


@pytest.mark.parametrize(
    ("table", "column"),
    [(name, column) for name, rule in TREATMENTS.items() if isinstance(rule, Rows) for column in rule.replace],
)
def test_a_column_that_is_replaced_is_another(con: duckdb.DuckDBPyConnection, table: str, column: str) -> None:
    treatment = replace(TREATMENTS[table], where="true")
    before = _shown(con, table, replace(treatment, replace={}), *FAMILIES)
    if column in before[0]:
        assert _values(_shown(con, table, treatment, *FAMILIES), column) != _values(before, column)


def test_a_park_that_another_city_paid_is_not_shown(con: duckdb.DuckDBPyConnection) -> None:
    assert {row["park_code"] for row in _shown(con, "park_budget", TREATMENTS["park_budget"])} == {"P1"}


def test_an_institution_that_taught_elsewhere_is_not_shown(con: duckdb.DuckDBPyConnection) -> None:
    for table in ("institution_scorecard", "institution_growth", "institution_rule"):
        assert {row["institution_code"] for row in _shown(con, table, TREATMENTS[table])} == {"D"}


@pytest.mark.parametrize("seed", range(3))
def test_no_figure_of_the_province_is_one_other_citys_alone(tmp_path: Path, seed: int) -> None:
    """Cell by cell: how many other cities have anything in it is planted at random, from none to all."""

    def has(table: str, column: str, key: Mapping[str, object]) -> object:
        city = key.get("city_code")
        if table not in OF_PROVINCE or city not in filled_version.OTHERS or column not in OF_PROVINCE[table].counts:
            return None
        # A whole has whoever one of its parts has.
        wholes = OF_PROVINCE[table].parts
        members = [
            [part for part in filled_version.KEYS[name] if part != value] if wholes.get(name) == value else [value]
            for name, value in key.items()
            if name != "city_code"
        ]
        cities = max(random.Random(f"{seed}{table}{leaf}").choice((0, 1, 2, 3, 4, 4, 4)) for leaf in product(*members))
        return 50 if filled_version.OTHERS.index(city) < cities else 0

    version = filled_version.version(
        tmp_path / "version.duckdb", has, only={*OF_PROVINCE, "dim_city", "fct_training_session"}
    )
    edition = tmp_path / "edition.duckdb"
    write.write_edition(version, edition, READER)
    assert lone(edition, version) == []
    assert lone(version_as_edition(version, tmp_path / "whole.duckdb"), version) != []
    with duckdb.connect(str(edition), read_only=True) as con:
        # A cell that several others are in stays: not all hides.
        assert con.execute("select count(*) from marts.outcome_cohort where city_code = 'ALL'").fetchone()[0] > 0


def version_as_edition(version: Path, at: Path) -> Path:
    """What the attacker finds where nothing is treated: the version under the name of an edition."""
    at.write_bytes(version.read_bytes())
    with duckdb.connect(str(at)) as con:
        con.execute("create table marts.edition as select ? as cities", [filled_version.OWN])
    return at
