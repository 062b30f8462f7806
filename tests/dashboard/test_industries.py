"""What the Industries page says in each state of the data, without a browser."""

import re

import pytest
import rows_industries
from page_text import html_of, plain
from rows_industries import OPEN, OVER

MACHINERY = {"industry": "I06"}


def test_the_sentence_says_where_training_goes_and_what_of_the_vacancies_is_filled(open_page):
    page = plain(open_page(name="industries"))
    assert "全区2026年“1+19”产业（名单暂定）计入14.5万人次，占全部计入的89.1%，20个产业中深海空天尚无培训；" in page
    assert (
        "2025年下半年调查的缺口8,000人，其后12个月的取证人次满足了35.0%，仍缺最多的是机械装备、大健康、人工智能。"
        in page
    )


def test_the_same_in_english_without_a_chinese_sign(open_page):
    page = plain(open_page({"lang": "en"}, name="industries"))
    assert "of the 20, Deep sea, air and space have no training." in page
    assert "Of 8,000 vacancies surveyed (2025 H2) those certified in the twelve months after filled 35.0%" in page
    assert not re.search("[\u4e00-\u9fff]", page)


def test_the_year_before_stands_beside_and_other_industries_apart(open_page):
    page = open_page(name="industries")
    assert "▼ 比上年同期少500（6,600）" in plain(page)
    assert "0（尚无培训）" in str(page) or "深海空天" in plain(page)
    rows = re.findall(r'<th scope="row">([^<]+)</th>', page)
    assert rows.index("其他产业") == 20  # last of the first table


def test_the_list_is_called_provisional(open_page):
    assert re.search(r"钢铁\s*暂定", re.sub(r"<[^>]+>", " ", open_page(name="industries")))


def test_a_survey_that_is_open_is_too_early_and_nothing_is_concluded(open_page):
    page = plain(open_page({"half": OPEN.isoformat()}, name="industries"))
    assert "2026年上半年调查的缺口9,000人，其后12个月尚未过完〈未到期〉，至今满足11.1%，还可能变化。" in page
    assert "12个月尚未过完，不作结论" in page
    assert "仍缺最多的是" not in page


def test_the_latest_half_year_that_is_over_is_shown_first(run_page):
    page = run_page("industries")
    assert page.button_group(key="half").value == OVER.isoformat()
    page.button_group(key="half").set_value(OPEN.isoformat()).run()
    assert page.query_params["half"] == OPEN.isoformat()
    assert "尚未过完" in plain(html_of(page))


def test_no_survey_ever_is_not_assessed_and_never_zero(open_page):
    state = [{"extract": "demand", "has_landed": False}]
    page = plain(open_page(name="industries", demand_scope=[], demand_occupation=[], extract_state=state))
    assert "〈未评估〉 用工需求调查从未入库，培训与缺口的比较未作评估。" in page
    assert "计入14.5万人次" in page


def test_a_scope_without_a_survey_says_so(open_page):
    page = plain(open_page({"city": "451200"}, name="industries"))
    assert "〈—〉 所选范围没有用工需求调查。" in page


def test_the_industry_in_focus_is_answered_with_its_occupations(open_page):
    page = plain(open_page(MACHINERY, name="industries"))
    assert "全区2026年机械装备计入" in page
    assert "2025年下半年调查的缺口3,900人，其后12个月的取证人次满足了23.1%，仍缺3,000人。" in page
    assert "全区机械装备仍缺最多的职业：焊工" in page
    assert "电工" in page


def test_small_figures_of_a_city_are_symbols(open_page):
    page = open_page({"city": "451100"} | MACHINERY, name="industries")
    assert page.count("〈‡ 小于10〉") > 8
    assert 'title="不足10人，或为防推算一并隐去"' in page
    page = plain(open_page({"city": "451100", "industry": "AI"}, name="industries", build="b"))
    assert "贺州市2026年人工智能计入〈‡ 小于10〉" in page


def test_an_industry_that_nobody_is_trained_for_is_a_counted_zero(open_page):
    page = plain(open_page({"industry": "I14"}, name="industries"))
    assert "全区2026年深海空天尚无计入人次" in page


def test_the_first_plan_year_has_none_to_compare_with(open_page):
    page = plain(open_page({"year": "2025"}, name="industries"))
    assert "没有上年可比：上年不是计划年度" in page


def test_a_year_that_has_not_begun_says_so(open_page):
    assert "2027年尚未开始" in plain(open_page({"year": "2027"}, name="industries"))


@pytest.mark.parametrize(
    ("landed", "said"),
    [(True, "〈—〉 截至2026年10月31日，全区2026年还没有计入人次"), (False, "〈未评估〉 培训报名数据从未入库")],
)
def test_nothing_counted_is_told_from_nothing_landed(open_page, landed, said):
    nothing = [rows_industries.row(code, counted_sessions=0) for code in ("ALL", "IN_PLAN", "AI", "OTHER")]
    state = [{"extract": "enrollment", "has_landed": landed}]
    page = plain(open_page(name="industries", industry_scope=nothing, extract_state=state))
    assert said in page


def test_the_grid_counts_what_has_no_training_and_hides_small_cells(open_page):
    page = plain(open_page(name="industries"))
    assert "63个“市×产业”中3个没有培训；最多的是南宁市的钢铁（2,140人次）" in page


@pytest.mark.parametrize("address", [{"city": "999999"}, {"industry": "X"}, {"half": "2020-01-01"}])
def test_an_address_that_asks_for_nonsense_shows_the_province(open_page, address):
    assert "20个产业中深海空天尚无培训" in plain(open_page(address, name="industries"))


def test_definitions_are_those_of_the_marts(open_page):
    page = plain(open_page(name="industries"))
    assert "缺口中已由取证人次满足的比例：(缺口人数 − 仍缺人数) ÷ 缺口人数。" in page
