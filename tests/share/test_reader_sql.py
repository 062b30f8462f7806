"""Functions are allowed by name: every one that DuckDB has is on a list or is refused, however it is called."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from audits import catalogue
from dashboards import picking, questions
from dashboards.findings import query as finding
from ordeals.share import publish_version
from skillsdw.codes import read_seed
from skillsdw.home import PROJECT, Home
from skillsdw.share import reader_sql, worker
from skillsdw.share.extension import extension_file

IDENTIFIER = re.compile(r"[a-z_][a-z0-9_]*")

# Where an expression may stand; each call is `{}`.
EXPRESSIONS = (
    "select {}",
    "select 1 + coalesce(null, {})",
    "select 1 from marts.dim_city where {} is null",
    "select count(*) from marts.dim_city group by {}",
    "select count(*) from marts.dim_city group by all having {} > 1",
    "select 1 from marts.dim_city qualify {} > 1",
    "select 1 from marts.dim_city order by {} desc",
    "select 1 from marts.dim_city limit (select {})",
    "select sum(1) filter (where {}) from marts.dim_city",
    "select sum(1) over (partition by {}) from marts.dim_city",
    "select sum(1) over w from marts.dim_city window w as (order by {})",
    "select case when {} then 1 else 2 end",
    "select cast({} as varchar)",
    "select try({})",
    "select {} in (1, 2)",
    "select 'a' in ({}, 'b')",
    "select 'a' like {}",
    "select [{}, 1][1]",
    "select {{'a': {}}}.a",
    "select [{} for x in [1, 2]]",
    "select list_transform([1], lambda x: {})",
    "select columns(lambda c: {}) from marts.dim_city",
    "select * replace ({} as city_code) from marts.dim_city",
    "select (select max({}))",
    "select exists (select {})",
    "select 1 = any (select {})",
    "select array(select {})",
    "values (1), ({})",
    "with x as (select {}) from x",
    "with recursive x as (select 1 as i union all select {} from x where i < 3) select * from x",
    "from (select {}) as x",
    "select 1 from marts.dim_city as a join marts.dim_city as b on {}",
    "select 1 from marts.dim_city as a, lateral (select {}) as b",
    "select 1 union all select {}",
    "select * from range({}) as t(i)",
    "from marts.dim_city pivot (max({}) for city_code in ('1'))",
    "pivot marts.dim_city on city_code in ('1') using max({})",
    "describe select {}",
    "summarize select {}",
    "from (describe select {})",
)
TABLES = (
    "from {}",
    "select * from {} as t",
    "from marts.dim_city, {}",
    "from marts.dim_city join {} as t on true",
    "from marts.dim_city, lateral (from {})",
    "from marts.dim_city where exists (from {})",
    "select * from marts.dim_city where city_code in (from {})",
    "select (select count(*) from {})",
    "with x as materialized (from {}) from x",
    "select 1 union all from {}",
    "from (pivot (from {}) on a in (1) using count(*))",
    "from (unpivot (from {}) on columns(*))",
    "describe from {}",
    "summarize from {}",
    "from marts.dim_city select list_transform([1], lambda x: (select count(*) from {}))",
)


def spellings(name: str) -> Iterator[str]:
    """The ways in which a function's name may be written."""
    quoted = [f'"{name}"', f'"{name.upper()}"', f'"{name.title()}"', f'main."{name}"', f'"system"."main"."{name}"']
    yield from quoted
    # Words that the grammar keeps for itself stand in quotes only.
    if IDENTIFIER.fullmatch(name) and name not in RESERVED:
        yield from (name, name.upper(), f"main.{name}", f"system . main . {name}", f"/* x */ {name} /* y */")


RESERVED = {
    row[0]
    for row in duckdb.connect()
    .execute("select keyword_name from duckdb_keywords() where keyword_category <> 'unreserved'")
    .fetchall()
}


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """The share's own connection: it has quack's functions besides DuckDB's."""
    home = Home(tmp_path_factory.mktemp("rules") / "home")
    version = publish_version(home, "20261101T000000-aaaaaaa")
    limits = {"memory": 2**29, "threads": 1}
    with worker.connect({"file": str(version), "extension": str(extension_file("quack")), "limits": limits}) as con:
        yield con


