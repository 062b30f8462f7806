"""The three files opened again: their figures are those of the published version, in every state."""

import io
import re
import zipfile
from dataclasses import replace

import duckdb
import pytest
import report_rows
import rows_cities
from docx import Document as read_word
from openpyxl import load_workbook
from report_rows import BAISE, HECHI, OCTOBER, REGION, sentences

from bulletin import fonts
from bulletin import report as command
from bulletin.document import Listing, Picture
from bulletin.version import ReportError
from bulletin.writers import excel
from dashboards.charts.pen import Pen
from dashboards.format import Numbers
from dashboards.words import Words

ENDINGS = (".docx", ".xlsx", ".html")
ID_LIKE = re.compile(r"(?<![0-9])[1-9][0-9]{16}[0-9Xx](?![0-9])")


def published(files, sql: str) -> list[tuple]:
    with duckdb.connect(str(files["version"]), read_only=True) as connection:
        return connection.execute(sql).fetchall()


SCORECARD = """
    select city.name_zh, card.counted_sessions, card.target_sessions, card.certification_rate,
      card.certification_rate_low, card.certification_rate_high, card.employment_rate_rank_low
    from marts.city_scorecard as card join marts.dim_city as city using (city_code)
    where card.plan_year = 2026 order by city.sort_order
"""


def test_the_words_table_of_cities_holds_the_published_figures(files):
    file = read_word(files[".docx"])
    table = next(table for table in file.tables if len(table.columns) == 14)
    expected = published(files, SCORECARD)
    assert len(table.rows) == 1 + len(expected) == 16
    for row, (name, counted, target, rate, low, high, _) in zip(table.rows[1:], expected, strict=True):
        cells = [cell.text for cell in row.cells]
        assert cells[0] == name
        assert cells[2] == f"{counted:,}"
        assert cells[1] == ("〈—〉" if target is None else f"{target:,}")
        assert cells[8] == f"{rate:.1%}\n{low:.1%}–{high:.1%}"


def test_the_workbooks_cells_are_numbers_with_types(files):
    book = load_workbook(files[".xlsx"])
    sheet = next(sheet for sheet in book if sheet.title.startswith("附表"))
    heads = [cell.value for cell in sheet[3]]
    rate = heads.index("取证率")
    for row, (name, counted, _, value, low, high, _) in zip(
        sheet.iter_rows(min_row=4, values_only=True), published(files, SCORECARD), strict=False
    ):
        assert row[0] == name
        assert row[heads.index("计入人次")] == counted
        assert row[rate : rate + 3] == pytest.approx((value, low, high))
    assert sheet.cell(4, rate + 1).number_format == "0.0%"
    assert sheet.freeze_panes == "B4"
    assert len(book["图"]._images) == 5


def test_the_page_holds_the_published_figures_and_fetches_nothing(files):
    page = files[".html"].read_text(encoding="utf-8")
    for name, counted, _, rate, low, high, _ in published(files, SCORECARD):
        row = re.search(f'<th scope="row">{name}</th>\n<td class=number>[^<]*</td>\n(.*?)</tr>', page, re.S)[1]
        assert f">{counted:,}<" in row
        assert f"{rate:.1%} <small>{low:.1%}–{high:.1%}</small>" in row
    assert page.count("data:image/png;base64,") == 5
    assert not re.search(r'(src|href)="(?!data:)|url\(|https?://', page)


def test_the_sentences_hold_the_published_figures(compose):
    text = sentences(compose())
    assert "全区计入16.3万人次，完成年度目标21万人次的77.6%" in text
    assert "2026年10月当月计入2.54万人次，上月为2.23万人次，上年同月为1.96万人次" in text
    assert "14个设区市中，13个未达到应完成数；差额最大的是河池市、玉林市、南宁市" in text
    assert "占71.7%（95%区间71.5%—71.9%），与70%的要求无法区分" not in text
    assert "补贴：3.79万人次中标准已知的5,901人次应得268万元，已发210万元" in text
    assert "技能需求：15个单位均超过35天没有新记录，最久41天" in text
    assert "退回行数较多的是" in text


