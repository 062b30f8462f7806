"""Whose a file is by its path: the model says what landing says, over thousands of made paths."""

import random

import duckdb
import pytest
from test_marts_agree import Warehouse

from skillsdw.landing.senders import city_of_path
from skillsdw.seeds import read_seed

pytestmark = pytest.mark.minutes

PATHS = 4_000
ORDINARY = ("上报", "2026年10月", "10月", "20264501", "x", "职业技能", "汇总", "450", "14501002", "更正(1)", "市", "区")


def words() -> list[str]:
    cities = [row for row in read_seed("city") if row["city_code"] != "450000"]
    found = [row["name_zh"] for row in cities] + [row["name_zh"].removesuffix("市") for row in cities]
    found += [row["name_en"] for row in cities] + [row["city_code"] for row in cities]
    found += [row["city_code"][:4] for row in cities]
    return found + [row[name] for row in read_seed("county") for name in ("name_zh", "county_code")]


def made_path(dice: random.Random, named: list[str]) -> str:
    def part() -> str:
        chosen = [dice.choice(named if dice.random() < 0.45 else ORDINARY) for _ in range(dice.choice((1, 1, 2, 3)))]
        return dice.choice(("", "-", "_", " ")).join(chosen)

    folders = [part() for _ in range(dice.randint(0, 4))]
    return "/".join(["enrollment", *folders, part() + dice.choice((".csv", ".xlsx"))])


def test_the_model_names_the_city_that_landing_names(tmp_path):
    dice = random.Random(1)
    paths = sorted({made_path(dice, words()) for _ in range(PATHS)})
    warehouse = Warehouse(tmp_path)
    with duckdb.connect(warehouse.file) as con:
        con.executemany("insert into raw.batch (batch_id, file_name) values (?, ?)", list(enumerate(paths)))
    warehouse.dbt("seed", "--select", "city", "county", manifest=warehouse.manifest)
    warehouse.dbt("run", "--select", "int_file_place", manifest=warehouse.manifest)
    with duckdb.connect(warehouse.file) as con:
        rows = con.execute(
            "select batch_id, coalesce(min(city_code) filter (part = 'folder'), min(city_code)) "
            "from intermediate.int_file_place group by batch_id"
        ).fetchall()
    found = dict(rows)
    due = {number: city for number, path in enumerate(paths) if (city := city_of_path(path)) is not None}
    assert len(due) > PATHS / 4
    assert {paths[n]: (due.get(n), found.get(n)) for n in due.keys() | found.keys() if due.get(n) != found.get(n)} == {}
