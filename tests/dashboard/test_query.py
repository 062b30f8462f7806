"""What the Query page gives: saved questions, a table by choices, SQL, files, the dictionary; without a browser."""

import csv
import re
import subprocess
import sys
from io import BytesIO, StringIO
from pathlib import Path

import duckdb
import fixture
import pyarrow as pa
import pytest
from openpyxl import load_workbook
from page_text import html_of, plain
from pyarrow import parquet
from streamlit.testing.v1 import AppTest

from dashboards import asking, dictionary, picking, questions, sandbox, sql_text
from dashboards.charts.pen import Pen
from dashboards.download import Source
from dashboards.findings import query as finding
from dashboards.format import Numbers
from dashboards.result import Result
from dashboards.sandbox import Answer
from dashboards.site import ALL
from dashboards.warehouse import Warehouse
from dashboards.words import Words
from skillsdw import audit_trail
from skillsdw.access import PROVINCE, Access
from skillsdw.formula import csv_text
from skillsdw.home import Home

WORDS = Words("zh")
SOURCE = Source("查询", ("2026年",), fixture.BUILD, ("版本 x", "数据截至 y"))


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """A published version."""
    return Warehouse(fixture.publish(tmp_path_factory.mktemp("home")))


def settled(page: AppTest) -> str:
    """The page's HTML once its query is over: on a busy machine that takes more than a run."""
    for _ in range(15):
        if not any(button.key == "cancel" for button in page.button):
            break
        page.run()
    return html_of(page)


def pressed(page: AppTest) -> AppTest:
    """The page after the button that runs its SQL."""
    return page.button(key="run_sql").click().run()


def result(warehouse: Warehouse, sql: str) -> Result:
    """A query's rows with their meanings."""
    known = dictionary.dictionary(warehouse, WORDS)
    return Result(sandbox.ask(warehouse.version, sql), sql, known, Numbers(WORDS))


def of(table: pa.Table, warehouse: Warehouse) -> Result:
    """Rows that nobody asked for."""
    answer = Answer("done", table=table, types=tuple("?" for _ in table.column_names))
    return Result(answer, "from marts.dim_city", dictionary.dictionary(warehouse, WORDS), Numbers(WORDS))


def test_the_first_line_says_what_there_is_and_within_which_bounds(open_page):
    page = plain(open_page(name="query"))
    assert "12个常用问题点一下“Excel”就得到文件" in page
    assert "43.4万条培训记录" in page
    assert "一次最多取200,000行、运行20秒，只读。" in page


def test_the_same_in_english_without_a_chinese_sign(open_page):
    for view in ("questions", "sql", "connect"):  # the dictionary names the plan's own terms
        page = plain(open_page({"lang": "en", "view": view}, name="query", build=view))
        assert not re.search("[\u4e00-\u9fff]", page), view


@pytest.mark.parametrize("name", questions.NAMES)
@pytest.mark.parametrize(("language", "city"), [("zh", ALL), ("en", "451200")])
def test_no_saved_question_is_broken(published, name, language, city):
    answer = sandbox.ask(published.version, questions.sql(name, language, 2026, city))
    assert answer.state == "done", answer.message
    assert ("451200" in questions.sql(name, language, 2026, city)) == (city != ALL)


def test_every_file_of_a_question_is_offered_and_has_its_words():
    folder = Path(questions.__file__).parent
    assert {file.stem for file in folder.glob("*.sql")} == set(questions.NAMES)
    for name in questions.NAMES:
        assert WORDS.of("question", name) != name
        assert WORDS.of("question_says", name) != name


def test_a_saved_question_has_its_file_at_one_click_and_its_rows_at_another(run_page):
    page = run_page("query")
    labels = [button.proto.label for button in page.get("download_button")]
    assert labels.count("Excel") == len(questions.NAMES)
    page.button(key="look_employment_by_city").click().run()
    shown = settled(page)
    assert "共<strong>15</strong>行" in shown
    assert "柳州市" in shown
    assert "73.1%" in shown
    assert page.query_params["ask"] == "employment_by_city"
    page.button(key="look_employment_by_city").click().run()
    assert "ask" not in page.query_params