def test_a_city_stands_among_its_peers_and_reads_what_it_lost(compose):
    document = compose(HECHI)
    text = sentences(document)
    assert document.name == "关于2026年10月河池市“技能照亮前程”培训进展情况的通报"
    assert "河池市2026年计入9,010人次，完成参考目标1.43万人次的62.9%" in text
    assert "就业率56.1%（95%区间55.0%—57.2%），排第14位，低于全区的64.5%" in text
    assert "最相近的是南宁市、柳州市、桂林市、梧州市" in text
    assert "河池市因规则未计入最多的是“当年已享受1次”610人次" in text
    # Four persons of one industry: they and the next smallest are left out.
    assert "另有2个产业因人数少不单列" in text
    tables = [block for block in report_rows.blocks(document) if isinstance(block, Listing)]
    industries = next(table for table in tables if table.table.name.startswith("各产业"))
    assert not {row.code for row in industries.table.rows} & {"I13", "AI"}
    losses = next(table for table in tables if table.table.name.startswith("因规则"))
    assert [getattr(cells[-1], "name", None) for cells in losses.table.cells()][-1] == "suppressed"


def test_the_regional_level_has_no_target_and_no_rank(compose):
    text = sentences(compose(REGION))
    assert "自治区本级没有目标，不参加排名" in text
    assert "不参加排名。" in text
    assert "附件1" not in text


def test_a_city_of_fewer_than_ten_persons_is_hidden_with_the_next_smallest(compose):
    cards = rows_cities.tables()["city_scorecard"]
    small = [card | ({"persons": 7} if card["city_code"] == "450600" else {}) for card in cards]
    document = compose(city_scorecard=small)
    table = next(block.table for block in report_rows.blocks(document) if isinstance(block, Listing) and block.is_wide)
    hidden = [row.name_zh for row, cells in zip(table.rows, table.cells(), strict=True) if hasattr(cells[2], "name")]
    assert hidden == ["防城港市", "自治区本级"]


@pytest.mark.parametrize("city", ["ALL", HECHI, BAISE, REGION])
def test_what_never_landed_is_not_assessed(compose, city):
    unassessed = [
        row
        | (
            {"records": None, "violation_rate": None, "missing_extract": "institution"}
            if row["rule_code"] == "LICENCE"
            else {}
        )
        for row in report_rows.tables()["rule_scope"]
    ]
    money = [
        row | {"paid_yuan": None, "owed_yuan": None, "overpaid_yuan": None, "paid_not_assessed_yuan": None}
        for row in report_rows.tables()["entitlement_scope"]
    ]
    text = sentences(
        compose(
            city,
            extract_state=report_rows.extracts("institution", "subsidy", "demand", "employment"),
            rule_scope=unassessed,
            entitlement_scope=money,
        )
    )
    assert "技能需求数据从未入库" in text
    assert "就业率〈未评估〉：就业证明数据从未入库" in text
    if city in ("ALL", HECHI):
        assert "〈未评估〉：培训机构数据从未入库" in text
        assert "发放情况〈未评估〉" in text
    assert not re.search("已发0|就业率0|缺口0", text)


@pytest.mark.parametrize(("city", "ending"), [("ALL", ".docx"), ("ALL", ".xlsx"), (HECHI, ".html"), (REGION, ".docx")])
def test_a_version_where_nothing_landed_still_makes_a_circular(write, city, ending):
    nothing = report_rows.NOTHING | {"session_funnel": [], "funnel_loss": [], "attention_item": [], "gate_result": []}
    assert write(ending, city, **nothing).stat().st_size > 10_000


def test_nothing_landed_reads_as_such(compose):
    text = sentences(compose(**report_rows.NOTHING))
    assert "〈—〉 各市本年还没有可比的数字" in text
    assert "〈未评估〉" in text


@pytest.mark.parametrize("ending", ENDINGS)
def test_the_same_version_gives_the_same_bytes(files, write, ending):
    assert write(ending).read_bytes() == files[ending].read_bytes()


