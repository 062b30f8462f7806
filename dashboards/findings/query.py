"""What the Query page says: what there is, what a saved question gives, how to connect with one's own tools."""

from collections.abc import Callable, Mapping, Sequence
from html import escape
from pathlib import Path
from urllib.parse import urlencode

import duckdb

from dashboards import questions
from dashboards.charts import Pen
from dashboards.dictionary import Column, Dictionary, Mart
from dashboards.frame import Scope
from dashboards.picking import NEED_NO_VALUE, OPERATORS, Condition
from dashboards.sandbox import LIMITS
from dashboards.site import ALL
from dashboards.table import Column as Shown
from dashboards.table import Table
from skillsdw.access import Access
from skillsdw.audit_trail import LOCAL, Entry

VIEWS = ("questions", "table", "sql", "dictionary", "connect")
TRAIL = "trail"  # a part for planners alone
TRAIL_DAYS, TRAIL_ROWS = 31, 1_000
FIRST_MART = "city_scorecard"
SORTS = ("asc", "desc")
LIMIT_CHOICES = ("1000", "5000", "200000")
QUICK_FILES = ("xlsx",)
START = "select *\nfrom marts.target_progress\norder by plan_year"
OPEN_UP_TO = 8  # tables that a search found
TOOLS = ("shell", "python", "excel", "bi", "copy")


def answer(facts: object, known: Dictionary, pen: Pen) -> str:
    """What there is to be had and within which bounds, as HTML."""
    numbers = pen.numbers
    return pen.words.html(
        "query.answer",
        questions=numbers.exact(len(questions.NAMES)),
        tables=numbers.exact(len(known.marts)),
        columns=numbers.exact(len(known.columns)),
        sessions=numbers.count(facts.rows_fct_training_session),
        rows=numbers.exact(LIMITS.rows),
        seconds=numbers.exact(LIMITS.seconds),
    )


def view_name(pen: Pen) -> Callable[[str], str]:
    """The name of a part of the page."""
    return lambda view: pen.words.of("query.view", view)


def views(access: Access) -> Sequence[str]:
    """The parts of the page that a reader has."""
    return (*VIEWS, TRAIL) if access.is_planner else VIEWS


def of_trail(entries: Sequence[Entry], pen: Pen) -> tuple[str, str]:
    """What was asked for of late: title and subtitle of its table."""
    readers = len({entry.who for entry in entries})
    says, exact = pen.words, pen.numbers.exact
    if not entries:
        return says("query.trail.none", days=exact(TRAIL_DAYS)), ""
    title = says("query.trail.title", days=exact(TRAIL_DAYS), readers=exact(readers), entries=exact(len(entries)))
    return title, says("query.trail.subtitle", rows=exact(TRAIL_ROWS))


def trail_table(entries: Sequence[Entry], cities: Sequence, pen: Pen) -> Table:
    """Who, when, what, of which build: the newest first. `cities` has the names of their codes."""
    names = {ALL: pen.words("choice.all.city")} | {row.code: pen.words.name(row) for row in cities}
    says = pen.words
    return Table(
        says("query.trail.table"),
        [
            Shown(says("query.trail.at"), value=lambda entry: entry.at.replace("T", " ")),
            Shown(says("query.trail.who"), value=lambda entry: _who(entry, pen)),
            Shown(says("query.trail.scope"), value=lambda entry: _scope(entry, names, pen)),
            Shown(says("query.trail.kind"), value=lambda entry: says.of("query.trail.kind", entry.kind)),
            Shown(says("query.trail.what"), value=lambda entry: " ".join(entry.what.split())),
            Shown(says("query.trail.build"), value=lambda entry: entry.build),
        ],
        entries[:TRAIL_ROWS],
    )


def _who(entry: Entry, pen: Pen) -> str:
    return pen.words("query.trail.local") if entry.who == LOCAL else entry.who


def _scope(entry: Entry, names: Mapping[str, str], pen: Pen) -> str:
    return pen.words("sentence.list").join(names.get(code, code) for code in entry.scope.split("+"))


def title(name: str, pen: Pen) -> str:
    """The question in words."""
    return pen.words.of("question", name)


def scope_of(name: str, scope: Scope, pen: Pen) -> str:
    """Which year and city a question is of, as chosen above."""
    of_year, of_city = questions.takes(name)
    year = pen.words("choice.years.one", year=str(scope.year)) if of_year else pen.words("query.all_years")
    city = scope.names[-1] if of_city and scope.city != ALL else pen.words("choice.all.city")
    return pen.words("sentence.list").join([year, city])


def question_html(name: str, scope: Scope, pen: Pen) -> str:
    """A saved question: what it asks, what its rows are, of which year and city."""
    about = pen.words("query.about", says=pen.words.of("question_says", name), scope=scope_of(name, scope, pen))
    return (
        f'<p class="ask"><span class="what">{escape(title(name, pen))}</span>'
        f'<span class="do">{escape(about)}</span></p>'
    )


def notes(name: str, scope: Scope, pen: Pen) -> list[str]:
    """What a question's files say of themselves."""
    return [title(name, pen), pen.words.of("question_says", name), scope_of(name, scope, pen)]


