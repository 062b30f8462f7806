"""Write the edition of a published version for a set of cities: own rows exactly, all else as open figures."""

from pathlib import Path

import duckdb

from skillsdw.disclosure.treated import MIX, NO_CITY, NO_MEMBER, put_rows
from skillsdw.durable import put
from skillsdw.editions.setting import least_persons
from skillsdw.editions.treatment import OWN, TREATMENTS, Open, Own, OwnAndOpen, Standardised, Whole
from skillsdw.publish import DEFAULT_MEMORY_LIMIT, EDITION_FOLDER_MODE, EDITION_MODE, STORAGE

LEAST_OTHERS = 3  # cities that stay others: with one or two, the province less one's own gives them away


class EditionError(Exception):
    """No edition was written; `str()` is bilingual and says what to do."""


def write_edition(
    version: Path,
    open_file: Path,
    edition: Path,
    cities: frozenset[str],
    memory_limit: str = DEFAULT_MEMORY_LIMIT,
) -> None:
    """Write `edition` for `cities` from a version and its file of open figures; for no city, the open figures alone.

    The file appears whole or not at all. EditionError for an unknown city, too few others, a version without open
    figures, or a mart without a treatment.
    """
    if not open_file.is_file():
        raise EditionError(
            f"版本 {version.stem} 没有公开数,请重新运行 skillsdw build / "
            f"Version {version.stem} has no open figures: run skillsdw build again"
        )
    for folder in (edition.parent.parent, edition.parent):  # one by one: `parents` would be made as open as may be
        folder.mkdir(mode=EDITION_FOLDER_MODE, parents=True, exist_ok=True)
    candidate = edition.with_name(f".{edition.stem}.tmp")
    candidate.unlink(missing_ok=True)
    try:
        with duckdb.connect(str(candidate), config=STORAGE | {"memory_limit": memory_limit}) as con:
            con.execute(f"attach '{_quoted(version)}' as version (read_only)")
            con.execute(f"attach '{_quoted(open_file)}' as figures (read_only)")
            _fill(con, version, cities)
            con.execute("detach version")
            con.execute("detach figures")
            con.execute("checkpoint")
        candidate.chmod(EDITION_MODE)
        put(candidate, edition)
    finally:
        candidate.unlink(missing_ok=True)


def _fill(con: duckdb.DuckDBPyConnection, version: Path, cities: frozenset[str]) -> None:
    _check_cities(con, cities)
    _prepare(con, cities)
    con.execute("create schema marts")
    for table in _tables(con):
        con.execute(f'create table marts."{table}" as {select(con, table)}')
    con.execute(
        "create table marts.edition (cities varchar, least_persons integer, made_from varchar, figures_of_month date)"
    )
    con.execute(
        "insert into marts.edition select ?, ?, ?, closed_month from figures.standard.refresh",
        ["+".join(sorted(cities)), least_persons(), version.stem],
    )
    _comment(con)


def _check_cities(con: duckdb.DuckDBPyConnection, cities: frozenset[str]) -> None:
    known = {code for (code,) in con.execute("select city_code from version.marts.dim_city").fetchall()}
    if unknown := sorted(cities - known):
        raise EditionError(f"没有这个市的代码:{'、'.join(unknown)} / No city has the code {', '.join(unknown)}")
    if len(known - cities) < LEAST_OTHERS:
        raise EditionError(
            f"分市版本应至少留出 {LEAST_OTHERS} 个其他市;看全区请用 planner 角色 / "
            f"An edition leaves at least {LEAST_OTHERS} other cities: "
            "whoever is to see the province needs the role planner"
        )


def _prepare(con: duckdb.DuckDBPyConnection, cities: frozenset[str]) -> None:
    """The temporary tables that conditions ask: own cities, own sessions and institutions."""
    con.execute("create temp table own_city (city_code varchar)")
    if cities:
        con.executemany("insert into own_city values (?)", [[city] for city in sorted(cities)])
    con.execute(
        """
        create temp table own_session as
        select enrollment_id, person_key
        from version.marts.fct_training_session
        where city_code in (select city_code from own_city);

        create temp table own_institution as
        with elsewhere as (
          select distinct institution_uscc as institution_code
          from version.marts.fct_training_session
          where city_code is null or city_code not in (select city_code from own_city)
        )

        select distinct institution_code
        from version.marts.institution_scorecard
        where
          city_code in (select city_code from own_city)
          and institution_code not in (select institution_code from elsewhere where institution_code is not null)
        """
    )


