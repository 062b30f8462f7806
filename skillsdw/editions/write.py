"""Write the edition of a published version for a set of cities: a file of the same tables with what those may see."""

from collections.abc import Iterable
from pathlib import Path

import duckdb

from skillsdw.durable import put
from skillsdw.editions.cells import hidden_cells
from skillsdw.editions.cover import CannotCover
from skillsdw.editions.setting import least_persons
from skillsdw.editions.treatment import TREATMENTS, Covered, Rows
from skillsdw.publish import DEFAULT_MEMORY_LIMIT, EDITION_FOLDER_MODE, EDITION_MODE, STORAGE

LEAST_OTHERS = 3  # cities that stay others: with one or two, the province less one's own gives them away


class EditionError(Exception):
    """No edition was written; `str()` is bilingual and says what to do."""


def write_edition(
    version: Path,
    edition: Path,
    cities: frozenset[str],
    least: int | None = None,
    memory_limit: str = DEFAULT_MEMORY_LIMIT,
) -> None:
    """Write `edition` from `version`: own rows of `cities` whole, of others what small cells allow.

    `least` is the smallest count of persons of another city that is shown (default: the project's setting). The file
    appears whole or not at all. EditionError for an unknown city, too few others, or a mart without a treatment.
    """
    least = least_persons() if least is None else least
    for folder in (edition.parent.parent, edition.parent):  # one by one: `parents` would be made as open as may be
        folder.mkdir(mode=EDITION_FOLDER_MODE, parents=True, exist_ok=True)
    candidate = edition.with_name(f".{edition.stem}.tmp")
    candidate.unlink(missing_ok=True)
    try:
        with duckdb.connect(str(candidate), config=STORAGE | {"memory_limit": memory_limit}) as con:
            con.execute(f"attach '{_quoted(version)}' as version (read_only)")
            _fill(con, version, cities, least)
            con.execute("detach version")
            con.execute("checkpoint")
        candidate.chmod(EDITION_MODE)
        put(candidate, edition)
    finally:
        candidate.unlink(missing_ok=True)


def _fill(con: duckdb.DuckDBPyConnection, version: Path, cities: frozenset[str], least: int) -> None:
    own_file = con.execute("select current_catalog()").fetchone()[0]
    con.execute("use version")
    _check_cities(con, cities)
    _prepare(con, cities, least)
    con.execute(f'use "{own_file}"')
    con.execute("create schema marts")
    for table in _tables(con):
        if table not in TREATMENTS:
            raise EditionError(
                f"表 {table} 未写明分市版本如何处理(skillsdw/editions/treatment.py),未生成 / "
                f"Table {table} has no treatment in skillsdw/editions/treatment.py: no edition was written"
            )
        con.execute("use version")  # the conditions name marts as they stand in the version
        con.execute(f'create table "{own_file}".marts."{table}" as {select(con, table)}')
    con.execute(f'use "{own_file}"')
    con.execute("create table marts.edition (cities varchar, least_persons integer, made_from varchar)")
    con.execute("insert into marts.edition values (?, ?, ?)", ["+".join(sorted(cities)), least, version.stem])
    _comment(con)


def _check_cities(con: duckdb.DuckDBPyConnection, cities: frozenset[str]) -> None:
    known = {code for (code,) in con.execute("select city_code from marts.dim_city").fetchall()}
    if unknown := sorted(cities - known):
        raise EditionError(f"没有这个市的代码:{'、'.join(unknown)} / No city has the code {', '.join(unknown)}")
    if not cities or len(known - cities) < LEAST_OTHERS:
        raise EditionError(
            f"分市版本应含至少一个市,并至少留出 {LEAST_OTHERS} 个其他市;看全区请用 planner 角色 / "
            f"An edition is for at least one city and leaves at least {LEAST_OTHERS} others: "
            "whoever is to see the province needs the role planner"
        )