@pytest.fixture(scope="module")
def names(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Every function that the process has, whatever its kind."""
    found = connection.execute("select distinct lower(function_name) from duckdb_functions() order by 1").fetchall()
    assert len(found) > 900
    return [row[0] for row in found]


def parsed(connection: duckdb.DuckDBPyConnection, queries: list[str]) -> Iterator[tuple[str, set[tuple[str, str]]]]:
    """What the rules find in each query, all of which DuckDB must be able to parse; taken apart in one go."""
    rows = connection.execute("select sql, json_serialize_sql(sql) from (select unnest(?) as sql)", [queries])
    for sql, text in rows.fetchall():
        tree = json.loads(text)
        assert not tree["error"], (sql, tree)
        assert len(tree["statements"]) == 1, sql
        yield sql, set(reader_sql._unfit(tree["statements"]))


def refused(connection: duckdb.DuckDBPyConnection, sql: str) -> set[tuple[str, str]]:
    """What the rules find in a query."""
    return dict(parsed(connection, [sql]))[sql]


@pytest.mark.parametrize(
    ("places", "allowed"), [(EXPRESSIONS, reader_sql.FUNCTIONS), (TABLES, reader_sql.TABLE_FUNCTIONS)]
)
def test_every_function_is_listed_or_refused_in_every_place(connection, names, places, allowed) -> None:
    for name in names:
        expected = set() if name in allowed else {("function", name)}
        for sql, found in parsed(connection, [place.format(f'"{name}"(null)') for place in places]):
            assert found == expected, sql


@pytest.mark.parametrize(
    ("place", "allowed"), [("select {}", reader_sql.FUNCTIONS), ("from {}", reader_sql.TABLE_FUNCTIONS)]
)
def test_every_function_is_listed_or_refused_in_every_spelling(connection, names, place, allowed) -> None:
    for name in names:
        expected = set() if name in allowed else {("function", name)}
        for sql, found in parsed(connection, [place.format(f"{spelling}(null)") for spelling in spellings(name)]):
            assert found == expected, sql


def test_every_function_is_listed_or_refused_when_it_is_chained_to_a_value(connection, names) -> None:
    for name in names:
        expected = set() if name in reader_sql.FUNCTIONS else {("function", name)}
        chained = [
            f'select city_code."{name}"(null) from marts.dim_city',
            f'select a.city_code."{name}"() from marts.dim_city as a',
            f'select (city_code)."{name}"()."{name}"() from marts.dim_city',
        ]
        for sql, found in parsed(connection, chained):
            assert found == expected, sql


def test_the_verdict_names_the_function(connection, names) -> None:
    for name in ("pandas_scan", "arrow_scan", "quack_serve", "json_execute_serialized_sql", *names[::40]):
        found = reader_sql.verdict(connection, f'from "{name}"(null)')
        if name in reader_sql.TABLE_FUNCTIONS:
            assert found["state"] == "ok"
        else:
            assert (found["state"], found["detail"]) == ("function", name)


def test_what_duckdb_does_not_have_is_refused_too_and_what_may_be_meant_is_said(connection) -> None:
    found = reader_sql.verdict(connection, "select summ(1)")
    assert (found["state"], found["detail"], found["hints"][0]) == ("unknown_function", "summ", "sum")
    assert reader_sql.verdict(connection, "from a_function_of_tomorrow(1)")["state"] == "unknown_function"
    long = reader_sql.verdict(connection, f"select {'x' * 5000}(1)")
    assert len(long["detail"]) < 100


def test_the_lists_name_nothing_that_is_not_there(names) -> None:
    assert reader_sql.FUNCTIONS - {"unnest"} <= set(names)
    assert set(names) >= reader_sql.TABLE_FUNCTIONS


def test_no_macro_on_the_list_calls_what_is_not(connection) -> None:
    """DuckDB puts a macro's text in after the verdict."""
    found = connection.execute(
        "select lower(function_name), function_type, macro_definition from duckdb_functions() "
        "where macro_definition is not null"
    ).fetchall()
    assert len(found) > 100
    for name, kind, text in found:
        if kind == "macro" and name in reader_sql.FUNCTIONS:
            assert refused(connection, f"select {text}") == set(), name
        if kind == "table_macro":
            assert name not in reader_sql.TABLE_FUNCTIONS, name


def test_no_system_view_that_may_be_read_calls_what_is_not(connection) -> None:
    views = connection.execute("select schema_name, view_name, sql from duckdb_views() where internal").fetchall()
    assert len(views) > 40
    for schema, view, text in views:
        forms = (view, f"{schema}.{view}", f'system."{schema}"."{view.upper()}"')
        told = [refused(connection, f"from {form}") for form in forms] + [refused(connection, f"describe {view}")]
        if view not in reader_sql.SYSTEM_TABLES and schema != "information_schema":
            assert told == [{("system_table", view)}] * 4
            continue
        assert told == [set()] * 4
        assert refused(connection, text.partition(" AS ")[2].rstrip(";")) == set(), view


def test_the_inside_of_an_aggregate_is_not_given_out(connection) -> None:
    assert refused(connection, "select sum(1) export_state") == {("function", "export_state")}


def test_statements_that_are_no_query_are_named(connection) -> None:
    for sql, word in (
        ("call pandas_scan(null)", "CALL"),
        ("pragma json_execute_serialized_sql('{}')", "PRAGMA"),
        ("/* 说明 */ execute x", "EXECUTE"),
        ("select 1; drop table x", "DROP"),
        ("pivot marts.dim_city on city_code using count(*)", "PIVOT"),
    ):
        found = reader_sql.verdict(connection, sql)
        assert (found["state"], found["detail"]) == ("not_a_query", word)


def _of_documents() -> Iterator[str]:
    """The queries that the documents tell analysts to send."""
    for file in PROJECT.glob("docs/*.md"):
        yield from re.findall(r"\.query\('([^'…]+)'\)", file.read_text(encoding="utf-8"))


def test_the_projects_own_queries_are_let_through(connection) -> None:
    asked = [questions.sql(name, "zh", 2026, city) for name in questions.NAMES for city in ("ALL", "450100")]
    for check in catalogue.checks(read_seed("rule")):
        asked += [check.sql, *([check.coverage_sql] if check.coverage_sql else [])]
    for operator in picking.OPERATORS:
        asked.append(picking.select("dim_city", [], [picking.Condition("name_zh", operator, "1")], "name_zh", True, 9))
    asked += [finding.START, *_of_documents()]
    assert len(asked) > 60
    for sql in asked:
        assert reader_sql.verdict(connection, sql)["state"] == "ok", sql


def test_the_rules_stand_in_one_file() -> None:
    """Neither process has a list of its own."""
    for file in (PROJECT / "dashboards/sandbox/worker.py", PROJECT / "skillsdw/share/worker.py"):
        assert "scan" not in Path(file).read_text(encoding="utf-8")
