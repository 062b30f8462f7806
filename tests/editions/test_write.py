"""What an edition holds: own rows whole, all else as open figures, every mart, and who it is for."""

import stat
import sys
from datetime import date
from pathlib import Path

import duckdb
import pytest
import yaml

from skillsdw.access import AccessFault
from skillsdw.editions import edition_file
from skillsdw.editions.make import make, make_editions, remove_orphans, wanted
from skillsdw.editions.treatment import TREATMENTS, Open, Own, OwnAndOpen
from skillsdw.editions.write import EditionError, write_edition
from skillsdw.home import PROJECT, Home

sys.path.insert(0, str(Path(__file__).parents[1] / "dashboard"))  # the made version of the pages' tests

import filled_version
import fixture

HECHI = frozenset(["451200"])


@pytest.fixture
def version(tmp_path: Path) -> Path:
    return fixture.publish(tmp_path)


@pytest.fixture
def figures(version: Path) -> Path:
    return fixture.open_figures(version)


def _rows(file: Path, sql: str) -> list[tuple]:
    with duckdb.connect(str(file), read_only=True) as con:
        return con.execute(sql).fetchall()


def test_every_mart_has_a_treatment_and_no_other_table() -> None:
    marts = {
        model["name"]
        for file in (PROJECT / "models" / "marts").glob("*.yml")
        for model in yaml.safe_load(file.read_text(encoding="utf-8")).get("models", [])
    }
    assert set(TREATMENTS) - {"gate_result", "version_change"} == marts - {"gate_result", "version_change"}


def test_an_edition_has_every_table_and_column_and_says_whose_it_is(
    version: Path, figures: Path, tmp_path: Path
) -> None:
    edition = tmp_path / "edition.duckdb"
    write_edition(version, figures, edition, HECHI)
    columns = "select table_name, column_name, data_type, comment from duckdb_columns() where schema_name = 'marts'"
    assert set(_rows(version, columns)) == {row for row in _rows(edition, columns) if row[0] != "edition"}
    assert _rows(edition, "from marts.edition") == [("451200", 10, version.stem, date(2026, 9, 1))]


def test_own_rows_are_whole_and_no_other_citys_row_is_there(version: Path, figures: Path, tmp_path: Path) -> None:
    edition = tmp_path / "edition.duckdb"
    write_edition(version, figures, edition, HECHI)
    for table in ("refused_row", "fct_rule_violation", "refused_cause", "landing_file"):
        own = _rows(version, f"from marts.{table} where city_code = '451200' order by all")
        assert _rows(edition, f"from marts.{table} order by all") == own
    assert _rows(edition, "select count(*) from marts.fct_rule_violation") > [(0,)]


@pytest.mark.parametrize(
    ("cities", "told"),
    [
        (frozenset(["999999"]), "999999"),
        (frozenset(f"45{number:02}00" for number in range(1, 15)), "at least 3 other cities"),
    ],
)
def test_a_set_of_cities_that_gives_others_away_has_no_edition(
    version: Path, figures: Path, tmp_path: Path, cities: frozenset[str], told: str
) -> None:
    edition = tmp_path / "edition.duckdb"
    with pytest.raises(EditionError, match=told):
        write_edition(version, figures, edition, cities)
    assert list(tmp_path.glob("*edition*")) == []


def test_a_mart_that_nobody_thought_about_stops_the_edition(version: Path, figures: Path, tmp_path: Path) -> None:
    with duckdb.connect(str(version)) as con:
        con.execute("create table marts.new_mart as select '450100' as city_code, 3 as persons")
    with pytest.raises(EditionError, match="new_mart"):
        write_edition(version, figures, tmp_path / "edition.duckdb", HECHI)


def test_editions_are_made_for_whom_access_names_and_go_with_their_version(
    version: Path, figures: Path, tmp_path: Path
) -> None:
    home = Home(tmp_path)
    home.access.write_text("kind,value,role,cities\ngroup,a,city,451200\nsubject,b,planner,\n", encoding="utf-8")
    home.access.chmod(0o600)
    assert wanted(home) == {HECHI}
    assert make(home, version, wanted(home)) == []
    edition = edition_file(home, version.stem, HECHI)
    assert stat.S_IMODE(edition.stat().st_mode) == 0o440
    assert stat.S_IMODE(edition.parent.stat().st_mode) & 0o027 == 0
    assert stat.S_IMODE(edition.parent.parent.stat().st_mode) & 0o027 == 0
    assert figures.parent == edition.parent
    version.unlink()
    assert remove_orphans(home) == [edition.parent]
    assert not edition.exists()