def test_a_question_is_of_the_city_and_year_chosen_for_all_pages(run_page):
    page = run_page("query", {"ask": "employment_by_city", "city": "451200"})
    shown = settled(page)
    assert "（2026年、河池市）" in plain(shown)
    assert "共<strong>1</strong>行" in shown


def test_no_row_is_said_and_not_shown_as_an_empty_table(run_page):
    shown = settled(run_page("query", {"ask": "two_cities"}))
    assert "没有符合的行" in plain(shown)
    assert "<tbody></tbody>" not in shown


def test_a_table_by_choices_stands_in_the_address(run_page):
    address = {
        "view": "table",
        "mart": "city_scorecard",
        "columns": "city_code,employment_rate",
        "c1": "plan_year",
        "v1": "2026",
        "c2": "city_code",
        "o2": "ne",
        "v2": "450000",
        "sort": "employment_rate",
        "way": "desc",
    }
    page = run_page("query", address)
    shown = settled(page)
    assert "共<strong>14</strong>行" in shown
    assert shown.index("450200") < shown.index("451200")
    assert "就业率" in shown
    page.selectbox(key="mart").set_value("dim_city").run()
    assert page.query_params["mart"] == "dim_city"
    assert "columns" not in page.query_params or page.query_params["columns"] == "city_code"
    assert "共<strong>15</strong>行" in settled(page)


def test_the_city_of_all_pages_cuts_a_table_that_has_cities(run_page):
    shown = settled(run_page("query", {"view": "table", "mart": "city_pace", "city": "451200"}))
    assert "共<strong>1</strong>行" in shown
    assert "共<strong>4</strong>行" in settled(
        run_page("query", {"view": "table", "mart": "target_progress"}, published=False)
    )


def test_choices_of_a_reader_are_never_code():
    condition = picking.Condition("city_code", "eq", "x' or 1=1 --")
    sql = picking.select("dim_city", ["name_zh", 'a"b'], [condition], "name_zh", True, 10)
    assert "city_code = 'x'' or 1=1 --'" in sql
    assert '"a""b"' in sql
    with duckdb.connect() as connection:
        assert len(connection.extract_statements(sql)) == 1


@pytest.mark.parametrize("operator", picking.OPERATORS)
def test_every_operator_is_sql_that_runs(published, operator):
    sql = picking.select("dim_city", [], [picking.Condition("population_2020", operator, "100")])
    assert sandbox.ask(published.version, sql).state == "done"


def test_sql_runs_by_its_button_and_stands_in_the_address(run_page):
    page = run_page("query", {"view": "sql"})
    page.text_area(key="draft").set_value("select 1 + 1 as two")
    page.button(key="run_sql").click().run()
    assert page.query_params["sql"] == "select 1 + 1 as two"
    assert '<td class="number">2</td>' in settled(page)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_sql_that_an_address_brings_is_shown_and_runs_nothing_until_pressed(run_page, monkeypatch, language):
    asked = []
    start = sandbox.start
    monkeypatch.setattr(sandbox, "start", lambda file, sql, *more: asked.append(sql) or start(file, sql, *more))
    sql = "select 40 + 2 as answer -- 说明"
    page = run_page("query", {"view": "sql", "sql": sql, "lang": language})
    assert page.text_area(key="draft").value == sql
    waits = Words(language)("query.waits")
    assert waits in plain(html_of(page))
    page.run()  # whatever else makes the page run anew
    page.text_area(key="draft").set_value(f"{sql}; changed").run()
    page.text_area(key="draft").set_value(sql).run()
    assert asked == []
    assert "<table>" not in html_of(page)
    shown = settled(pressed(page))
    assert asked == [sql]
    assert '<td class="number">42</td>' in shown
    assert waits not in plain(shown)


