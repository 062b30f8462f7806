"""A build of changes gives what a build of everything gives, row for row, over random sequences of batches."""

import os
import re
from collections.abc import Iterable, Iterator
from copy import copy
from dataclasses import replace
from datetime import date, timedelta
from random import Random

import pytest
from compiled_project import Compiled, Warehouse
from random_batches import Province

pytestmark = pytest.mark.minutes

SEQUENCES = int(os.environ.get("SKILLSDW_SEQUENCES", "20"))
STEPS = 5
LOOKED_AT = range(60)  # seeds among which some sequence shows what is forgotten
Tables = dict[str, list[tuple]]
CAPS = ["ANNUAL_CAP", "LIFETIME_CAP", "REPEAT"]
# Every reason for which a record is worked out again: without any one of them some sequence goes wrong.
REASONS = [
    ("int_touched_person", "select person_key from version_of_new"),
    ("int_touched_person", "select person_key from dated"),
    ("int_touched_person", "select person_key from trained"),
    ("int_touched_person", "select person_key from trainee"),
    ("int_touched_record", "select enrollment_id from named_enrollment"),
    ("int_touched_record", "select enrollment_id from of_park"),
]

# What a table of sums must keep apart: the rows as they were and as they are, and what had landed by then. Some of it
# shows in few sequences.
SHOWN_BY = {"returning_session\\.sign = twice_in_a_year\\.sign": 41}
APART = [
    ("int_batch_city", r"\(session\.sign = 1 or landed\.batch_id <= \d+\)", "true"),
    ("int_violation_cell", r"placed\.sign = training_session\.sign", "true"),
    ("int_record_day", r"certification\.sign = session\.sign", "true"),
    ("int_post_employment", r"entitlement\.sign = session\.sign", "true"),
    ("int_returning_scope", r"returning_session\.sign = twice_in_a_year\.sign", "true"),
    ("int_returning_scope", r"- count\(distinct person_key\) filter \(where sign = -1 and true\)", ""),
    ("int_institution_violation", r"- count\(distinct enrollment_id\) filter \(where sign = -1 and true\)", ""),
    ("fct_progress", r"then sign else 0", "then 1 else 0"),
]


@pytest.fixture(scope="module")
def expected() -> dict[int, list]:
    """Of each seed what builds of everything gave, kept for the tests that ask again."""
    return {}


def difference(compiled: Compiled, seed: int, expected: dict[int, list[Tables]] | None = None) -> str | None:
    """The first altered table that differs after a step of the sequence, or None. `expected` keeps what builds of
    everything gave of each seed, for the next who asks.

    In every other sequence the caps are warnings, as a province may make them: then persons count twice in a year.
    """
    anew = _of_everything(compiled, seed) if expected is None else expected.get(seed) or _of_everything(compiled, seed)
    if expected is not None:
        expected[seed] = anew
    changed = Warehouse(compiled)
    for step, (days, tables) in enumerate(zip(_sequence(changed, seed), anew, strict=True)):
        changed.make_changes(*days)
        for table in changed.changed():
            if changed.rows(table) != tables[table]:
                return f"{table} after step {step}"
    return None


def _of_everything(compiled: Compiled, seed: int) -> list[Tables]:
    """The altered tables after each step, as a build of everything makes them."""
    anew = Warehouse(compiled)
    found = []
    for as_of, *_ in _sequence(anew, seed):
        anew.make_everything(as_of)
        found.append({table: anew.rows(table) for table in anew.changed()})
    return found


def _sequence(warehouse: Warehouse, seed: int) -> Iterator[tuple[date, int, date]]:
    """Land batch after batch, and before each build yield its day, and the batch and the day of the last build."""
    dice = Random(seed)
    province = Province(dice)
    if seed % 2:
        warehouse.con.execute("update seeds.rule set severity = 'warning' where rule_code in ?", [CAPS])
    as_of, batch_id = date(2026, 1, 1) + timedelta(days=dice.randint(0, 100)), 0

    def land(batches: Iterable[tuple[str, list[dict]]]) -> None:
        nonlocal batch_id
        for extract, rows in batches:
            batch_id += 1
            warehouse.land(batch_id, extract, rows)

    land(province.first())
    warehouse.make_everything(as_of)
    for _ in range(STEPS):
        since_batch, since_as_of = batch_id, as_of
        land(province.batches() if dice.random() < 0.9 else [])
        as_of += timedelta(days=dice.choice((0, 0, 1, 1, 7, 31)))
        yield as_of, since_batch, since_as_of


@pytest.mark.parametrize("seed", range(SEQUENCES))
def test_changes_are_what_everything_anew_would_be(compiled, expected, seed):
    assert difference(compiled, seed, expected) is None


def test_rows_meet_by_their_keys(compiled):
    """A join that compares each row with each is not seen on a sample, and never ends on millions."""
    warehouse = Warehouse(compiled)
    for batch_id, (extract, rows) in enumerate(Province(Random(1)).first(), start=1):
        warehouse.land(batch_id, extract, rows)
    warehouse.make_everything(date(2026, 1, 31))
    warehouse.make_changes(date(2026, 2, 1), batch_id - 1, date(2026, 1, 31))
    plans = {
        (kind, model.name): warehouse.con.execute(f"explain {model.sql}").fetchone()[1]
        for kind, models in (("whole", compiled.whole), ("changes", compiled.changes))
        for model in models
    }
    assert len(plans) > 80
    assert [name for name, plan in plans.items() if re.search("BLOCKWISE_NL_JOIN|NESTED_LOOP_JOIN", plan)] == []


@pytest.mark.slow  # takes a reason out of the models: the comparison above must notice
@pytest.mark.parametrize(("model", "reason"), REASONS)
def test_a_reason_that_is_forgotten_shows(compiled, expected, model, reason):
    forgetful = copy(compiled)
    forgetful.changes = [
        replace(one, sql=_without(one.sql, reason)) if one.name == model else one for one in compiled.changes
    ]
    assert any(difference(forgetful, seed, expected) for seed in LOOKED_AT)


@pytest.mark.slow
@pytest.mark.parametrize(("model", "pattern", "instead"), APART)
def test_what_is_not_kept_apart_shows(compiled, expected, model, pattern, instead):
    forgetful = copy(compiled)
    forgetful.changes = [
        replace(one, sql=_instead(one.sql, pattern, instead)) if one.name == model else one for one in compiled.changes
    ]
    assert any(difference(forgetful, seed, expected) for seed in (SHOWN_BY.get(pattern, 0), *LOOKED_AT))


def _instead(sql: str, pattern: str, instead: str) -> str:
    changed, count = re.subn(pattern, instead, sql)
    assert count, pattern
    return changed


def _without(sql: str, branch: str) -> str:
    """A union without one of its branches."""
    found = re.escape(branch)
    short, count = re.subn(rf"\bunion\s+{found}\b(?!\s+where)|{found}\s+union\b", "", sql, count=1)
    assert count == 1, branch
    return short