@pytest.mark.parametrize("ending", ENDINGS)
def test_no_number_looks_like_an_identity(files, ending):
    file = files[ending]
    if ending == ".html":
        texts = [re.sub(r"base64,[^\"]*", "", file.read_text(encoding="utf-8"))]
    else:
        with zipfile.ZipFile(file) as parts:
            texts = [parts.read(name).decode() for name in parts.namelist() if name.endswith((".xml", ".rels"))]
        texts = [re.sub("<[^>]*>", " ", text) for text in texts]
    assert [found for text in texts for found in ID_LIKE.findall(text)] == []


def test_files_carry_the_time_of_publishing_and_their_provenance(files):
    file = files[".docx"]
    properties = read_word(file).core_properties
    assert properties.created.year == 2026
    assert properties.created == properties.modified
    with zipfile.ZipFile(file) as parts:
        assert {entry.date_time for entry in parts.infolist()} == {(2026, 11, 1, 8, 30, 0)}
        text = parts.read("word/document.xml").decode()
    for part in ("20261101T083000-7f3a2c1", "7f3a2c1", "2025-09", "2026-11-01 08:00"):
        assert part in text


def test_pictures_have_text_for_who_cannot_see_them(compose):
    pictures = [block for block in report_rows.blocks(compose()) if isinstance(block, Picture)]
    assert [picture.number for picture in pictures] == [1, 2, 3, 4, 5]
    for picture in pictures:
        assert picture.caption in picture.alt
        assert picture.image.startswith(b"\x89PNG")


def test_definitions_are_the_marts_own(compose):
    annex = next(annex for annex in compose().annexes if annex.title == "口径")
    terms = {block.lead: block.text for block in annex.blocks}
    assert terms["就业率："].startswith("已就业 ÷")
    assert "Wilson" in terms["区间："]


def test_no_chinese_font_says_what_to_install(monkeypatch):
    monkeypatch.delenv(fonts.ENVIRONMENT, raising=False)
    with pytest.raises(ReportError, match=r"fonts-noto-cjk.* / .*fonts-noto-cjk"):
        fonts.find_font(searched=[])


def test_a_named_font_without_chinese_is_refused(monkeypatch):
    from matplotlib import get_data_path

    monkeypatch.setenv(fonts.ENVIRONMENT, f"{get_data_path()}/fonts/ttf/DejaVuSans.ttf")
    with pytest.raises(ReportError, match="不是可用的中文字体"):
        fonts.find_font()


def test_a_writer_that_fails_leaves_the_old_file(made, tmp_path, monkeypatch):
    out = tmp_path / "circular.html"
    out.write_text("old", encoding="utf-8")

    def fails(*_):
        raise OSError("disk full")

    home = made()
    monkeypatch.setattr(command, "sync", fails)
    with pytest.raises(OSError, match="disk full"):
        command.report(home, OCTOBER, "ALL", out, progress=lambda _: None)
    assert out.read_text(encoding="utf-8") == "old"
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".circular")] == []


def test_a_version_of_older_code_says_to_build_again(made, tmp_path):
    home = made()
    file = home.link.resolve()
    with duckdb.connect(str(file)) as connection:
        connection.execute("drop table marts.landing_scope")
    with pytest.raises(ReportError, match="skillsdw build"):
        command.report(home, OCTOBER, "ALL", tmp_path / "circular.html", progress=lambda _: None)


def test_every_picture_is_as_wide_as_it_says(compose):
    from PIL import Image

    for block in report_rows.blocks(compose()):
        if isinstance(block, Picture):
            width, height = Image.open(io.BytesIO(block.image)).size
            assert width > 1_200
            assert height < width


def test_no_text_of_the_workbook_is_a_formula(compose):
    document = compose()
    risky = replace(document, title="=1+1", to="＠x", opening="-2+3\x0b", enclosed=("\t=1",), signature=("+cmd|' !A0",))
    words = Words(command.LANGUAGE, command.WORDS)
    book = load_workbook(io.BytesIO(excel.written(risky, Pen(words, Numbers(words), dark=False, define=str))))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} <= {"s", "n", "d", "b"}
    first = [cell for cell in cells if str(cell.value).startswith(("=", "＠", "-2", "\t", "+cmd"))]
    assert len(first) == 5
    assert all(cell.data_type == "s" and cell.quotePrefix for cell in first)