def test_sql_of_another_address_waits_even_after_a_press_and_ends_what_ran(run_page):
    endless = "select count(*) from range(100000000000) as a(i), range(1000) as b(j) -- of the link"
    page = pressed(run_page("query", {"view": "sql", "sql": endless}))
    run = page.session_state[asking._RUN]
    page.query_params["sql"] = "select 1 as other"
    page.run()
    assert WORDS("query.waits") in plain(html_of(page))
    assert run.wait(5).state == "cancelled"


def test_what_was_pressed_once_runs_by_itself_when_the_reader_comes_back_to_it(run_page):
    page = run_page("query", {"view": "sql"})
    for sql in ("select 1 as one", "select 2 as two"):
        page.text_area(key="draft").set_value(sql)
        settled(pressed(page))
    page.query_params["sql"] = "select 1 as one"  # the browser's Back
    page.run()
    assert '<td class="number">1</td>' in settled(page)


def test_the_answer_that_another_reader_was_given_waits_too(run_page, home):
    page = run_page("query", {"view": "sql", "sql": "select 77 as kept"})
    sandbox.ask((home / "published" / "warehouse.duckdb").resolve(), "select 77 as kept")
    page.run()
    assert "77" not in re.sub("<textarea.*?</textarea>", "", plain(html_of(page)))


def test_a_query_that_would_end_the_process_is_a_sentence_and_the_page_answers_on(run_page):
    page = pressed(run_page("query", {"view": "sql", "sql": "from pandas_scan(null)"}))
    shown = settled(page)
    assert "这里不能使用这个函数" in shown
    assert "<strong>pandas_scan</strong>" in shown
    page.text_area(key="draft").set_value("select 1 + 1 as two")
    assert '<td class="number">2</td>' in settled(pressed(page))