def test_a_version_without_open_figures_has_no_edition(version: Path, tmp_path: Path) -> None:
    with pytest.raises(EditionError, match="skillsdw build"):
        write_edition(version, tmp_path / "none.duckdb", tmp_path / "edition.duckdb", HECHI)
    assert not list(tmp_path.glob("*edition*"))


def test_a_faulty_list_keeps_nobody_from_the_provinces_version(version: Path, tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.access.write_text("nonsense\n", encoding="utf-8")
    home.access.chmod(0o600)
    with pytest.raises(AccessFault):
        wanted(home)
    told = make_editions(home, version, None, lambda _: None)
    assert len(told) == 1
    assert "No editions were written" in told[0]


# What a reader has of its own in tables that name no city, and lists.
_OWN_WITHOUT_CITY = {
    *(
        "audit_certificate_conflict",
        "fct_certification",
        "gate_result",
        "institution_funnel",
        "institution_funnel_limit",
    ),
    *("institution_growth", "institution_rule", "institution_scorecard", "park_budget", "published_version"),
}


@pytest.mark.parametrize("cities", [HECHI, frozenset(), frozenset(["451200", "450100"])], ids=["one", "none", "two"])
def test_nothing_of_the_version_is_told_of_others(tmp_path: Path, cities: frozenset[str]) -> None:
    """Every number of the version is 50, of the open figures 70: in an edition others' are 70, whatever the table."""
    at = tmp_path / "published" / "versions"
    at.mkdir(parents=True)
    version = filled_version.version(at / "v.duckdb")
    figures = fixture.open_figures(filled_version.version(at / "f.duckdb", number=70))
    edition = tmp_path / "edition.duckdb"
    write_edition(version, figures, edition, cities)
    looked_at = 0
    with duckdb.connect(str(edition), read_only=True) as con:
        for (table,) in con.execute("select table_name from duckdb_tables() where schema_name = 'marts'").fetchall():
            if table.startswith("dim_") or table in (*_OWN_WITHOUT_CITY, "edition"):
                continue
            found = con.execute(f"from marts.{table}")
            names = [column[0] for column in found.description]
            for row in found.fetchall():
                values = dict(zip(names, row, strict=True))
                if isinstance(TREATMENTS[table], Open) or values.get("city_code", "ALL") not in cities:
                    assert 50 not in [value for value in values.values() if not isinstance(value, bool)], table
                    looked_at += 1
                else:
                    assert values["city_code"] in cities, table
    assert looked_at > 500


def test_what_is_the_readers_own_is_the_versions(tmp_path: Path) -> None:
    at = tmp_path / "published" / "versions"
    at.mkdir(parents=True)
    version = filled_version.version(at / "v.duckdb")
    figures = fixture.open_figures(filled_version.version(at / "f.duckdb", number=70))
    edition = tmp_path / "edition.duckdb"
    write_edition(version, figures, edition, HECHI)
    for table, treatment in TREATMENTS.items():
        columns = {name for (name,) in _rows(version, f"select column_name from (describe marts.{table})")}
        if isinstance(treatment, OwnAndOpen) or (isinstance(treatment, Own) and "city_code" in columns):
            if table.startswith("institution_"):
                continue
            own = f"from marts.{table} where city_code = '451200' order by all"
            assert _rows(edition, own) == _rows(version, own), table


def test_a_park_that_another_city_paid_is_not_shown(tmp_path: Path) -> None:
    at = tmp_path / "published" / "versions"
    at.mkdir(parents=True)
    version = filled_version.version(at / "v.duckdb")
    edition = tmp_path / "edition.duckdb"
    write_edition(version, fixture.open_figures(version), edition, HECHI)
    assert _rows(edition, "select park_code from marts.park_budget") == [("P1",)]
    for table in ("institution_scorecard", "institution_growth", "institution_rule"):  # A taught elsewhere, too
        assert _rows(edition, f"select institution_code from marts.{table}") == [("D",)]
