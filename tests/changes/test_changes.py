"""A build of changes gives what a build of everything gives, row for row, over random sequences of batches."""

import os
from datetime import date, timedelta
from random import Random

import pytest
from compiled_project import Compiled, Warehouse
from random_batches import Province

SEQUENCES = int(os.environ.get("SKILLSDW_SEQUENCES", "60"))
STEPS = 5


@pytest.fixture(scope="module")
def compiled(tmp_path_factory) -> Compiled:
    return Compiled(tmp_path_factory.mktemp("compiled"))


@pytest.mark.parametrize("seed", range(SEQUENCES))
def test_changes_are_what_everything_anew_would_be(compiled, seed):
    dice = Random(seed)
    province, changed, anew = Province(dice), Warehouse(compiled), Warehouse(compiled)
    as_of, batch_id = date(2026, 1, 1) + timedelta(days=dice.randint(0, 100)), 0

    def land(batches) -> None:
        nonlocal batch_id
        for extract, rows in batches:
            batch_id += 1
            for warehouse in (changed, anew):
                warehouse.land(batch_id, extract, rows)

    land(province.first())
    changed.make_everything(as_of)
    for step in range(STEPS):
        since_batch, since_as_of = batch_id, as_of
        land(province.batches() if dice.random() < 0.9 else [])
        as_of += timedelta(days=dice.choice((0, 0, 1, 1, 7, 31)))
        changed.make_changes(as_of, since_batch, since_as_of)
        anew.make_everything(as_of)
        for table in changed.kept():
            assert changed.rows(table) == anew.rows(table), f"{table} after step {step}"
