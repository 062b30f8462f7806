"""A page can read the published version and do nothing else."""

import fixture
import pytest

from dashboards import warehouse


@pytest.mark.parametrize(
    "sql",
    [
        "create table marts.x (i integer)",
        "copy (select 1) to '/tmp/skillsdw_never_written.csv'",
        "select * from read_text('/etc/hostname')",
        "set enable_external_access = true",
        "attach ':memory:' as other",
    ],
)
def test_a_page_can_not_write_or_leave_the_file(home, sql):
    fixture.publish(home)
    with pytest.raises(warehouse.Unavailable):
        warehouse.published().rows(sql)


def test_a_run_stays_on_its_version_while_another_is_published(home):
    fixture.publish(home)
    before = warehouse.published()
    fixture.publish(home, build="later")
    assert before.rows("select build_id from marts.published_version")[0].build_id == fixture.BUILD
    assert warehouse.published().rows("select build_id from marts.published_version")[0].build_id == "later"


def test_a_version_that_was_released_can_still_answer(home):
    first = fixture.publish(home)
    kept = warehouse.published()
    kept.rows("select 1 as one")
    for build in ("b", "c", "d"):
        fixture.publish(home, build=build)
        warehouse.published().rows("select 1 as one")
    assert kept.rows("select 2 as two")[0].two == 2
    first.unlink()
    assert kept.rows("select 1 as one")[0].one == 1  # an answer that was given is kept


def test_an_answer_is_asked_for_once(home, monkeypatch):
    fixture.publish(home)
    shown = warehouse.published()
    asked = shown.rows("select city_code from marts.dim_city where city_code = ?", ["450100"])
    monkeypatch.setattr(warehouse, "_connection", lambda version: pytest.fail(f"asked again: {version}"))
    assert shown.rows("select city_code from marts.dim_city where city_code = ?", ["450100"]) == asked


def test_a_page_never_takes_in_a_facts_rows(home):
    fixture.publish(home)
    with pytest.raises(ValueError, match="more than"):
        warehouse.published().rows("select unnest(range(1000000)) as row_number")
