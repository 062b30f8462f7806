"""What the Outcomes page says in each state of the data, without a browser."""

import re

import pytest
import rows_cities
import rows_outcomes
from page_text import plain
from test_cities import HECHI

ENGLISH = {"lang": "en"}


def test_the_sentence_says_both_rates_and_how_firm_the_second_is(open_page):
    page = plain(open_page(name="outcomes"))
    assert "2026年全区计入的16.3万人次中，73.8%已取得证书（95%区间73.6%–74.0%）" in page
    assert "已进入就业观察期的11万人次中，64.5%已就业（64.2%–64.8%），其中83.0%已有结论，其余还可能上升。" in page


def test_the_same_in_english_without_a_chinese_sign(open_page):
    page = plain(open_page(ENGLISH, name="outcomes", dim_institution=[]))
    assert "64.5% are employed (64.2%–64.8%); 83.0% are settled, the rest can still rise." in page
    assert not re.search("[\u4e00-\u9fff]", page)


def test_parts_are_told_apart_only_where_the_mart_says_so(open_page):
    page = plain(open_page({"by": "type"}, name="outcomes"))
    assert "就业率高于其余的：项目培训；低于其余的：专项职业能力技能培训" in page
    assert "取证率没有一个能与其余的区分" in page


def test_a_small_part_is_a_symbol_and_no_figure(open_page):
    page = open_page({"by": "type"}, name="outcomes")
    assert page.count("〈‡ 小于10〉") >= 3
    assert 'title="不足10人，或为防推算一并隐去"' in page


def test_a_city_that_is_really_lower_is_called_so_with_its_grounds(open_page):
    page = plain(open_page(HECHI, name="outcomes"))
    assert "就业率确实偏低：超出各市通常的差异，扣除学员结构后仍低于应有水平。" in page
    assert "56.1%（95%区间54.9%–57.3%），全区64.5%，在漏斗图控制限以下。" in page
    assert "同样结构的学员在其他市应有63.0%，本市低于应有水平（实际 ÷ 应有 0.89，0.86–0.92）" in page
    assert "83.0%已有结论（全区83.0%），其余还可能上升" in page


def test_the_cities_around_the_one_in_focus_stand_against_their_own_scope(open_page):
    page = plain(open_page(HECHI, name="outcomes"))
    assert "就业率高于其余的：柳州市；低于其余的：河池市" in page
    assert "虚线为所选范围；2026年，全区，" in page
    assert "虚线为所选范围；2026年，河池市，" in plain(open_page(HECHI | {"by": "type"}, name="outcomes", build="b"))


def test_a_city_within_the_usual_spread_is_not_called_lower(open_page):
    page = plain(open_page({"city": "450900"}, name="outcomes"))
    assert "就业率不能说偏低或偏高：与全区、与按自身学员结构应有的水平都无法区分。" in page
    assert "确实偏低" not in page


@pytest.mark.parametrize(
    ("judged", "like", "says"),
    [
        ("below", "undecided", "不能说同样的学员在这里结果更差"),
        ("undecided", "below", "不能说偏低；但低于按自身学员结构应有的水平"),
        ("below", "at_or_above", "却高于按自身学员结构应有的水平"),
    ],
)
def test_where_the_two_comparisons_differ_neither_is_hidden(open_page, judged, like, says):
    parts = [rows_outcomes.part("city", "451200", 0.56, judged)]
    expected = [
        rows_cities._standardised("451200", measure) | {"standing": like}
        for measure in ("certification_rate", "employment_rate")
    ]
    assert says in plain(open_page(HECHI, name="outcomes", outcome_part=parts, city_standardised=expected))


def test_a_city_that_is_observed_later_is_said_to_be(open_page):
    late = [row for row in rows_cities.tables()["city_funnel"] if row["city_code"] == "451200"]
    late = [
        row | {"funnel_status": "alarm", "side": "below"} if row["measure"] == "observation_complete" else row
        for row in late
    ]
    page = plain(open_page(HECHI, name="outcomes", city_funnel=late))
    assert "现有差距可能有一部分是观察较晚造成的" in page


def test_under_other_filters_no_like_with_like_is_claimed(open_page):
    scopes = [rows_outcomes.scope(city_code="451200", industry_code="I16", counted_sessions=180, due_sessions=150)]
    parts = [rows_outcomes.part("city", "451200", 0.49, "below", industry_code="I16")]
    page = plain(open_page(HECHI | {"industry": "I16"}, name="outcomes", outcome_scope=scopes, outcome_part=parts))
    assert "就业率在所选范围内低于各市，超出通常的差异。" in page
    assert "扣除学员结构后仍" not in page


def test_the_regional_level_is_not_judged(open_page):
    assert "就业率不作评判" in plain(open_page({"city": "450000"}, name="outcomes"))


def test_months_whose_window_has_not_begun_are_too_early_and_dilute_nothing(open_page):
    page = plain(open_page(name="outcomes"))
    assert "2026年4月及以前结业的已观察完毕，以后各月还可能上升" in page
    assert page.count("〈未到期〉") >= 3


def test_before_any_window_has_begun_there_is_no_rate(open_page):
    early = {"due_sessions": 0, "employed_sessions": 0, "employment_rate": None, "observation_complete": None}
    page = plain(open_page(name="outcomes", outcome_scope=[rows_outcomes.scope(**early)], outcome_part=[]))
    assert "就业观察期尚未开始，就业率〈未到期〉。" in page
    assert "按市分不出三个以上部分" in page


def test_the_newest_cohort_stands_beside_the_older_ones(open_page):
    assert "2026年7月结业的，3个月后74.0%已取证；更早各月同期在74.0%至74.0%之间" in plain(open_page(name="outcomes"))


def test_institutions_are_judged_by_their_limits_and_small_ones_are_not(open_page):
    page = open_page(name="outcomes")
    assert "全区有1家机构就业率在控制限以下，1家在控制限以上" in plain(page)
    assert "▼ 99.8%限外" in plain(page)
    assert "人次太少，不与控制限比较" in page


def test_a_small_number_of_an_institution_is_suppressed(open_page):
    page = open_page(name="outcomes", institution_scorecard=[rows_outcomes.card(0, counted_sessions=7)])
    assert "〈‡ 小于10〉" in plain(page)


def test_concentration_and_growth_are_told(open_page):
    page = plain(open_page(name="outcomes"))
    assert "河池力达培训学校最大，占5.7%" in page
    assert "南宁桂安职业培训学校突增，为推算的5.9倍" in page


def test_what_never_landed_is_not_assessed(open_page):
    page = plain(open_page(name="outcomes", extract_state=rows_outcomes.landed("employment")))
    assert "就业证明尚未入库，就业率〈未评估〉。" in page
    assert "就业率未评估" in page


def test_a_scope_without_sessions_says_so(open_page):
    page = plain(open_page({"industry": "AI", "group": "other"}, name="outcomes"))
    assert "没有计入人次，成效无从谈起。" in page


def test_a_scope_of_fewer_than_ten_persons_is_suppressed(open_page):
    page = plain(open_page(name="outcomes", outcome_scope=[rows_outcomes.scope(counted_sessions=8, due_sessions=5)]))
    assert "计入人次〈‡ 小于10〉，成效不显示；请放宽筛选。" in page
    assert "73.8%已取得证书" not in page


def test_a_year_that_has_not_begun_has_no_outcomes(open_page):
    assert "2027年尚未开始" in plain(open_page({"year": "2027"}, name="outcomes"))


def test_definitions_are_those_of_the_marts(open_page):
    assert "取证率：取证人次 ÷ 计入人次" in plain(open_page(name="outcomes"))
