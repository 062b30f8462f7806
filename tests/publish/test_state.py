"""When a build may go on from the one before it, and when it makes everything anew."""

import re
from datetime import date, datetime
from pathlib import Path

import duckdb
import pytest
from landed_sessions import certificate, land_sessions, session
from tiny_warehouse import MARTS, fill_working, result

from skillsdw import state
from skillsdw.publish import publish, rollback
from skillsdw.state import Since, forget, remember, since

AS_OF = date(2026, 10, 31)


@pytest.fixture
def built(home):
    """A home with a hundred sessions and one published version, whose state is written down."""
    land_sessions(home, [session(number) for number in range(1, 101)])
    again(home, "20261031T080000-000000")
    return home


def again(home, build_id: str) -> None:
    begun = forget(home, build_id, AS_OF)
    fill_working(home, build_id)
    publish(home, build_id, MARTS, [result()], keep=5)
    remember(home, begun)


def test_a_new_batch_is_gone_on_with(built):
    land_sessions(built, [session(1, status="void")])
    assert since(built, AS_OF, None) == Since(1, AS_OF)
    assert since(built, date(2026, 11, 30), None) == Since(1, AS_OF)


def test_nothing_new_is_gone_on_with(built):
    assert since(built, AS_OF, None) == Since(1, AS_OF)


@pytest.mark.parametrize(
    ("as_of", "known_at"),
    [
        (date(2026, 10, 30), None),  # back
        (date(2026, 12, 2), None),  # on by more than a month
        (date(2027, 1, 1), None),  # into another year
        (AS_OF, datetime(2026, 11, 1)),  # only part of the batches
    ],
)
def test_another_view_is_made_anew(built, as_of, known_at):
    assert since(built, as_of, known_at) is None


def test_before_the_first_build_there_is_nothing_to_go_on_from(home):
    land_sessions(home, [session(1)])
    assert since(home, AS_OF, None) is None


def test_what_began_and_did_not_end_is_made_anew(built):
    forget(built, "20261101T080000-000000", AS_OF)
    assert since(built, AS_OF, None) is None


def test_another_version_than_the_one_built_is_made_anew(built):
    again(built, "20261101T080000-000000")
    assert since(built, AS_OF, None) == Since(1, AS_OF)
    rollback(built, None)
    assert since(built, AS_OF, None) is None


def test_a_damaged_version_is_made_anew(built):
    version = built.link.resolve()
    version.chmod(0o600)
    version.write_bytes(version.read_bytes()[:4096])
    assert since(built, AS_OF, None) is None


def test_other_code_or_another_rule_makes_everything_anew(built, monkeypatch):
    monkeypatch.setattr(state, "code_digest", lambda: "another")
    assert since(built, AS_OF, None) is None


def test_another_threshold_of_the_home_makes_everything_anew(built):
    own = built.root / "settings.toml"
    own.write_text("# nothing yet\n", encoding="utf-8")
    assert since(built, AS_OF, None) == Since(1, AS_OF)
    own.write_text("[gate_1.dates]\nyears_after_as_of = 3\n", encoding="utf-8")
    assert since(built, AS_OF, None) is None


def test_the_release_of_a_held_batch_makes_everything_anew(built):
    with duckdb.connect(str(built.warehouse)) as con:
        con.execute("insert into raw.batch_release values (1, timestamp '2026-10-31 09:00:00', 'looked at')")
    assert since(built, AS_OF, None) is None


def test_an_extract_that_lands_for_the_first_time_makes_everything_anew(built):
    land_sessions(built, [], [certificate(1)])
    assert since(built, AS_OF, None) is None


def test_many_new_rows_make_everything_anew(built):
    land_sessions(built, [session(number) for number in range(200, 211)])
    assert since(built, AS_OF, None) is None


def test_the_digest_is_of_rules_models_and_gates():
    names = {str(path.relative_to(state.PROJECT)) for path in state._code_files()}
    expected = {"seeds/_seeds.yml", "models/marts/headcount.sql", "macros/delta.sql", "expectations/settings.toml"}
    assert expected | {"dbt_project.yml", "skillsdw/diff.py"} <= names
    assert not [name for name in names if name.endswith(".csv")]  # lists count by their rows (tests/seeds)


def test_the_digest_is_of_all_of_the_project_that_gates_and_models_import():
    """What a gate asks of an unchanged row may not change unseen: it is asked of changed rows alone."""
    covered = {path.relative_to(state.PROJECT) for path in state._code_files()}
    imported = set()
    for folder in ("expectations", "models"):
        for file in (state.PROJECT / folder).rglob("*.py"):
            for module in re.findall(r"(?m)^\s*from (skillsdw[\w.]*) import", file.read_text(encoding="utf-8")):
                place = Path(*module.split("."))
                imported |= {place.with_suffix(".py"), place / "__init__.py"}
    there = {path for path in imported if (state.PROJECT / path).is_file()}
    # Those that read lists and tables the same way whatever the rows; a list's rows are in the digest themselves.
    assert there - covered <= {Path("skillsdw/seeds/__init__.py"), Path("skillsdw/relation.py")}
    assert Path("skillsdw/identity/__init__.py") in there & covered


def test_the_state_says_from_what_was_built(built):
    with duckdb.connect(str(built.warehouse), read_only=True) as con:
        assert con.execute("select build_id, batch_id, as_of from state.built").fetchall() == [
            ("20261031T080000-000000", 1, AS_OF)
        ]
