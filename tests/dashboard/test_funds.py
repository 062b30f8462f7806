"""What the Funds and compliance page says in each state of the data, without a browser."""

import re

import pytest
import rows_funds
import rows_outcomes
from page_text import plain
from test_cities import HECHI

from dashboards.format import Numbers
from dashboards.words import Words


def test_the_sentence_says_what_broke_a_rule_and_what_was_not_counted(open_page):
    page = plain(open_page(name="funds"))
    assert "全区2026年已发补贴3,200万元，其中35万元（1.1%）违反发放规则；" in page
    assert "补贴性结业18万人次中1.7万人次（9.4%）因违反规则未计入，最多的是“当年已享受1次”（8,400人次）。" in page


def test_the_same_in_english_without_a_chinese_sign(open_page):
    page = open_page({"lang": "en"}, name="funds", dim_institution=[], fct_rule_violation=[])
    page = re.sub(r"<td>[^<]*</td>", "", page)  # clauses are cited as the plan has them
    assert "¥32M was paid in 2026 (the province), of which ¥350k (1.1%) breaks a payment rule;" in plain(page)
    assert not re.search("[\u4e00-\u9fff]", plain(page))


def test_why_so_many_of_a_city_were_not_counted_is_answered_by_rule_and_record(open_page):
    page = plain(open_page(HECHI, name="funds"))
    assert "补贴性结业2,000人次中312人次（15.6%）因违反规则未计入，最多的是“当年已享受1次”（210人次）。" in page
    assert "河池市2026年违反规则的3条记录" in page
    assert "PX4512-00000001" in page
    assert "课时 20" in page
    assert "资金渠道 职业技能提升行动专账资金；培训类型 职业(工种)技能培训" in page
    assert "未填报用人单位" in page
    assert "PX4501-00000004" not in page


def test_a_rule_is_followed_to_its_institutions_and_records(open_page):
    page = plain(open_page(HECHI | {"rule": "HOURS_MIN"}, name="funds"))
    assert "河池市2026年违反“专项能力培训课时不足”的1条记录" in page
    page = plain(open_page({"rule": "HOURS_MIN"}, name="funds", build="b"))
    assert "“专项能力培训课时不足”违反最多的机构是南宁桂安职业培训学校" in page
    assert "“专项能力培训课时不足”：区间高于全区的有河池市" in page


def test_a_suppressed_number_is_a_symbol_and_its_record_list_holds_no_person(open_page):
    page = open_page(HECHI, name="funds")
    assert "〈‡ 小于10〉" in page
    assert not re.search(r"\b[1-9]\d{16}[\dX]\b", page)  # no resident ID


def test_records_without_a_year_are_said_to_be(open_page):
    page = plain(open_page({"rule": "CERT_ORPHAN"}, name="funds"))
    assert "ZS-1" in page
    assert "900" in page
    assert "发放规则和提示没有分母，各市的记录数不作比较" in page


def test_due_and_paid_do_not_cancel_out_and_what_has_no_standard_stands_apart(open_page):
    page = plain(open_page(name="funds"))
    assert "培训补贴：应得未发170万元，多发10万元" in page
    assert "另有2,100万元发给没有标准的人次，应得未评估，不在上列之内。" in page
    assert "〈未评估〉" in page
    assert "没有补贴标准，不能判断应得多少" in page


def test_owed_money_is_shown_by_city_and_component(open_page):
    assert "培训补贴应得未发最多的是河池市：170万元" in plain(open_page(name="funds"))
    page = plain(open_page({"component": "post_employment"}, name="funds", build="b"))
    assert "应得未发最多的是" not in page


def test_a_park_over_its_budget_is_named_and_the_list_is_provisional(open_page):
    page = plain(open_page(name="funds"))
    assert "超过年度额度1,000万元的园区：南宁沿边临港产业园区" in page
    assert "南宁沿边临港产业园区（暂定）" in page
    within = [rows_funds.park("P02", "钦州沿边临港产业园区", 730_000)]
    assert "没有园区超过年度额度1,000万元" in plain(open_page(name="funds", build="b", park_budget=within))


