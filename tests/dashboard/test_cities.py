"""What the Cities page says in each state of the data, without a browser."""

import re

import pytest
import rows_cities
from page_text import html_of, plain

HECHI = {"city": "451200"}


def test_the_sentence_names_the_largest_gaps_and_who_can_be_told_apart(open_page):
    page = plain(open_page(name="cities"))
    assert "2026年14个市中13个未达到应完成数，差额最大的河池市、玉林市、南宁市合计占各市差额的" in page
    assert "就业率差于全区的是河池市，好于全区的是柳州市，其余12个市与全区无法区分。" in page


def test_the_same_in_english_without_a_chinese_sign(open_page):
    page = plain(open_page({"lang": "en"}, name="cities"))
    assert "the largest gaps, Hechi, Yulin, Nanning, make up" in page
    assert "Employment rate: Hechi worse than the province, Liuzhou better; the other 12 can't be told from it." in page
    assert not re.search("[\u4e00-\u9fff]", page)


def test_the_three_that_hold_the_province_back_are_told_by_size_mix_and_pace(open_page):
    page = plain(open_page(name="cities"))
    assert "河池市差额2,916人次" in page
    assert "主要因进度：75.5%，全区93.2%" in page
    assert "就业率低于按学员结构应有的水平。" in page
    assert "主要因规模：进度93.5%，不慢于全区的93.2%。" in page


def test_a_measure_that_tells_nobody_apart_says_so(open_page):
    page = plain(open_page({"measure": "observation_complete"}, name="cities"))
    assert "观察完成度没有一个市能与全区区分。" in page
    assert "观察完成度没有市超出控制限" in page
    assert "观察完成度不作结构调整" in page


def test_of_rule_breaking_less_is_better(open_page):
    page = plain(open_page({"measure": "violation_rate"}, name="cities"))
    assert "不合规率差于全区的是防城港市、河池市，其余12个市与全区无法区分。" in page


def test_the_city_in_focus_is_answered_with_its_rank_and_its_peers(open_page):
    page = plain(open_page(HECHI, name="cities"))
    assert "河池市2026年计入9,010人次，完成参考目标1.43万人次的62.9%" in page
    assert "差额居第1位，主要因进度慢：75.5%" in page
    assert "就业率56.1%（95%区间55.0%–57.2%），排第14位，低于全区（64.5%）。" in page
    assert "河池市就业率56.1%，相近市在" in page
    assert "与全区相差−8.4个百分点，其中结构" in page


def test_a_city_that_cannot_be_told_apart_is_called_so(open_page):
    page = plain(open_page({"city": "450900"}, name="cities"))
    assert "可能排第2至第13位，与全区（64.5%）无法区分。" in page


def test_a_suppressed_loss_is_a_symbol_with_its_reason_and_never_zero(open_page):
    page = open_page(HECHI, name="cities")
    assert "因“当年已享受1次”未计入最多：610人次" in plain(page)
    assert page.count("〈‡ 小于10〉") >= 2
    assert 'title="不足10人，或为防推算一并隐去"' in page
    assert ">0<" not in page


def test_the_regional_level_has_no_target_and_no_rank(open_page):
    page = open_page({"city": "450000"}, name="cities")
    assert "自治区本级2026年计入1,730人次；自治区本级没有目标，不参加排名。" in plain(page)
    assert 'title="自治区本级没有目标，不参加排名"' in page


def test_targets_that_are_not_official_are_marked(open_page):
    page = plain(open_page(name="cities"))
    assert "参考目标" in page
    assert "目标（参考）" in page


def test_a_year_that_has_not_begun_has_nothing_to_compare(open_page):
    empty = {"city_pace": [], "city_funnel": [], "funnel_limit": [], "city_standardised": []}
    cards = [rows_cities.scorecard(code, 2027, counted_sessions=0) for code in rows_cities.CITIES]
    page = plain(open_page({"year": "2027"}, name="cities", city_scorecard=cards, **empty))
    assert "2027年尚未开始" in page
    assert "〈未到期〉" in page


def _with_too_few(*codes: str) -> list[dict]:
    unjudged = dict.fromkeys(("limit_95_low", "limit_95_high", "limit_998_low", "limit_998_high", "side"))
    few = {"funnel_status": "too_few", **unjudged}
    return [row | few if row["city_code"] in codes else row for row in rows_cities.tables()["city_funnel"]]


@pytest.mark.parametrize(
    ("language", "all_cities", "own", "symbol"),
    [
        ("zh", "河池市的人数或人次太少，不作判断。", "人数或人次太少，不与全区", "人数或人次太少，不与控制限比较"),
        ("en", "Hechi: too few to be judged.", "too few to be held against the province", "Too few to be held against"),
    ],
)
def test_a_city_with_too_few_is_told_apart_from_nobody(open_page, language, all_cities, own, symbol):
    few = _with_too_few("451200")
    for measure in rows_cities.MEASURES:
        asked = {"lang": language, "measure": measure}
        page = open_page(asked, name="cities", city_funnel=few, build=f"a-{measure}")
        assert all_cities in plain(page)
        assert f'title="{symbol}' in page
        page = plain(open_page(asked | {"city": "451200"}, name="cities", city_funnel=few, build=f"b-{measure}"))
        assert own in page


def test_where_every_city_has_too_few_no_city_is_called_alike(open_page):
    few = _with_too_few(*rows_cities.CITIES)
    page = plain(open_page(name="cities", city_funnel=few, funnel_limit=[]))
    assert "各市的人数或人次都太少，不作判断。" in page
    assert "没有一个市能与全区区分" not in page


@pytest.mark.parametrize("address", [{"city": "999999"}, {"measure": "x", "map": "y"}, {"year": "0"}])
def test_an_address_that_asks_for_nonsense_shows_all_cities(open_page, address):
    assert "2026年14个市中13个未达到应完成数" in plain(open_page(address, name="cities"))


def test_definitions_are_those_of_the_marts(open_page):
    assert "差额：应完成人次 − 计入人次，单位：人次；为负表示超出应完成数。" in plain(open_page(name="cities"))
    assert "Gap: expected by now − counted sessions" in plain(open_page({"lang": "en"}, name="cities", build="b"))


def test_filters_stand_in_the_address_and_are_taken_back_in_one_click(run_page):
    page = run_page("cities", {"lang": "en"})
    page.selectbox(key="city").set_value("450900").run()
    assert page.query_params["city"] == "450900"
    assert "Yulin counted" in plain(html_of(page))
    page.button(key="reset").click().run()
    assert "city" not in page.query_params
    assert page.query_params["lang"] == "en"
    assert "of 14 cities" in plain(html_of(page))


def test_a_filter_that_a_page_does_not_take_is_kept_for_the_next(run_page):
    page = run_page("overview", {"city": "451200", "industry": "I03"})
    assert page.query_params["city"] == "451200"
    page.switch_page("views/cities.py").run()
    assert "河池市2026年计入" in plain(html_of(page))
    assert page.query_params["industry"] == "I03"


def test_every_chart_can_be_saved_and_names_page_scope_and_build(open_page):
    page = open_page(HECHI, name="cities")
    assert 'data-file="地市_名次_2026年_河池市_20261101T083000-7f3a2c1.png"' in page
    assert page.count('class="save" data-picture=') == 7


def test_links_carry_the_address_and_say_which_page_is_open(open_page):
    page = open_page({"lang": "en", "city": "451200"}, name="cities")
    assert '<a href="overview?lang=en&amp;city=451200" data-page="overview">Overview</a>' in page
    assert 'data-page="cities" aria-current="page">Cities</a>' in page