@pytest.mark.parametrize("state", ["function", "unknown_function", "system_table"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_refusal_names_what_is_refused_in_both_languages(state, language):
    pen = Pen(Words(language), Numbers(Words(language)), dark=False)
    shown = asking.fault(Answer(state, "a<b", hints=("sum", "sem")), pen)
    assert "<strong>a&lt;b</strong>" in shown
    assert "<strong>sum" in shown
    assert bool(re.search("[\u4e00-\u9fff]", shown)) == (language == "zh")


@pytest.mark.parametrize(
    ("sql", "title"),
    [
        ("select * from marts.dim_cty", "没有这个表、列或函数"),
        ("drop table marts.dim_city", "这里只能查询，不能改动"),
        ("select 1; select 2", "一次只能运行一条查询"),
        ("select * from read_csv('/etc/passwd')", "这里不能使用这个函数"),
        ("select summ(1)", "是否指"),
        ("from pg_catalog.pg_settings", "这里不能查询这张系统表"),
        ("selec 1", "语法不对"),
    ],
)
def test_what_goes_wrong_is_said_with_what_to_do(run_page, sql, title):
    shown = settled(pressed(run_page("query", {"view": "sql", "sql": sql})))
    assert title in shown
    assert 'role="alert"' in shown


def test_a_saved_query_is_taken_over_into_the_editor(run_page):
    page = run_page("query", {"ask": "employment_by_city"})
    settled(page)
    page.button(key="edit").click().run()
    assert page.query_params["view"] == "sql"
    assert page.text_area(key="draft").value.startswith("select")
    assert "共<strong>15</strong>行" in settled(page)


def test_a_query_that_takes_longer_shows_its_time_and_a_way_out(run_page):
    endless = "select count(*) from range(100000000000) as a(i), range(1000) as b(j)"
    page = pressed(run_page("query", {"view": "sql", "sql": endless}))
    assert re.search("已运行<strong>[0-9]+</strong>秒", html_of(page))
    page.button(key="cancel").click().run()
    page.run()
    assert "已取消" in html_of(page)
    page.button(key="again").click().run()
    page.button(key="cancel").click().run()


def test_the_dictionary_is_searched_in_names_and_descriptions(open_page):
    page = open_page({"view": "dictionary", "find": "gap_sessions"}, name="query")
    assert "差额：" in page
    assert "<code>city_pace</code>" in page
    assert "<code>dim_city</code>" not in page
    nothing = plain(open_page({"view": "dictionary", "find": "xyzzy"}, name="query", build="b"))
    assert "没有表或列含有“xyzzy”" in nothing


def test_the_dictionary_holds_every_column_in_the_readers_language(published):
    for language in ("zh", "en"):
        known = dictionary.dictionary(published, Words(language))
        assert len(known.marts) > 60
        assert [column for column in known.columns if not column.description] == []
    assert known.term("Employment rate: employed ÷ …") == "Employment rate"


def test_how_to_connect_names_the_true_path_and_version(open_page, home):
    page = plain(open_page({"view": "connect"}, name="query"))
    link = home / "published" / "warehouse.duckdb"
    assert f"duckdb -readonly '{link}'" in page
    assert f'duckdb.connect("{link}", read_only=True)' in page
    assert f"pip install duckdb=={duckdb.__version__}" in page


def test_what_is_shown_for_python_and_bi_tools_opens_the_file_for_reading_only(published):
    # In processes of their own: one process opens a file in one way only.
    for code in (
        f'import duckdb; c = duckdb.connect("{published.link}", read_only=True); execute = c.execute',
        "import sqlalchemy as s; "
        f'c = s.create_engine("duckdb:///{published.link}?access_mode=read_only").connect(); '
        "execute = lambda sql: c.execute(s.text(sql))",
    ):
        counted = f'{code}; print(execute("select count(*) from marts.dim_city").fetchone()[0])'
        assert subprocess.run([sys.executable, "-c", counted], capture_output=True, text=True).stdout == "15\n"
        written = subprocess.run(
            [sys.executable, "-c", f'{code}; execute("create table x (i integer)")'], capture_output=True, text=True
        )
        assert "read-only" in written.stderr


ODD = pa.table(
    {
        "city_code": ["450100", "=1+1", None],
        "plan_year": [2025, 2026, None],
        "counted_sessions": [1234567, 0, None],
        "employment_rate": [0.5612, 1.0, None],
        "end_date": pa.array(["2026-10-31", None, None]).cast(pa.date32()),
        "landed_at": pa.array(["2026-10-31 08:30:00", None, None]).cast(pa.timestamp("us")),
        "is_counted": [True, False, None],
        "violations": [["A", "B"], [], None],
        "big": [2**60, 1, None],
    }
)


def test_excel_keeps_types_and_runs_no_text(published):
    book = load_workbook(BytesIO(of(ODD, published).excel("名次/1", SOURCE, ["说明"])))
    sheet = book["名次-1"]
    heads = [cell.value for cell in sheet[1]]
    assert heads[0] == "设区市行政区划代码"
    assert len(set(heads)) == len(heads)
    first = [cell.value for cell in sheet[2]]
    assert first[1:4] == [2025, 1234567, 0.5612]
    assert f"{first[4]:%Y-%m-%d} {first[5]:%H:%M}" == "2026-10-31 08:30"
    assert first[6] is True
    assert first[7:] == ["A, B", str(2**60)]  # Excel keeps fifteen digits
    risky = sheet.cell(3, 1)
    assert (risky.value, risky.data_type, risky.quotePrefix) == ("=1+1", "s", True)
    assert [cell.value for cell in sheet[4]] == [None] * len(heads)
    assert sheet.cell(2, 4).number_format == "#,##0.####"
    assert sheet.cell(2, 5).number_format.replace("\\", "") == "yyyy-mm-dd"
    assert sheet.freeze_panes == "A2"
    about = [row[0] for row in book["说明"].iter_rows(values_only=True)]
    assert "说明" in about
    assert "版本 x" in about
    assert any(line and "city_code" in line for line in about)


def test_csv_has_its_mark_and_runs_no_text(published):
    content = of(ODD, published).csv()
    assert content.startswith(b"\xef\xbb\xbf")
    lines = list(csv.reader(StringIO(content.decode("utf-8-sig"))))
    assert lines[0][0] == "city_code"
    assert lines[2][0] == "'=1+1"
    assert lines[1][4] == "2026-10-31"
    assert lines[3][:3] == ["", "", ""]


def test_no_text_of_a_csv_begins_a_formula_wherever_it_stands(published):
    texts = ["=1+1", "＝1+1", "－2+3", " @x", "a;=1", 'a"+cmd|x', "x\n-1+1", None, "甲, 乙", "", "=1+1"]
    odd = pa.table({"=risky": pa.chunked_array([texts[:4], texts[4:]], pa.string()), "n": [-5.5] * len(texts)})
    head, *lines = csv.reader(StringIO(of(odd, published).csv().decode("utf-8-sig"), newline=""))
    assert head == ["'=risky", "n"]
    assert [line[0] for line in lines] == [csv_text(text or "") for text in texts]
    assert {line[1] for line in lines} == {"-5.5"}


def test_parquet_is_as_duckdb_gave_it(published):
    assert parquet.read_table(BytesIO(of(ODD, published).parquet())).equals(ODD)


def test_every_type_of_duckdb_can_be_shown_and_saved(published):
    found = result(published, 'select * exclude ("union") from test_all_types()')
    assert found.answer.state == "done"
    assert "<table>" in found.page(0, 3)
    assert found.csv()
    assert load_workbook(BytesIO(found.excel("x", SOURCE, []))).sheetnames == ["x", "说明"]


def test_what_is_absent_is_a_symbol_and_markup_is_text(published):
    found = result(published, "select null as a, '<b>&</b>' as b")
    assert "〈—〉" in found.page(0, 1)
    assert "&lt;b&gt;&amp;&lt;/b&gt;" in found.page(0, 1)


def test_sql_is_told_apart_and_stays_text():
    shown = sql_text.html("select '<b>--' as \"from\", 1.5 -- <i>\nfrom marts.dim_city")
    assert '<span class="sql-word">select</span>' in shown
    assert "<span class=\"sql-text\">'&lt;b&gt;--'</span>" in shown
    assert '"from"' in shown
    assert '<span class="sql-number">1.5</span>' in shown
    assert '<span class="sql-remark">-- &lt;i&gt;</span>' in shown
    assert "<b>" not in shown


def test_who_asked_for_what_is_told_the_newest_first(run_page, home):
    trail = Home(home)
    audit_trail.record(trail, "reader-1", frozenset(["450100"]), audit_trail.QUERY, "b1", "select 1\nfrom marts.t")
    audit_trail.record(trail, "reader-2", None, audit_trail.SAVED, "b2", "<b>.xlsx")
    html = html_of(run_page("query", {"view": "trail"}))
    said = plain(html)
    assert "最近31天：2位读者查询、下载2次" in said
    assert said.index("reader-2") < said.index("reader-1")
    assert "select 1 from marts.t" in said
    assert "南宁市" in said
    assert "&lt;b&gt;.xlsx" in html


def test_a_trail_of_nothing_is_said_in_words(run_page):
    assert "最近31天没有人查询或下载" in plain(html_of(run_page("query", {"view": "trail"})))


def test_who_is_no_planner_has_no_part_of_who_asked():
    assert finding.views(Access(None, can_query=True)) == finding.VIEWS
    assert finding.views(Access(frozenset(["450100"]), can_query=True)) == finding.VIEWS
    assert finding.views(PROVINCE) == (*finding.VIEWS, finding.TRAIL)