def own_notes(pen: Pen) -> list[str]:
    """What the files of a reader's own query say of themselves."""
    return [pen.words("query.own_query")]


def mart_name(known: Dictionary) -> Callable[[str], str]:
    """A mart with what it is."""
    return lambda name: f"{name} · {known.mart(name).description}"


def column_name(mart: Mart, known: Dictionary, empty: str) -> Callable[[str], str]:
    """A column with what it is."""
    by_name = {column.name: column for column in mart.columns}

    def name(code: str) -> str:
        if code not in by_name:
            return empty
        term = known.term(by_name[code].description)
        return f"{code} · {term}" if term else code

    return name


def operator_name(pen: Pen) -> Callable[[str], str]:
    """The name of an operator."""
    return lambda operator: pen.words.of("query.operator", operator)


def operators() -> list[str]:
    """The operators in their order."""
    return list(OPERATORS)


def sort_name(pen: Pen) -> Callable[[str], str]:
    """The name of an order."""
    return lambda order: pen.words.of("query.sort", order)


def limit_name(pen: Pen) -> Callable[[str], str]:
    """The name of a limit."""
    return lambda limit: pen.words("query.limit", rows=pen.numbers.exact(int(limit)))


def is_whole(condition: Condition) -> bool:
    """Whether a condition has all that it needs."""
    return bool(condition.column) and (bool(condition.value) or condition.operator in NEED_NO_VALUE)


def of_scope(mart: Mart, scope: Scope) -> list[Condition]:
    """The city that is chosen for all pages, where the mart has cities."""
    has_city = any(column.name == "city_code" for column in mart.columns)
    return [Condition("city_code", "eq", scope.city)] if has_city and scope.city != ALL else []


def carried(address: dict[str, str]) -> str:
    """What a link to the table viewer takes along of the address: what all pages share."""
    shared = {name: value for name, value in address.items() if name in ("lang", "year", "city")}
    return f"&{urlencode(shared)}" if shared else ""


def dictionary_html(found: Sequence[tuple[Mart, Sequence[Column]]], searched: str, carried: str, pen: Pen) -> str:
    """Tables and columns, each table folded unless something was searched for."""
    words, numbers = pen.words, pen.numbers
    if not found:
        return f'<p class="says" role="status">{words.html("query.not_found", message=searched)}</p>'
    parts = []
    for mart, columns in found:
        rows = "".join(
            f'<tr><th scope="row"><code>{escape(column.name)}</code></th><td class="type">{escape(column.type)}</td>'
            f"<td>{escape(column.description)}</td></tr>"
            for column in columns
        )
        heads = "".join(
            f'<th scope="col">{escape(words(head))}</th>'
            for head in ("column.name", "column.type", "column.definition")
        )
        size = words("query.size", rows=numbers.count(mart.rows), columns=numbers.exact(len(mart.columns)))
        is_open = " open" if searched and len(found) <= OPEN_UP_TO else ""
        link = f"query?view=table&mart={mart.name}{carried}"
        parts.append(
            f'<details class="mart"{is_open}><summary><code>{escape(mart.name)}</code> {escape(mart.description)}'
            f"<small>{escape(size)}</small></summary>"
            f'<p><a href="{escape(link)}" target="_self">{escape(words("query.open_table"))}</a></p>'
            f'<div class="table" tabindex="0" role="region" aria-label="{escape(mart.name)}">'
            f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div></details>"
        )
    count = words.html(
        "query.dictionary_found",
        tables=numbers.exact(len(found)),
        columns=numbers.exact(len([column for _, columns in found for column in columns])),
    )
    return f'<p class="says-sub" role="status">{count}</p>{"".join(parts)}'


def connect_html(link: Path, pen: Pen) -> str:
    """How to reach the same file with one's own tools: exact commands, for reading only."""
    words = pen.words
    path = str(link)
    facts = {"path": path, "version": duckdb.__version__}
    parts = [f'<p class="says">{words.html("query.connect.lead", file=path)}</p>']
    for tool in TOOLS:
        parts.append(f'<h2 class="says-title">{escape(words.of("query.connect.title", tool))}</h2>')
        parts.append(f'<p class="says-sub">{escape(words.of("query.connect.says", tool, **facts))}</p>')
        parts.append(f'<pre class="sql" tabindex="0">{escape(_command(tool, path))}</pre>')
    return "".join(parts)


def _command(tool: str, path: str) -> str:
    pinned = duckdb.__version__
    python = path.replace("\\", "\\\\").replace('"', '\\"')
    return {
        "shell": f"duckdb -readonly '{path}'\nD select * from marts.target_progress;",
        "python": (
            f"pip install duckdb=={pinned} pandas\n\n"
            "import duckdb\n"
            f'warehouse = duckdb.connect("{python}", read_only=True)\n'
            'warehouse.sql("select * from marts.city_scorecard").df()'
        ),
        "excel": f"Driver={{DuckDB Driver}};Database={path};access_mode=READ_ONLY",
        "bi": f"jdbc:duckdb:{path}\nduckdb.read_only=true\n\nduckdb:///{path}?access_mode=read_only",
        "copy": f"cp -L '{path}' .",
    }[tool]
