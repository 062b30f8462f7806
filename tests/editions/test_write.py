"""What an edition holds: own rows whole, nothing of another city's rows, every mart, and who it is for."""

import stat
import sys
from pathlib import Path

import duckdb
import pytest
import yaml

from skillsdw.access import AccessFault
from skillsdw.editions import edition_file
from skillsdw.editions.make import make, make_editions, remove_orphans, wanted
from skillsdw.editions.treatment import TREATMENTS
from skillsdw.editions.write import EditionError, write_edition
from skillsdw.home import PROJECT, Home

sys.path.insert(0, str(Path(__file__).parents[1] / "dashboard"))  # the made version of the pages' tests

import fixture

HECHI = frozenset(["451200"])


@pytest.fixture
def version(tmp_path: Path) -> Path:
    return fixture.publish(tmp_path)


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


def test_an_edition_has_every_table_and_column_and_says_whose_it_is(version: Path, tmp_path: Path) -> None:
    edition = tmp_path / "edition.duckdb"
    write_edition(version, edition, HECHI)
    columns = "select table_name, column_name, data_type, comment from duckdb_columns() where schema_name = 'marts'"
    assert set(_rows(version, columns)) == {row for row in _rows(edition, columns) if row[0] != "edition"}
    assert _rows(edition, "from marts.edition") == [("451200", 10, version.stem)]


def test_own_rows_are_whole_and_no_other_citys_row_is_there(version: Path, tmp_path: Path) -> None:
    edition = tmp_path / "edition.duckdb"
    write_edition(version, edition, HECHI)
    for table in ("refused_row", "fct_rule_violation", "refused_cause", "landing_file"):
        own = _rows(version, f"from marts.{table} where city_code = '451200' order by all")
        assert _rows(edition, f"from marts.{table} order by all") == own
    assert _rows(edition, "select count(*) from marts.fct_rule_violation") > [(0,)]


@pytest.mark.parametrize(
    ("cities", "told"),
    [
        (frozenset(), "at least one city"),
        (frozenset(["999999"]), "999999"),
        (frozenset(f"45{number:02}00" for number in range(1, 15)), "at least 3 others"),
    ],
)
def test_a_set_of_cities_that_gives_others_away_has_no_edition(
    version: Path, tmp_path: Path, cities: frozenset[str], told: str
) -> None:
    edition = tmp_path / "edition.duckdb"
    with pytest.raises(EditionError, match=told):
        write_edition(version, edition, cities)
    assert list(tmp_path.glob("*edition*")) == []


def test_a_mart_that_nobody_thought_about_stops_the_edition(version: Path, tmp_path: Path) -> None:
    with duckdb.connect(str(version)) as con:
        con.execute("create table marts.new_mart as select '450100' as city_code, 3 as persons")
    with pytest.raises(EditionError, match="new_mart"):
        write_edition(version, tmp_path / "edition.duckdb", HECHI)


def test_editions_are_made_for_whom_access_names_and_go_with_their_version(version: Path, tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.access.write_text("kind,value,role,cities\ngroup,a,city,451200\nsubject,b,planner,\n", encoding="utf-8")
    home.access.chmod(0o600)
    assert wanted(home) == {HECHI}
    assert make(home, version, wanted(home)) == []
    edition = edition_file(home, version.stem, HECHI)
    assert stat.S_IMODE(edition.stat().st_mode) == 0o440
    assert stat.S_IMODE(edition.parent.stat().st_mode) & 0o027 == 0
    assert stat.S_IMODE(edition.parent.parent.stat().st_mode) & 0o027 == 0
    version.unlink()
    assert remove_orphans(home) == [edition.parent]
    assert not edition.exists()


def test_a_faulty_list_keeps_nobody_from_the_provinces_version(version: Path, tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.access.write_text("nonsense\n", encoding="utf-8")
    home.access.chmod(0o600)
    with pytest.raises(AccessFault):
        wanted(home)
    told = make_editions(home, version, None, lambda _: None)
    assert len(told) == 1
    assert "No editions were written" in told[0]
