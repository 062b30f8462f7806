"""What the Priority groups page says in each state of the data, without a browser."""

import re

import pytest
import rows_priority
from page_text import plain

FANGCHENGGANG = {"city": "450600"}


def test_the_sentence_says_whether_of_whom_and_what_has_changed(open_page):
    page = plain(open_page(name="priority"))
    assert "达到：截至2026年10月31日，全区2026年计入16.3万人，其中重点群体11.7万，占71.8%（95%区间71.6%–72.1%）" in page
    assert "占比最大的是农村转移就业劳动者（31.0%）和高校毕业生等青年群体（18.0%）" in page
    assert "与上年同期（72.0%）相比变化−0.2个百分点（区间−2.2至+1.8），无法区分。" in page
    assert "14个市中2个低于要求，1个无法区分。" in page


def test_the_same_in_english_without_a_chinese_sign(open_page):
    page = plain(open_page({"lang": "en"}, name="priority"))
    assert "Rural workers in transferred employment (31.0%)" in page
    assert "which can't be told apart" in page
    assert not re.search("[\u4e00-\u9fff]", page)


def test_both_bases_stand_side_by_side_and_are_called_the_same_within_a_year(open_page):
    page = plain(open_page(name="priority"))
    assert "重点群体占比（按人次）" in page
    assert "一年内每人最多计1次，与按人数相同" in page


def test_over_three_years_persons_and_sessions_differ_and_the_page_says_why(open_page):
    page = plain(open_page({"year": "0"}, name="priority"))
    assert "三年中同一人可多次计入，按人次为71.5%。" in page
    assert "按人数71.8%；加入重点群体的再次参训+1.1个百分点，加入其他人的再次参训−1.5个百分点，即按人次71.5%。" in page
    assert "三年合计没有上年同期" in page


def test_cities_that_are_short_are_named_with_what_they_need(open_page):
    page = plain(open_page(name="priority"))
    assert "低于70%的市：防城港市、北海市；另有1个无法区分" in page
    assert "防城港市还需994人" in page
    assert "比上年同期上升（+7.2个百分点）。" in page


def test_no_city_is_called_below_whose_interval_holds_the_line(open_page):
    page = plain(open_page({"city": "451200"}, name="priority"))
    assert "尚不能确定：截至2026年10月31日，河池市2026年计入9,010人" in page
    assert "与70%的要求无法区分" in page
    assert "河池市比上年同期下降（−5.8个百分点）" in page


def test_the_city_in_focus_is_answered_with_what_it_needs(open_page):
    page = plain(open_page(FANGCHENGGANG, name="priority"))
    assert "没有达到：截至2026年10月31日，防城港市2026年计入3,390人" in page
    assert "还需重点群体新学员994人" in page
    assert "占比上升的群体：农村转移就业劳动者" in page


def test_small_figures_are_symbols_with_their_reason_and_never_zero(open_page):
    page = open_page(FANGCHENGGANG, name="priority")
    assert page.count("〈‡ 小于10〉") >= 8  # two groups, and the month of six
    assert 'title="不足10人，或为防推算一并隐去"' in page


def test_what_moved_it_can_be_parted_by_city_and_by_industry(open_page):
    assert "南宁市拉高最多（+0.31），河池市拉低最多（−0.48）" in plain(open_page(name="priority"))
    page = plain(open_page({"by": "industry"}, name="priority", build="b"))
    assert "现代特色农业与食品拉高最多（+0.62），其他产业拉低最多（−0.52）" in page


def test_the_first_plan_year_has_none_to_compare_with(open_page):
    page = plain(open_page({"year": "2025"}, name="priority"))
    assert "这是首个计划年度，没有上年可比。" in page
    assert "没有上年可比：上年不是计划年度" in page
    assert "比上年同期高" not in page


def test_a_year_that_has_not_begun_has_no_share(open_page):
    assert "2027年尚未开始" in plain(open_page({"year": "2027"}, name="priority"))


@pytest.mark.parametrize(
    ("landed", "said"),
    [(True, "〈—〉 截至2026年10月31日还没有计入人员"), (False, "〈未评估〉 培训报名数据从未入库")],
)
def test_nobody_counted_is_told_from_nothing_landed(open_page, landed, said):
    nobody = [rows_priority.scope("ALL", "ALL", 0, 0.0)]
    state = [{"extract": "enrollment", "has_landed": landed}]
    page = plain(open_page(name="priority", priority_scope=nobody, priority_part=[], extract_state=state))
    assert said in page
    assert "0.0%" not in page


def test_the_list_of_industries_is_called_provisional(open_page):
    page = plain(open_page(name="priority"))
    assert "低于70%的产业：钢铁；另有1个无法区分" in page
    assert "产业名单为暂定" in page


@pytest.mark.parametrize("address", [{"city": "999999"}, {"by": "x"}, {"year": "x"}])
def test_an_address_that_asks_for_nonsense_shows_the_province(open_page, address):
    assert "全区2026年计入16.3万人" in plain(open_page(address, name="priority"))


def test_definitions_are_those_of_the_marts(open_page):
    assert "还需的重点群体新学员人数；一名新学员计 1 人次" in plain(open_page(name="priority"))
    assert "Part of its own share: its mean weight" in plain(open_page({"lang": "en"}, name="priority", build="b"))
