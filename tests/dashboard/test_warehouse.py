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
    first.unlink()
    with pytest.raises(warehouse.Unavailable):
        kept.rows("select 1 as one")
