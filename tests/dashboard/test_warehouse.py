"""A page can read the published version and do nothing else."""

import fixture
import pytest

from dashboards import warehouse
from skillsdw.access import PROVINCE


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
        warehouse.published(PROVINCE).rows(sql)


def test_a_run_stays_on_its_version_while_another_is_published(home):
    fixture.publish(home)
    before = warehouse.published(PROVINCE)
    fixture.publish(home, build="later")
    assert before.rows("select build_id from marts.published_version")[0].build_id == fixture.BUILD
    assert warehouse.published(PROVINCE).rows("select build_id from marts.published_version")[0].build_id == "later"


def test_a_version_that_was_released_can_still_answer(home):
    first = fixture.publish(home)
    kept = warehouse.published(PROVINCE)
    kept.rows("select 1 as one")
    for build in ("b", "c", "d"):
        fixture.publish(home, build=build)
        warehouse.published(PROVINCE).rows("select 1 as one")
    assert kept.rows("select 2 as two")[0].two == 2
    first.unlink()
    assert kept.rows("select 1 as one")[0].one == 1  # an answer that was given is kept


def test_an_answer_is_asked_for_once(home, monkeypatch):
    fixture.publish(home)
    shown = warehouse.published(PROVINCE)
    asked = shown.rows("select city_code from marts.dim_city where city_code = ?", ["450100"])
    monkeypatch.setattr(warehouse.connections, "cursor", lambda version: pytest.fail(f"asked again: {version}"))
    assert shown.rows("select city_code from marts.dim_city where city_code = ?", ["450100"]) == asked


def test_a_page_never_takes_in_a_facts_rows(home):
    fixture.publish(home)
    with pytest.raises(ValueError, match="more than"):
        warehouse.published(PROVINCE).rows("select unnest(range(1000000)) as row_number")


def test_a_file_that_nobody_asks_is_closed(home):
    first = fixture.publish(home)
    shown = warehouse.published(PROVINCE)
    shown.rows("select 1 as one")
    assert str(first) in warehouse.connections.files()
    warehouse.connections.close_idle()
    assert str(first) in warehouse.connections.files()  # it was asked just now
    warehouse.connections.close_idle(idle=0)
    assert str(first) not in warehouse.connections.files()
    assert shown.rows("select 3 as three")[0].three == 3