def _tables(con: duckdb.DuckDBPyConnection) -> list[str]:
    found = con.execute(
        """
        select table_name from duckdb_tables()
        where database_name = 'version' and schema_name = 'marts' order by table_name
        """
    ).fetchall()
    return [name for (name,) in found]


def select(con: duckdb.DuckDBPyConnection, table: str) -> str:
    """The query that makes a mart of an edition. EditionError for a mart that no treatment names."""
    columns = [row[0] for row in con.execute(f'describe version.marts."{table}"').fetchall()]
    of_version, of_open = f'from version.marts."{table}" as t', f'from figures.marts."{table}" as t'
    shown = ", ".join(f't."{column}"' for column in columns)
    match TREATMENTS.get(table):
        case Whole():
            return f"select {shown} {of_version}"
        case Open():
            return f"select {shown} {of_open}"
        case Own(where, replace):
            kept = ", ".join(f"{sql} as {column}" for column, sql in replace.items())
            return f"select t.*{f' replace ({kept})' if kept else ''} {of_version} where {where}"
        case OwnAndOpen():
            return f"select {shown} {of_version} where {OWN} union all select {shown} {of_open} where not ({OWN})"
        case Standardised():
            return f"select {shown} from ({_standardised(con)}) as t"
    raise EditionError(
        f"表 {table} 未写明分市版本如何处理(skillsdw/editions/treatment.py),未生成 / "
        f"Table {table} has no treatment in skillsdw/editions/treatment.py: no edition was written"
    )


def _standardised(con: duckdb.DuckDBPyConnection) -> str:
    """Own cities standardised by the model itself: own sessions as they are, all others' as the treated ones of the
    province leave them."""
    counts = ("counted_sessions", "certified_sessions", "due_sessions", "employed_sessions")
    own = con.execute(
        f"""
        select t.city_code, {", ".join((*MIX, *counts))}
        from version.marts.outcome_scope as t
        where
          {OWN}
          and plan_year in (select plan_year from figures.standard.stratum)
          and trainee_group <> 'ALL' and training_type <> 'ALL' and industry_code <> 'ALL'
        """
    ).fetchall()
    told = con.execute(f"select {', '.join((*MIX, *counts))} from figures.standard.stratum").fetchall()
    others = {row[:4]: list(row[4:]) for row in told}
    for _, year, *mix, counted, certified, due, employed in own:
        # A mix that is not told by itself is a part of the rest.
        places = ((year, *mix[:kept], *[NO_MEMBER] * (3 - kept)) for kept in (3, 2, 1, 0))
        if place := next((place for place in places if place in others), None):
            for number, count in enumerate((counted, certified, due, employed)):
                others[place][number] = max(others[place][number] - count, 0)
    rows = [
        (NO_CITY, *mix, counted, min(certified, counted), min(due, counted), min(employed, due, counted))
        for mix, (counted, certified, due, employed) in others.items()
        if counted
    ]
    columns = (
        "city_code varchar, plan_year integer, trainee_group varchar, training_type varchar, industry_code varchar, "
        + ", ".join(f"{count} bigint" for count in counts)
    )
    put_rows(con, "temp.stratum", columns, [*own, *rows])
    (sql,) = con.execute("select sql from figures.standard.model where name = 'city_standardised'").fetchone()
    asked = sql.replace('"warehouse"."intermediate"."int_outcome_stratum"', "temp.stratum")
    return f"select * from ({asked}) where city_code in (select city_code from own_city)"


def _comment(con: duckdb.DuckDBPyConnection) -> None:
    """The descriptions of the version's tables and columns, and of the one table that only an edition has."""
    tables = con.execute(
        "select table_name, comment from duckdb_tables() where database_name = 'version' and comment is not null"
    ).fetchall()
    columns = con.execute(
        """
        select table_name, column_name, comment from duckdb_columns()
        where database_name = 'version' and schema_name = 'marts' and comment is not null
        """
    ).fetchall()
    comments = [f"comment on table marts.\"{table}\" is '{_quoted(comment)}'" for table, comment in tables]
    comments += [
        f'comment on column marts."{table}"."{column}" is \'{_quoted(comment)}\'' for table, column, comment in columns
    ]
    comments.append(
        "comment on table marts.edition is 'Whose edition this file is: its cities (codes joined by +, none for the "
        "open figures alone), the fewest sessions of another city''s year that are told, the version that it is made "
        "from, and the month at whose close the others'' figures were refreshed.'"
    )
    con.execute(";\n".join(comments))


def _quoted(text: Path | str) -> str:
    return str(text).replace("'", "''")
