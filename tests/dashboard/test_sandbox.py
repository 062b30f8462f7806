"""A reader's SQL reaches the published file and nothing else, and ends with its time, its room or its reader."""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import duckdb
import fixture
import pytest

from dashboards import sandbox
from dashboards.sandbox import Limits, worker
from skillsdw.share import reader_sql

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
        "/* 说明 */ Explain -- 为何慢\n analyze (select count(*) from marts.dim_city) union select 1;",
        "explain from marts.dim_city",
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
        ("import database '/tmp'", "not_a_query"),
        ("select 1; drop table marts.dim_city", "not_a_query"),
        ("select 1; select 2", "several"),
        ("", "empty"),
        ("-- only a remark", "empty"),
        ("selec 1", "syntax"),
        ("select * from marts.nothing", "unknown_name"),
        ("select * from read_csv('/etc/passwd')", "function"),
        ("select * from read_text('/proc/self/environ')", "function"),
        ("select * from read_blob('/etc/hostname')", "function"),
        ("select * from read_parquet('/tmp/*.parquet')", "function"),
        ("select * from read_json('/etc/passwd')", "function"),
        ("select * from glob('/*')", "function"),
        ("select * from sniff_csv('/etc/passwd')", "function"),
        ("select * from read_duckdb('/tmp/x.duckdb')", "function"),
        ("select * from read_csv('https://example.org/x.csv')", "function"),
        ("select * from query('from read_text(''/etc/passwd'')')", "function"),
        ("select * from '/etc/passwd'", "unknown_name"),
        ("select * from request", "unknown_name"),  # a variable of the worker's own
        ("select getenv('HOME')", "unknown_function"),
        ("select sleep_ms(60000)", "function"),
        ("from duckdb_settings()", "function"),
        ("from pg_catalog.pg_settings", "system_table"),
        ("explain", "empty"),
        ("explain explain select 1", "not_a_query"),
        ("explain (analyze) select 1", "syntax"),
        ("explain analyze copy (select 1) to '/tmp/skillsdw_never_written.csv'", "not_a_query"),
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
    with worker.connect(str(file), asdict(sandbox.LIMITS)) as connection:
        names = connection.execute(
            "select name, value from duckdb_settings() where name in ('temp_directory', 'threads')"
        )
        assert dict(names.fetchall()) == {"temp_directory": "", "threads": "2"}
    imported = Path(worker.__file__).read_text(encoding="utf-8")
    assert not re.search(r"^\s*(import|from) (dashboards|skillsdw)", imported, re.MULTILINE)


def tree_of(sql: str) -> str:
    """A parsed query as JSON, as `json_execute_serialized_sql` takes it."""
    return duckdb.execute("select json_serialize_sql(?)", [sql]).fetchone()[0]


def quoted(text: str) -> str:
    """A text as SQL writes it."""
    return "'" + text.replace("'", "''") + "'"


# An address that is nobody's, where the functions expect one of their own.
POINTER = tree_of("from range(1)").replace('"range"', '"pandas_scan"')
CRASHES = [
    "from pandas_scan(null)",
    "describe from pandas_scan(null)",
    f"from json_execute_serialized_sql({quoted(tree_of('from pandas_scan(null)'))})",
    f"pragma json_execute_serialized_sql({quoted(tree_of('from pandas_scan(null)'))})",
    f"select json_serialize_plan({quoted('from pandas_scan(null)')})",
    "from query('from pandas_scan(null)')",
]


