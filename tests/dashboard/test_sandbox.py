"""A reader's SQL reaches the published file and nothing else, and ends with its time, its room or its reader."""

import os
import time
from pathlib import Path

import fixture
import pytest

from dashboards import sandbox
from dashboards.sandbox import Limits

ENDLESS = "select count(*) from range(100000000000) as a(i), range(1000) as b(j)"
SHORT = Limits(seconds=1.5)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A published file."""
    return fixture.publish(tmp_path_factory.mktemp("home"))


def state(file: Path, sql: str, limits: Limits = sandbox.LIMITS) -> str:
    """What became of the query."""
    return sandbox.ask(file, sql, limits).state


@pytest.mark.parametrize(
    "sql",
    [
        "select city_code from marts.dim_city order by 1",
        "from marts.dim_city",
        "with a as (select 1 as i) select * from a -- remark; not a second one",
        "describe marts.dim_city",
        "summarize marts.dim_city",
        "explain select 1",
        "values (1), (2)",
        "from marts.dim_city pivot (count(*) for is_city in (true, false))",
    ],
)
def test_a_query_is_answered(file, sql):
    answer = sandbox.ask(file, sql)
    assert answer.state == "done"
    assert answer.table.num_rows > 0
    assert len(answer.types) == answer.table.num_columns


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("copy (select 1) to '/tmp/skillsdw_never_written.csv'", "not_a_query"),
        ("copy marts.dim_city to '/tmp/skillsdw_never_written.parquet'", "not_a_query"),
        ("attach ':memory:' as other", "not_a_query"),
        ("attach '/tmp/skillsdw_never_written.duckdb' as other", "not_a_query"),
        ("detach other", "not_a_query"),
        ("install httpfs", "not_a_query"),
        ("load httpfs", "not_a_query"),
        ("set enable_external_access = true", "not_a_query"),
        ("set memory_limit = '100GB'", "not_a_query"),
        ("reset lock_configuration", "not_a_query"),
        ("pragma threads = 8", "not_a_query"),
        ("pragma enable_profiling", "not_a_query"),
        ("call pragma_version()", "not_a_query"),
        ("create table marts.x (i integer)", "not_a_query"),
        ("create temp table x as select 1", "not_a_query"),
        ("create macro f(a) as a", "not_a_query"),
        ("insert into marts.dim_city values (null)", "not_a_query"),
        ("update marts.dim_city set name_zh = null", "not_a_query"),
        ("delete from marts.dim_city", "not_a_query"),
        ("drop table marts.dim_city", "not_a_query"),
        ("begin", "not_a_query"),
        ("checkpoint", "not_a_query"),
        ("vacuum", "not_a_query"),
        ("prepare a as select 1", "not_a_query"),
        ("export database '/tmp/skillsdw_never_written'", "not_a_query"),
        ("import database '/tmp'", "forbidden"),
        ("select 1; drop table marts.dim_city", "not_a_query"),
        ("select 1; select 2", "several"),
        ("", "empty"),
        ("-- only a remark", "empty"),
        ("selec 1", "syntax"),
        ("select * from marts.nothing", "unknown_name"),
        ("select * from read_csv('/etc/passwd')", "forbidden"),
        ("select * from read_text('/proc/self/environ')", "forbidden"),
        ("select * from read_blob('/etc/hostname')", "forbidden"),
        ("select * from read_parquet('/tmp/*.parquet')", "forbidden"),
        ("select * from read_json('/etc/passwd')", "forbidden"),
        ("select * from glob('/*')", "forbidden"),
        ("select * from sniff_csv('/etc/passwd')", "forbidden"),
        ("select * from read_duckdb('/tmp/x.duckdb')", "forbidden"),
        ("select * from read_csv('https://example.org/x.csv')", "forbidden"),
        ("select * from query('from read_text(''/etc/passwd'')')", "forbidden"),
        ("select * from '/etc/passwd'", "unknown_name"),
        ("select * from request", "unknown_name"),  # a variable of the worker's own
        ("select getenv('HOME')", "unknown_name"),
        ("explain analyze copy (select 1) to '/tmp/skillsdw_never_written.csv'", "forbidden"),
        ("select 'a'::integer", "failed"),
        (f"select {'+'.join(['1'] * 3000)}", "syntax"),
    ],
)
def test_what_is_no_query_or_leaves_the_file_is_refused(file, sql, expected):
    assert state(file, sql) == expected


def test_nothing_was_written_and_the_file_is_as_it_was(file):
    assert list(Path("/tmp").glob("skillsdw_never_written*")) == []
    assert sandbox.ask(file, "select count(*) as n from marts.dim_city").table.to_pylist() == [{"n": 15}]


def test_an_explained_write_is_no_write(file):
    assert state(file, "explain analyze delete from marts.dim_city") in ("failed", "forbidden", "not_a_query")


@pytest.mark.parametrize(
    ("sql", "ended"),
    [
        (ENDLESS, {"too_long"}),
        ("with recursive t as (select 1 as a union all select a + 1 from t) select count(*) from t", {"too_long"}),
        ("select sleep_ms(60000)", {"too_long"}),
        # Which limit it meets first is the machine's.
        ("select 'x' || repeat('a', 100000000) from range(1000)", {"too_long", "too_large"}),
    ],
)
def test_a_query_without_end_is_ended(file, sql, ended):
    began = time.monotonic()
    assert state(file, sql, SHORT) in ended
    assert time.monotonic() - began < 15  # on a machine that has much else to do


def test_a_query_that_takes_too_much_room_is_ended(file):
    limits = Limits(memory=100 * 2**20)
    assert state(file, "select string_agg(repeat('x', 1000000), '') from range(100000)", limits) == "too_large"


def test_a_huge_answer_is_cut_by_rows_and_by_size(file):
    answer = sandbox.ask(file, "select i from range(1000000000000) as t(i)", Limits(rows=1_000))
    assert (answer.state, answer.is_cut, answer.table.num_rows) == ("done", True, 1_000)
    answer = sandbox.ask(file, "select repeat('x', 1000) as x from range(1000000)", Limits(bytes=20 * 2**20))
    assert answer.is_cut
    assert answer.table.nbytes <= 20 * 2**20


def test_a_cancelled_query_is_answered_at_once_and_its_process_ends(file):
    run = sandbox.start(file, ENDLESS)
    assert run.wait(1.5) is None
    began = time.monotonic()
    run.cancel()
    assert run.wait(5).state == "cancelled"
    assert time.monotonic() - began < 1
    run._process.wait(timeout=10)


def test_a_reader_who_left_takes_the_query_along(file, monkeypatch):
    monkeypatch.setattr(sandbox, "LEFT_AFTER", 1.0)
    run = sandbox.start(file, ENDLESS)
    assert run._is_over.wait(15)
    run._process.wait(timeout=10)
    assert run.wait(0).state == "cancelled"


def test_no_more_than_a_few_run_at_once(file, monkeypatch):
    monkeypatch.setattr(sandbox, "WAITS_FOR_A_PLACE", 0.5)
    runs = [sandbox.start(file, f"{ENDLESS} -- {place}") for place in range(sandbox.AT_ONCE)]
    time.sleep(0.3)
    assert state(file, "select 'one too many'") == "busy"
    for run in runs:
        run.cancel()


def test_a_worker_that_is_killed_is_a_sentence_and_no_exception(file):
    run = sandbox.start(file, f"{ENDLESS} -- killed")
    while run._process is None:
        time.sleep(0.05)
    time.sleep(1)
    os.kill(run._process.pid, 9)
    assert run.wait(10).state == "crashed"


def test_columns_of_one_name_are_told_apart(file):
    assert sandbox.ask(file, "select 1 as a, 2 as a, 3 as b").table.column_names == ["a", "a_2", "b"]


def test_an_answer_is_kept_for_a_version_that_never_changes(file):
    first = sandbox.ask(file, "select 42 as kept")
    assert sandbox.ask(file, "select 42 as kept") is first


def test_the_worker_has_no_environment_and_no_project(file):
    names = sandbox.ask(file, "select name, value from duckdb_settings() where name in ('temp_directory', 'threads')")
    assert {row["name"]: row["value"] for row in names.table.to_pylist()} == {"temp_directory": "", "threads": "2"}
    imported = (Path(sandbox.__file__).parent / "worker.py").read_text(encoding="utf-8")
    assert "import dashboards" not in imported
    assert "from dashboards" not in imported