def _prepare(con: duckdb.DuckDBPyConnection, cities: frozenset[str], least: int) -> None:
    """The temporary tables that conditions ask: own and other cities, own sessions and institutions, hidden cells."""
    con.execute("create temp table own_city (city_code varchar)")
    con.executemany("insert into own_city values (?)", [[city] for city in sorted(cities)])
    con.execute(
        """
        create temp table other_city as
        select city_code from marts.dim_city where city_code not in (select city_code from own_city);

        create temp table own_session as
        select enrollment_id from marts.fct_training_session where city_code in (select city_code from own_city);

        create temp table shown_year as
        select plan_year from marts.target_progress
        union
        select 0
        """
    )
    # What an institution did elsewhere is what its own city's sessions leave of any of its figures: only one that did
    # nothing elsewhere is shown.
    con.execute(
        """
        create temp table own_institution as
        with elsewhere as (
          select distinct institution_uscc as institution_code
          from marts.fct_training_session
          where city_code is null or city_code not in (select city_code from own_city)
        )

        select distinct institution_code
        from marts.institution_scorecard
        where
          city_code in (select city_code from own_city)
          and institution_code not in (select institution_code from elsewhere where institution_code is not null)
        """
    )
    try:
        hidden = list(hidden_cells(con, cities, least))
    except CannotCover as cell:
        raise EditionError(
            f"有小于 {least} 人的数无法隐去({cell}),未生成分市版本 / "
            f"A figure of fewer than {least} persons can't be hidden ({cell}): no edition was written"
        ) from cell
    con.execute(
        """
        create temp table hidden_cell (
          family varchar, plan_year integer, city_code varchar, dimension varchar, member varchar
        )
        """
    )
    con.execute(
        "insert into hidden_cell select unnest($1), unnest($2), unnest($3), unnest($4), unnest($5)",
        [[cell[place] for cell in hidden] for place in range(5)],
    )
    # Of a year that is over, the same days of the year before are that whole year: they hide as it does.
    con.execute(
        """
        insert into hidden_cell
        select distinct 'before', scope.plan_year, hidden.city_code, hidden.dimension, hidden.member
        from hidden_cell as hidden
        inner join marts.priority_scope as scope
          on scope.plan_year = hidden.plan_year + 1 and month(scope.before_until_day + interval 1 day) = 1
        where
          hidden.family in ('counted', 'priority')
          and hidden.dimension in ('total', 'industry', 'group')
          and day(scope.before_until_day) = 31
        """
    )
    # Where the sessions themselves hide, so does all that is a part of them.
    con.execute(
        """
        insert into hidden_cell
        select distinct part.family, whole.plan_year, whole.city_code, whole.dimension, whole.member
        from hidden_cell as whole
        cross join (values ('persons'), ('priority'), ('certified'), ('employed'), ('violating'), ('before'))
          as part (family)
        where whole.family = 'counted'
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
    """The query that makes a mart of an edition from the version's."""
    treatment = TREATMENTS[table]
    columns = [row[0] for row in con.execute(f'describe version.marts."{table}"').fetchall()]
    if isinstance(treatment, Rows):
        replaced = _of(treatment.replace, columns)
        return f'select t.*{replaced} from version.marts."{table}" as t where {treatment.where}'
    return _select_covered(table, treatment, columns)


def _of(replaced: dict[str, str], columns: Iterable[str]) -> str:
    kept = ", ".join(f"{sql} as {column}" for column, sql in replaced.items() if column in set(columns))
    return f" replace ({kept})" if kept else ""


def _select_covered(table: str, treatment: Covered, columns: list[str]) -> str:
    never = f"({treatment.never_where})"
    replaced: dict[str, str] = {}
    for column in columns:
        hiding = [family for family, named in treatment.columns.items() if column in named]
        conditions = [_is_hidden(family) for family in hiding]
        if column in treatment.never:
            conditions.append(never)
        if conditions:
            replaced[column] = f"case when not ({' or '.join(conditions)}) then t.{column} end"
        if column in treatment.flags:
            flagged = [f"t.{column}", *(_is_hidden(family) for family in treatment.flags[column])]
            if column == treatment.never_flag:
                flagged.append(f"({never} and t.before_until_day is not null)")
            replaced[column] = " or ".join(flagged)
    dropped = [_is_hidden(family) for family in treatment.drops]
    dropped += [_is_hidden(family, by_total=True) for family in treatment.drops_by_total]
    shown = " and ".join(
        [
            "cell_detail < 2",
            "cell_year in (select plan_year from shown_year)",
            *(f"not {condition}" for condition in dropped),
        ]
    )
    return f"""
    with cell as (
      select
        t.*,
        {treatment.year} as cell_year, {treatment.city} as cell_city, {treatment.dimension} as cell_dimension,
        {treatment.member} as cell_member, {treatment.detail} as cell_detail
      from version.marts."{table}" as t
    )

    select t.* exclude (cell_year, cell_city, cell_dimension, cell_member, cell_detail){_of(replaced, columns)}
    from cell as t
    where cell_city in (select city_code from own_city) or ({shown})
    """


def _is_hidden(family: str, *, by_total: bool = False) -> str:
    where = "('total', 'ALL')" if by_total else "(t.cell_dimension, t.cell_member)"
    return f"""
    exists (
      select 1
      from hidden_cell as h
      where
        h.family = '{family}'
        and h.plan_year = t.cell_year
        and h.city_code = t.cell_city
        and (h.dimension, h.member) = {where}
    )
    """


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
        "comment on table marts.edition is 'Whose edition this file is: its cities (codes joined by +), the smallest "
        "count of persons of another city that it shows, and the version that it is made from.'"
    )
    con.execute(";\n".join(comments))


def _quoted(text: Path | str) -> str:
    return str(text).replace("'", "''")
