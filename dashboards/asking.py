"""The block in which a reader's query runs: waiting with a way out, what went wrong, rows page by page, files.

Everything here is of the page's own session; the query itself is a process of `dashboards/sandbox`.
"""

from collections.abc import Callable, Sequence
from html import escape

import streamlit as st

from dashboards import address, dictionary, sandbox, saving, sql_text
from dashboards.charts.pen import Pen
from dashboards.frame import Page
from dashboards.result import EXCEL_ROWS, Result
from dashboards.sandbox import LIMITS, Answer, Run
from dashboards.workbook import Sheet, workbook

SHOWN = 5_000  # rows that can be looked at; the files hold up to LIMITS.rows
PAGE = 100  # rows at a time
AT_ONCE = 1.5  # seconds in which most queries are done: nothing is drawn meanwhile
PAGES_WIDTH = 220  # px
AGAIN_EVERY = 0.5  # seconds between two looks at a query that takes longer
_RUN = "asking.run"
_PRESSED = "asking.pressed"  # the queries that this session has run by its own hand
_PRESSED_KEPT = 100
MIME = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv",
    "parquet": "application/vnd.apache.parquet",
}


def show(page: Page, name: str, sql: str, notes: Sequence[str], *, folded: bool = True) -> None:
    """Runs `sql` and shows its rows; `name` is what its files are called, `notes` what they say of themselves."""
    if folded:
        with st.expander(page.pen.words("query.sql_of"), key="figures_sql"):
            st.html(sql_text.html(sql))
            st.button(page.pen.words("query.edit"), key="edit", on_click=edit, args=[sql])
    answer = _answer(page, sql)
    if answer is None:
        _waiting(st.session_state[_RUN], page.pen)
    elif answer.state == "done":
        _rows(
            page,
            name,
            Result(answer, sql, dictionary.dictionary(page.warehouse, page.pen.words), page.pen.numbers),
            notes,
        )
    else:
        st.html(fault(answer, page.pen))
        if answer.state in ("too_long", "cancelled", "busy", "crashed", "too_large"):
            st.button(page.pen.words("query.again"), key="again", on_click=forget)


def edit(sql: str) -> None:
    """Takes a query over into the editor, where it runs."""
    address.put({"view": "sql", "sql": sql, "from": None})
    st.session_state["draft"] = sql
    _press(sql)  # the page's own query, whose rows the reader has just seen


def forget() -> None:
    """Lets go of a query that ended without rows, so that it runs anew."""
    st.session_state.pop(_RUN, None)


def _answer(page: Page, sql: str) -> Answer | None:
    """The answer, or None while the query runs. A query that is asked for instead of another ends that one."""
    version = page.warehouse.version
    # Asked where rows are read, too: a page that was drawn may be asked of much later.
    if not page.reader.access.can_query or not page.reader.is_still_let_in():
        st.rerun()
    run: Run | None = st.session_state.get(_RUN)
    kept = sandbox.kept(version, sql)
    if run is not None and run.key != (str(version), sql, LIMITS):
        run.cancel()
        run = None
    if kept:
        return kept
    if run is None:
        saving.asked(page.reader, page.source.build, sql)
        run = st.session_state[_RUN] = sandbox.start(version, sql)
    return run.wait(AT_ONCE)


@st.fragment(run_every=AGAIN_EVERY)
def _waiting(run: Run, pen: Pen) -> None:
    if run.wait(0) is not None:
        st.rerun()
    passed, most = f"{run.seconds:.0f}", f"{LIMITS.seconds:.0f}"
    st.html(f'<p class="says" role="status">{pen.words.html("query.running", passed=passed, most=most)}</p>')
    st.button(pen.words("query.cancel"), key="cancel", on_click=run.cancel, type="primary")


def fault(answer: Answer, pen: Pen) -> str:
    """Why there are no rows and what to do, as HTML, with DuckDB's own message under it."""
    words = pen.words
    title = words.of("query.fault", answer.state)
    do = words.html_of("query.do", answer.state, detail=answer.message, seconds=f"{LIMITS.seconds:.0f}")
    if answer.hints:
        do += f"<br>{words.html('query.meant', names=words('sentence.list').join(answer.hints))}"
    own = answer.message if answer.state in ("syntax", "unknown_name", "forbidden", "failed") else ""
    shown = f'<pre class="sql" tabindex="0">{escape(own.strip())}</pre>' if own else ""
    return f'<div class="nothing" role="alert"><h2>{escape(title)}</h2><p>{do}</p>{shown}</div>'