def test_what_may_fall_due_has_its_range_and_none_before_a_window_has_closed(open_page):
    assert "至2026年12月预计到期的训后就业补贴30.6万元（30万元至42万元）" in plain(open_page(name="funds"))
    early = [rows_funds.due(10, low_yuan=None, expected_yuan=None, low_yuan_so_far=None, expected_yuan_so_far=None)]
    page = plain(open_page(name="funds", build="b", subsidy_liability=early))
    assert "至2026年10月到期的训后就业补贴至多14万元" in page


def test_while_no_payments_have_landed_nothing_of_money_is_a_number(open_page):
    nothing = {"payments": None, "paid_yuan": None, "irregular_yuan": None, "irregular_share": None}
    unpaid = {code: rows_funds.rule(code, records=None) for code in ("PAID_NOT_IN_SYSTEM", "OVERPAID")}
    page = open_page(
        name="funds",
        extract_state=rows_outcomes.landed("subsidy"),
        fund_flow_scope=[rows_funds.flow(0, **nothing)],
        rule_scope=[rows_funds.rule("ANNUAL_CAP"), *unpaid.values()],
        institution_scorecard=[],
        fct_rule_violation=[],
    )
    assert "补贴发放数据从未入库，全区2026年的发放〈未评估〉；" in plain(page)
    assert "发放规则未评估" in plain(page)
    assert "0元" not in plain(page)
    assert plain(page).count("〈未评估〉") >= 6


def test_a_rule_whose_data_never_landed_is_not_assessed(open_page):
    rows = [rows_funds.rule("ANNUAL_CAP"), rows_funds.rule("LICENCE", records=None, violation_rate=None)]
    assert "〈未评估〉" in plain(open_page({"rule": "LICENCE"}, name="funds", rule_scope=rows))


def test_a_year_that_has_not_begun_has_nothing(open_page):
    assert "2027年尚未开始" in plain(open_page({"year": "2027"}, name="funds"))


def test_a_scope_without_sessions_or_payments_says_so(open_page):
    page = plain(open_page({"city": "450500"}, name="funds", uncounted_scope=[], fund_flow_scope=[]))
    assert "没有补贴性结业人次。" in page


def test_a_city_that_lost_few_is_suppressed(open_page):
    page = plain(open_page(HECHI, name="funds", uncounted_scope=[rows_funds.uncounted("451200", 400, 6)]))
    assert "补贴性结业400人次中因违反规则未计入的〈‡ 小于10〉。" in page


@pytest.mark.parametrize("address", [{"rule": "NONSENSE"}, {"component": "x"}, {"city": "999999"}])
def test_an_address_that_asks_for_nonsense_shows_all(open_page, address):
    assert "已发补贴3,200万元" in plain(open_page(address, name="funds"))


def test_a_long_list_shows_its_beginning_and_the_files_hold_all(open_page):
    many = [rows_funds.violation(f"PX4512-{place:08}", "HOURS_MIN", "class_hours=20") for place in range(45)]
    page = plain(open_page(HECHI, name="funds", fct_rule_violation=many))
    assert "页面显示前20行，下载的文件含全部45行" in page


@pytest.mark.parametrize(
    ("value", "zh", "en"),
    [(348_380, "34.8万元", "¥348k"), (600, "600元", "¥600"), (123_456_789, "1.23亿元", "¥123M"), (0, "0元", "¥0")],
)
def test_money_is_written_as_people_read_it(value, zh, en):
    assert Numbers(Words("zh")).money(value) == zh
    assert Numbers(Words("en")).money(value) == en


def test_no_money_is_a_state():
    assert Numbers(Words("zh")).money(None, "not_assessed") == "〈未评估〉"
