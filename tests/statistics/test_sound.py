"""The one generic test of dbt finds each kind of fault, and nothing in a table that has none."""

import duckdb

GOOD = "select * from (values ('a', '450100', 'passed'), ('b', null, null)) as made (id, city_code, state)"


def faults(compiler, rows: str) -> set[tuple]:
    query = (
        "{{ test_sound('made', keys=[['id'], ['id', 'city_code']], filled=['state'],"
        " references={'city_code': 'dim_city.city_code'}, accepted={'state': ['passed', 'failed']}) }}"
    )
    sql = compiler.inline(query)
    with duckdb.connect() as con:
        con.execute("attach ':memory:' as warehouse")
        con.execute("create schema warehouse.marts")
        con.execute("create table warehouse.marts.dim_city as select '450100' as city_code")
        con.execute(f"create table made as {rows}")
        return set(con.execute(sql).fetchall())


def test_each_kind_of_fault_is_found(compiler):
    rows = (
        "select * from (values ('a', '450100', 'passed'), ('a', '450100', 'unknown'), (null, '459900', null)) "
        "as made (id, city_code, state)"
    )
    assert faults(compiler, rows) == {
        ("key", "id", "a"),
        ("key", "id", ""),
        ("key", "id, city_code", "a / 450100"),
        ("key", "id, city_code", "459900"),
        ("null", "state", "1"),
        ("reference", "city_code", "459900"),
        ("value", "state", "unknown"),
    }


def test_null_points_nowhere_and_is_in_every_list(compiler):
    assert faults(compiler, GOOD) == {("key", "id, city_code", "b"), ("null", "state", "1")}