def _rows(page: Page, name: str, result: Result, notes: Sequence[str]) -> None:
    words, numbers = page.pen.words, page.pen.numbers
    kind = "none" if not result.rows else "cut" if result.answer.is_cut else "all"
    seconds = f"{result.answer.seconds:.2f}"
    st.html(
        f'<p class="says" role="status">'
        f"{words.html_of('query.found', kind, rows=numbers.exact(result.rows), seconds=seconds)}</p>"
    )
    if not result.rows:
        return
    if result.rows > EXCEL_ROWS:
        st.html(f'<p class="says-sub">{escape(words("query.excel_cut", rows=numbers.exact(EXCEL_ROWS)))}</p>')
    _files(page, name, lambda: result, notes, ("xlsx", "csv", "parquet"), "result")
    most = min(result.rows, SHOWN)
    starts = [str(start) for start in range(0, most, PAGE)]
    place = st.container()
    start = int(starts[0])
    if len(starts) > 1:
        with st.container(width=PAGES_WIDTH):
            shown = _page_name(page.pen, most)
            start = int(address.choice("from", starts, starts[0], words("query.pages"), shown, as_list=True))
    with place:
        st.html(result.page(start, min(start + PAGE, most)))


def _page_name(pen: Pen, most: int) -> Callable[[str], str]:
    def show_page(start: str) -> str:
        first = pen.numbers.exact(int(start) + 1)
        return pen.words("query.page", first=first, last=pen.numbers.exact(min(int(start) + PAGE, most)))

    return show_page


def files(page: Page, name: str, sql: str, notes: Sequence[str], endings: Sequence[str], key: str) -> None:
    """Buttons that run a query and save its rows, without showing them: one click for who only wants the file."""
    words, numbers, version = page.pen.words, page.pen.numbers, page.warehouse.version
    known = dictionary.dictionary(page.warehouse, words)

    def made() -> Result:
        if not page.reader.is_still_let_in():
            return Result(Answer("cancelled"), sql, known, numbers)
        return Result(sandbox.ask(version, sql), sql, known, numbers)

    _files(page, name, made, notes, endings, key)


def _files(
    page: Page, name: str, made: Callable[[], Result], notes: Sequence[str], endings: Sequence[str], key: str
) -> None:
    pen, source = page.pen, page.source

    def content(ending: str) -> bytes:
        result = made()
        if result.answer.state != "done":  # the reader waits for a file: it says why it is empty
            return _excuse(result.answer, ending, pen)
        said = [
            *notes,
            *([pen.words("query.cut", rows=pen.numbers.exact(result.rows))] if result.answer.is_cut else []),
        ]
        if ending == "xlsx":
            return result.excel(name, source, said)
        return result.csv() if ending == "csv" else result.parquet()

    def later(ending: str, file_name: str) -> Callable[[], bytes]:
        return saving.offered(lambda: content(ending), file_name, pen)

    with st.container(horizontal=True, gap="small", key=f"save_{key}", width="content"):
        for ending in endings:
            file_name = source.file_name(name, ending)
            st.download_button(
                pen.words.of("query.save", ending),
                later(ending, file_name),
                file_name=file_name,
                mime=MIME[ending],
                on_click="ignore",
                key=f"{ending}_{key}",
            )


def _excuse(answer: Answer, ending: str, pen: Pen) -> bytes:
    title = pen.words.of("query.fault", answer.state)
    if ending == "xlsx":
        return workbook([Sheet(pen.words("download.about"), [""], ["text"], [[title, answer.message]], is_table=False)])
    return f"{title}\n".encode("utf-8-sig")


def own_sql(page: Page, start: str, name: str, notes: Sequence[str]) -> None:
    """The reader's own SQL: its editor, and its rows once it was run.

    SQL that a link, a bookmark or a reload brings is shown and waits: whoever sent the link must not run anything as
    the reader. What this session has run before runs by itself again, so that Back and the page's other choices work.
    """
    _editor(start, page.pen)
    sql = address.asked("sql")
    if not sql:
        return
    if sql in st.session_state.get(_PRESSED, ()):
        show(page, name, sql, notes, folded=False)
        return
    _let_go()
    st.html(f'<p class="says" role="status">{page.pen.words.html("query.waits")}</p>')
    # A press on one of these is the reader's, too: the file is made then, and not before.
    files(page, name, sql, notes, ("xlsx", "csv", "parquet"), "result")


def _editor(start: str, pen: Pen) -> None:
    """The box for a reader's own SQL, and the button that runs it; editor.js colours what is written."""
    words = pen.words
    ran = address.asked("sql")
    if address.is_new() or "draft" not in st.session_state:
        st.session_state["draft"] = ran or start
    st.text_area(
        words("query.editor"), key="draft", height=220, max_chars=sandbox.LONGEST, label_visibility="collapsed"
    )
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="run"):
        st.button(words("query.run"), key="run_sql", type="primary", on_click=_run)
        st.html(f'<p class="says-sub">{escape(words("query.editor_says", seconds=f"{LIMITS.seconds:.0f}"))}</p>')


def _run() -> None:
    forget()
    sql = st.session_state["draft"].strip()
    _press(sql)
    address.put({"sql": sql or None, "from": None})


def _press(sql: str) -> None:
    pressed = [each for each in st.session_state.get(_PRESSED, ()) if each != sql]
    st.session_state[_PRESSED] = [*pressed, sql][-_PRESSED_KEPT:]


def _let_go() -> None:
    """Ends the query that was under way: another one stands in its place."""
    if run := st.session_state.pop(_RUN, None):
        run.cancel()
