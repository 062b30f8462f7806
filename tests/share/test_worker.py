"""The process of a session: what DuckDB itself denies it, whatever the verdict on the SQL; and the verdict."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from ordeals.share import publish_version
from skillsdw import closed_room
from skillsdw.home import Home
from skillsdw.share import reader_sql, worker
from skillsdw.share.extension import extension_file
from skillsdw.share.gateway import refusal


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    home = Home(tmp_path_factory.mktemp("worker") / "home")
    version = publish_version(home, "20261101T000000-aaaaaaa")
    limits = {"memory": 2**28, "threads": 1}
    with worker.connect({"file": str(version), "extension": str(extension_file("quack")), "limits": limits}) as con:
        yield con


@pytest.mark.parametrize(
    "sql",
    [
        "create table marts.own as select 1",
        "insert into marts.dim_city values ('1', '2')",
        "copy (select 1) to '/tmp/never.csv'",
        "from read_text('/etc/hostname')",
        "from '/etc/passwd'",
        "from glob('/etc/*')",
        "attach '/tmp/never.duckdb' as other",
        "attach 'quack:127.0.0.1:1' as other",
        "from quack_query('quack:127.0.0.1:1', 'select 1', token := 'abcd')",
        "install httpfs",
        "load httpfs",
        "set threads = 64",
        "set enable_external_access = true",
        "set lock_configuration = false",
        "reset memory_limit",
        "pragma memory_limit = '64GB'",
    ],
)
def test_duckdb_itself_refuses(connection: duckdb.DuckDBPyConnection, sql: str) -> None:
    with pytest.raises(duckdb.Error):
        connection.cursor().execute(sql).fetchall()


def test_there_is_no_http_client_in_the_process(connection: duckdb.DuckDBPyConnection) -> None:
    """quack_query heeds no setting; it has no way out because the extension that would carry it is not there."""
    with pytest.raises(duckdb.Error, match="httpfs"):
        connection.cursor().execute("from quack_query('quack:127.0.0.1:1', 'select 1', token := 'abcd')")


@pytest.mark.parametrize(
    "sql",
    [
        "from marts.dim_city",
        "with recursive x as (select 1 as i union all select i + 1 from x where i < 3) select * from x",
        "select unnest(range(3)), row_number() over () from marts.dim_city qualify true",
        "describe marts.dim_city",
        "summarize marts.dim_city",
        "show all tables",
        "from duckdb_columns()",
        "select * from range(3) as t(i) where i in (select 1)",
        "values (1), (2)",
        "select 'drop table x; quack_serve()' as text",
        "select count(*) from marts.dim_city tablesample 10%",
        "from (pivot marts.dim_city on city_code in ('000000') using count(*))",
    ],
)
def test_queries_of_analysts_are_let_through(connection: duckdb.DuckDBPyConnection, sql: str) -> None:
    assert reader_sql.verdict(connection, sql)["state"] == "ok"


@pytest.mark.parametrize(
    ("sql", "state"),
    [
        ("select 1; select 2", "several"),
        ("", "empty"),
        ("-- nothing", "empty"),
        ("selct 1", "syntax"),
        ("explain select 1", "not_a_query"),
        ("begin", "not_a_query"),
        ("from quack_serve()", "function"),
        ("select quack_check_token('a', 'b', 'c')", "function"),
        ("select (select max(x) from quack_server_list() as t(x))", "function"),
        ("with x as materialized (from read_csv('y')) from x", "function"),
        ("from marts.dim_city, lateral (from query('select 1'))", "function"),
        ("from duckdb_settings()", "function"),
        ("from duckdb_settings", "system_table"),
        ("from pg_catalog.pg_settings", "system_table"),
        ("select summ(1)", "unknown_function"),
    ],
)
def test_everything_else_is_named(connection: duckdb.DuckDBPyConnection, sql: str, state: str) -> None:
    assert reader_sql.verdict(connection, sql)["state"] == state


def test_the_worker_imports_nothing_of_the_project() -> None:
    for module in (worker, reader_sql, closed_room):  # these are loaded by their paths
        text = Path(module.__file__).read_text(encoding="utf-8")
        assert "import skillsdw" not in text
        assert "from skillsdw" not in text
    assert worker.load(Path(reader_sql.__file__)).FUNCTIONS == reader_sql.FUNCTIONS


def test_a_refusal_names_the_function_and_says_what_to_do_in_both_languages() -> None:
    said = refusal({"state": "function", "detail": "glob", "hints": []})
    assert "不能使用函数 glob;请改用" in said
    assert "glob may not be used here: use" in said
    said = refusal({"state": "unknown_function", "detail": "summ", "hints": ["sum", "fsum"]})
    assert "没有函数 summ,是否指 sum、fsum?" in said
    assert "summ does not exist; did you mean sum or fsum?" in said