def others() -> Iterator[str]:
    """The same by other ways, some of which DuckDB itself refuses."""
    for call in ("pandas_scan(null)", "arrow_scan(null, null, null)", "arrow_scan_dumb(1, 2, 3)", "seq_scan()"):
        yield from (
            f"from {call}",
            f"FROM System.Main.{call}",
            f'from "{call.replace("(", chr(34) + "(", 1)}',
            f"explain from {call}",
            f"explain analyze select * from {call}",
            f"explain /* ( */ from {call}",
            f"summarize from {call}",
            f"select (select count(*) from {call})",
            f"with x as (from {call}) from x",
            f"select * from marts.dim_city, lateral (from {call})",
            f"select {call}",
            f"select city_code.{call} from marts.dim_city",
            f"values ({call})",
            f"call {call}",
            f"from json_execute_serialized_sql({quoted(tree_of(f'from {call}'))})",
            f"from json_execute_serialized_sql({quoted(POINTER)})",
            f"select json_serialize_plan({quoted(f'from {call}')})",
            f"from query({quoted(f'from {call}')})",
            f"explain from query({quoted(f'from {call}')})",
        )


@pytest.mark.parametrize("sql", CRASHES)
def test_what_ends_duckdb_is_refused_and_the_next_query_is_answered(file, sql):
    bare = subprocess.run([sys.executable, "-c", "import duckdb, sys; duckdb.execute(sys.argv[1])", sql], check=False)
    assert bare.returncode < 0, "this no longer ends DuckDB: the case proves nothing"
    answer = sandbox.ask(file, sql)
    assert answer.state in ("function", "not_a_query")
    assert sandbox.ask(file, "select 1 as alive").state == "done"


@pytest.fixture(scope="module")
def open_worker(file) -> Iterator[duckdb.DuckDBPyConnection]:
    """The worker's connection, in this process."""
    with worker.connect(str(file), asdict(sandbox.LIMITS)) as connection:
        yield connection


def test_no_way_to_a_function_that_takes_an_address_is_let_through(open_worker):
    """In this process: a query that came through would end the tests."""
    tried = list(others())
    assert len(tried) > 70
    for sql in tried:
        with pytest.raises((worker.Refused, duckdb.ParserException)) as refusal:
            worker.only_query(open_worker, sql, reader_sql)
        if refusal.type is worker.Refused:
            assert refusal.value.state in ("function", "not_a_query"), sql


PARSED_AS = {"count": "count_star"}  # without arguments


def test_every_function_that_is_not_listed_is_refused_before_anything_runs(open_worker, monkeypatch):
    monkeypatch.setattr(reader_sql, "_is_known", lambda *_: True)  # asked of DuckDB's own list, slowly
    names = open_worker.execute("select distinct lower(function_name) from duckdb_functions()").fetchall()
    tried = 0
    for (name,) in names:
        for place, allowed in (("from", reader_sql.TABLE_FUNCTIONS), ("select", reader_sql.FUNCTIONS)):
            for sql in (f'{place} "{name}"()', f'explain {place} "{name}"()'):
                if name in allowed:
                    assert worker.only_query(open_worker, sql, reader_sql).query
                    continue
                tried += 1
                with pytest.raises(worker.Refused) as refusal:
                    worker.only_query(open_worker, sql, reader_sql)
                assert (refusal.value.state, refusal.value.detail) == ("function", PARSED_AS.get(name, name))
    assert tried > 1_000


def test_a_refused_name_comes_with_the_answer(file):
    answer = sandbox.ask(file, "select * from GLOB('/*')")
    assert (answer.state, answer.message) == ("function", "glob")
    answer = sandbox.ask(file, "select summ(1)")
    assert (answer.state, answer.message, answer.hints[0]) == ("unknown_function", "summ", "sum")
    assert json.dumps(answer.hints)


def test_a_deep_query_is_answered_and_a_deeper_one_is_told(file):
    assert state(file, f"select {'+'.join(['1'] * 400)}") == "done"
    assert state(file, "select " + "(select " * 12 + "1" + ")" * 12) == "done"
    for sql in ("select " + "(" * 40_000 + "1" + ")" * 40_000, "from " + "(from " * 3_000 + "range(1)" + ")" * 3_000):
        assert state(file, sql[:20_000]) == "syntax"


def test_a_text_that_is_no_text_is_a_sentence(file):
    for sql in ("select '\ud800'", "select 'unfinished", 'from "unfinished', "\x00", "select 1 \x00", "/* open"):
        assert state(file, sql) in ("syntax", "empty", "done", "failed"), sql
